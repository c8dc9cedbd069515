"""The dense reference against the loops, and RDF against central differences, in float64."""

import numpy as np
import pytest

from tests import cases
from tests.reference import filter as reference


@pytest.fixture
def small():
    rng = np.random.default_rng(3)
    return rng.standard_normal((14, 3)), rng.standard_normal((14, 2)), np.array([0.0, 0.3, 2, 9])


def test_dense_filter_is_the_definition(small):
    x, y, grid = small
    expected = reference.low_pass_loops(x, y, grid)
    np.testing.assert_allclose(reference.low_pass(x, y, grid), expected, rtol=1e-12, atol=1e-14)


def test_dense_ratio_is_the_definition(small):
    x, y, grid = small
    lfr, _ = reference.ratio_and_density(x, y, grid)
    np.testing.assert_allclose(lfr, reference.ratio_loops(x, y, grid), rtol=1e-12)


@pytest.mark.parametrize("name", ["two_samples", "two_clusters", "line", "real_targets"])
def test_density_is_the_derivative_of_the_ratio(name):
    case = cases.CASES[name]()
    grid = case.inverse_delta[1:8]
    h = 1e-4 * grid  # truncation h² and rounding eps/h balance near eps^(1/3)
    above, _ = reference.ratio_and_density(case.x, case.y, grid + h)
    below, _ = reference.ratio_and_density(case.x, case.y, grid - h)
    _, rdf = reference.ratio_and_density(case.x, case.y, grid)
    np.testing.assert_allclose(rdf, (above - below) / (2 * h), atol=1e-7 * np.abs(rdf).max() + 1e-9)

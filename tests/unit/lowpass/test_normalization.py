"""Normalisations, grids and the automatic range."""

import numpy as np
import pytest
import torch

from deepfreq_core.errors import ConfigError
from deepfreq_core.lowpass import (
    NORMALIZATIONS,
    automatic_range,
    doubling_grid,
    linear_grid,
    normalize,
    ratio_curve,
)
from tests import cases


@pytest.fixture
def x():
    values = np.random.default_rng(0).standard_normal((50, 5)) * [1, 10, 0.1, 0, 0] + 3
    values[:, 3] = 0  # nothing at all
    return values  # column 4 is constant, not zero


def test_max_abs_brings_every_dimension_to_one(x):
    scaled = normalize(x, "max_abs")
    np.testing.assert_array_equal(np.abs(scaled).max(axis=0), [1, 1, 1, 0, 1])


def test_standard_leaves_constant_dimensions_at_zero(x):
    scaled = normalize(x, "standard")
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)


def test_median_distance_becomes_one(x):
    scaled = normalize(x, "median_distance")
    sq_dist = ((scaled[:, None] - scaled[None]) ** 2).sum(axis=2)
    np.testing.assert_allclose(np.median(sq_dist[np.triu_indices(50, 1)]), 1, rtol=1e-9)


@pytest.mark.parametrize("method", NORMALIZATIONS)
def test_nothing_to_scale_is_left_alone(method):
    assert not normalize(np.zeros((4, 3)), method).any()
    assert np.isfinite(normalize(np.ones((1, 3)), method)).all()


@pytest.mark.parametrize("method", NORMALIZATIONS)
def test_kind_and_type_stay(method, x):
    assert normalize(x.astype(np.float32), method).dtype == np.float32
    assert normalize(torch.tensor(x), method).dtype == torch.float64


@pytest.mark.parametrize("method", NORMALIZATIONS)
def test_a_sweep_normalises_as_the_function_does(method):
    case = cases.CASES["constant_dimensions"]()
    grid = cases.grid(normalize(case.x, method))
    inside = ratio_curve(case.x, case.y, grid, normalize=method)
    before = ratio_curve(normalize(case.x, method), case.y, grid)
    np.testing.assert_allclose(inside.low_frequency_ratio, before.low_frequency_ratio, atol=1e-6)


def test_grids():
    np.testing.assert_allclose(linear_grid(0, 1, 5), [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(doubling_grid(0.1, 0.8), [0.1, 0.2, 0.4, 0.8])
    np.testing.assert_allclose(doubling_grid(3, 5), [3])
    for wrong in (lambda: linear_grid(1, 0, 5), lambda: linear_grid(0, 1, 0)):
        with pytest.raises(ConfigError, match=r"linear grid needs 0 ≤ lo < hi"):
            wrong()
    with pytest.raises(ConfigError, match=r"doubling grid needs 0 < lo"):
        doubling_grid(0, 5)


@pytest.mark.parametrize("name", ["ordinary", "plane", "line", "two_clusters", "real_targets"])
def test_automatic_range_ends_where_the_ratio_has_risen(name):
    case = cases.CASES[name]()
    hi = automatic_range(case.x, case.y)
    lfr = ratio_curve(case.x, case.y, linear_grid(0, hi, 20)).low_frequency_ratio
    floor = lfr[0]
    # Two digits of hi, and rows sampled where there are more than 500 of them.
    assert abs(lfr[-1] - min(0.9, floor + 0.9 * (1 - floor))) < 0.04


@pytest.mark.parametrize("name", ["one_sample", "one_class", "all_the_same"])
def test_automatic_range_is_usable_where_nothing_rises(name):
    case = cases.CASES[name]()
    assert 0 < automatic_range(case.x, case.y) < np.inf


def test_automatic_range_scales_with_the_samples():
    case = cases.CASES["ordinary"]()
    hi = automatic_range(case.x, case.y)
    np.testing.assert_allclose(automatic_range(case.x * 4, case.y) * 16, hi, rtol=0.06)

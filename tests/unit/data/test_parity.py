"""Parity, and its Fourier transform in closed form."""

import numpy as np
import pytest

from deepfreq_core import data
from deepfreq_core.config import ParityData


def test_is_the_product_of_all_inputs_on_every_point() -> None:
    found = data.load(ParityData(dimensions=5, n_train=20), seed=0)
    assert found.x_test.shape == (32, 5) and len(np.unique(found.x_test, axis=0)) == 32
    assert set(np.unique(found.x_test)) == {-1, 1}
    assert np.array_equal(found.y_test[:, 0], found.x_test.prod(axis=1))
    assert np.array_equal(found.y_train[:, 0], found.x_train.prod(axis=1))


@pytest.mark.parametrize("kappa", [0.0, 0.1, 0.2, 0.25])
def test_its_transform_along_the_diagonal_is_a_power_of_a_sine(kappa: float) -> None:
    d = 6
    found = data.load(ParityData(dimensions=d), seed=0)
    x, y = found.x_test.astype(np.float64), found.y_test[:, 0].astype(np.float64)
    amplitude = abs(np.mean(y * np.exp(-2j * np.pi * kappa * x.sum(axis=1))))
    assert amplitude == pytest.approx(abs(np.sin(2 * np.pi * kappa)) ** d, abs=1e-12)


def test_the_sample_is_of_the_seed() -> None:
    one, same, other = (data.load(ParityData(), seed=seed).x_train for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)

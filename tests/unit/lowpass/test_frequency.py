"""The half-energy point and the equivalent frequency."""

import math

import numpy as np
import pytest

from deepfreq_core.lowpass.frequency import equivalent_frequency, half_energy_inverse_delta


def _pure_wave(k: float, inverse_delta: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.exp(-(k**2) / inverse_delta)


@pytest.mark.parametrize("k", [0.5, math.pi, 9.0])
def test_equivalent_frequency_of_a_pure_wave_is_its_angular_frequency(k):
    grid = np.linspace(0.0, 4 * k**2, 4001)
    # Linear interpolation on cells of k²/1000: error of order (h²/8)·F''/F' ~ 1e-6 k².
    assert equivalent_frequency(grid, _pure_wave(k, grid)) == pytest.approx(k, rel=1e-5)


def test_longer_grid_does_not_move_the_half_energy_point():
    short, long = np.linspace(0, 20, 201), np.linspace(0, 200, 2001)
    a = half_energy_inverse_delta(short, _pure_wave(2.0, short))
    b = half_energy_inverse_delta(long, _pure_wave(2.0, long))
    assert a == pytest.approx(b, rel=1e-12)


def test_floor_is_the_class_prior_for_ten_balanced_classes():
    grid = np.array([0.0, 1.0, 2.0])
    lfr = np.array([0.1, 0.55, 1.0])
    assert half_energy_inverse_delta(grid, lfr) == pytest.approx(1.0)
    assert half_energy_inverse_delta(grid[1:], lfr[1:], floor=0.1) == pytest.approx(1.0)


def test_layers_keep_their_shape_and_a_short_grid_gives_nan():
    grid = np.array([0.0, 1.0, 2.0])
    lfr = np.array([[0.1, 0.2, 0.3], [0.1, 0.9, 1.0]])
    found = half_energy_inverse_delta(grid, lfr)
    assert found.shape == (2,)
    assert math.isnan(found[0]) and 0 < found[1] < 1


def test_scaling_the_samples_scales_the_frequency():
    grid = np.linspace(0, 40, 4001)
    scale = 3.0
    slow = equivalent_frequency(grid, _pure_wave(4.0, grid))
    fast = equivalent_frequency(grid / scale**2, _pure_wave(4.0, grid))
    assert fast == pytest.approx(slow / scale, rel=1e-12)

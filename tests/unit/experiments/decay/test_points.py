"""Points on a torus."""

import numpy as np
import pytest

from deepfreq_core.experiments.decay.points import drawn, misplaced


def test_points_apart_are_fine_also_at_the_ends_and_alone():
    assert not misplaced([-1.0, 0.999], 2.0)
    assert not misplaced([1.0], 2.0)
    assert not misplaced([], 2.0)


@pytest.mark.parametrize("points", [[-1.0, 1.0], [0.3, 0.3 + 1e-10], [1 - 1e-10, 0.0, -1 + 1e-10]])
def test_the_same_place_is_told_also_round_the_torus(points):
    assert "same place" in misplaced(points, 2.0)


def test_a_point_outside_says_how_long_the_torus_must_be():
    assert "at least 3" in misplaced([0.0, -1.5], 2.0)


@pytest.mark.parametrize("number", [1, 2, 7, 50])
@pytest.mark.parametrize("period", [0.5, 2.0, 6.0])
def test_random_points_are_apart_and_follow_the_seed(number, period):
    for seed in range(5):
        points, values = drawn(number, period, seed=seed)
        gaps = np.diff([*points, points[0] + period])
        assert gaps.min() >= 0.5 * period / number * (1 - 1e-12)
        assert not misplaced(points.tolist(), period)
        assert (np.abs(values) <= 1).all()
        again, _ = drawn(number, period, seed=seed)
        np.testing.assert_array_equal(points, again)
    assert not np.array_equal(points, drawn(number, period, seed=99)[0])

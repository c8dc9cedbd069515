"""Slots of a grid, groups of labels and panels of places."""

import numpy as np
import pytest

from deepfreq_core.lowpass._plan import plan_grid, plan_labels, plan_panels


@pytest.mark.parametrize("m", [2, 3, 19, 20, 21, 101])
def test_even_grids_are_powers(m):
    grid = np.linspace(0.3, 7, m)
    plan = plan_grid(grid)
    np.testing.assert_allclose(plan.beta[:m], grid, rtol=1e-12)
    assert plan.step == pytest.approx(grid[1] - grid[0])
    assert len(plan.beta) % 4 == 0
    assert plan.runs[0, 0] == 0
    assert plan.runs[-1, 1] == len(plan.beta)
    np.testing.assert_array_equal(plan.runs[1:, 0], plan.runs[:-1, 1])
    assert (plan.runs[:, 1] - plan.runs[:, 0]).max() <= 20


def test_doubling_grids_are_squares():
    plan = plan_grid(0.1 * 2.0 ** np.arange(10))
    assert plan.step < 0
    np.testing.assert_array_equal(plan.runs, [[0, 4], [4, 8], [8, 10]])


def test_other_grids_take_an_exponential_each():
    plan = plan_grid(np.array([0.1, 0.2, 0.5, 1.0]))
    np.testing.assert_array_equal(plan.runs, [[0, 2], [2, 4]])  # 0.2 and 1.0 are squares


def test_one_hot_labels_are_groups():
    classes = np.repeat([3, 1, 3, 3, 1, 0], 10)
    plan = plan_labels(np.eye(5)[classes])
    assert plan.to_labels is None
    np.testing.assert_array_equal(plan.edges, [0, 10, 30, 60])
    np.testing.assert_array_equal(classes[plan.order], np.sort(classes))


def test_labels_that_do_not_repeat_are_weights():
    y = np.random.default_rng(0).standard_normal((300, 2))
    plan = plan_labels(y)
    assert plan.weights.shape == (2, 300)
    assert plan.n_sums == 3


def test_minus_zero_is_zero():
    y = np.ones((60, 2))
    y[::2, 1], y[1::2, 1] = 0.0, -0.0
    assert len(plan_labels(y).edges) == 2


@pytest.mark.parametrize("width", [1, 7, 100, 512])
@pytest.mark.parametrize("lengths", [[1], [5, 3, 9], [513], [20] * 30, [1000, 1, 600]])
def test_panels_cover_every_place_and_no_group_twice(lengths, width):
    edges = np.concatenate([[0], np.cumsum(lengths)])
    seen = []
    for panel in plan_panels(edges, width):
        assert panel.stop - panel.start <= max(width, 1)
        groups = panel.pieces[:, 2]
        assert len(set(groups)) == len(groups)
        for first, length, group in panel.pieces:
            places = range(panel.start + first, panel.start + first + length)
            assert edges[group] <= places[0] <= places[-1] < edges[group + 1]
            seen += places
    assert seen == list(range(edges[-1]))

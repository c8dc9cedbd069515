"""Who has learned nothing, and who has diverged."""

import math

import numpy as np
import pytest

from deepfreq_core.training.learning import FAR, Learning, Watch, learning

NAN = math.nan


@pytest.mark.parametrize(
    ("before", "now", "mean", "expected"),
    [
        (0.10, 0.03, 0.09, Learning.LEARNED),
        (0.10, 0.0899, 0.09, Learning.NOTHING),  # it has found the mean, and no more
        (0.10, 0.0951, 0.09, Learning.NOTHING),
        (0.10, 2.0, 0.09, Learning.NOTHING),  # a rate too large, not yet a divergence
        (0.10, 1.2e30, 0.09, Learning.DIVERGED),
        (0.10, NAN, 0.09, Learning.DIVERGED),
        (0.10, math.inf, None, Learning.DIVERGED),
        (5e4, 4e4, 0.09, Learning.NOTHING),  # it began up there
        (None, None, 0.09, Learning.LEARNED),  # not measured
        # Recorded before the bar was kept:
        (1.03, 1.01, None, Learning.LEARNED),
        (1.03, 1.03, None, Learning.NOTHING),
        (1.03, 1e3, None, Learning.DIVERGED),
    ],
)
def test_what_a_loss_says(before, now, mean, expected):
    assert learning(before, now, mean) is expected


def watch(*epochs, measured=0.03, is_over=False, before=0.1):
    seen = Watch.of([0.09])
    seen.see_before(np.array([before]))
    for loss in epochs:
        seen.see_epoch(np.array(loss))
    seen.measured = np.array([measured])
    return seen.diverged_at(is_over=is_over)


def test_a_large_first_step_is_forgiven():
    assert watch(5.5e2) is None  # ReLU, Adam at 0.1: the next epoch has 0.094
    assert watch(5.5e2, 0.094) is None
    assert watch(2e12, 5.4e5) is None  # still falling
    assert watch(2e12, 5.4e5, 4e4, 7e3, measured=2e3, is_over=False) is None


def test_who_stays_up_there_or_ends_there_has_diverged():
    assert watch(0.1, 2e3, 4e3) == 4e3
    assert watch(2e12, 5.4e5, measured=3e5, is_over=True) == 3e5
    assert math.isnan(watch(0.05, measured=NAN, is_over=True))
    assert watch(0.05, is_over=True) is None


def test_who_began_up_there_has_not():
    assert watch(4e4, 4.1e4, before=5e4, measured=4e4, is_over=True) is None


def test_one_network_of_several_is_enough():
    seen = Watch.of([0.09, 0.09])
    seen.see_before(np.array([0.1, 0.1]))
    for losses in ([0.08, 50.0], [0.07, 60.0]):
        seen.see_epoch(np.array(losses))
    assert seen.diverged_at(is_over=False) == 60.0
    again = Watch.of([0.09, 0.09])
    again.restore(seen.state())
    assert again.diverged_at(is_over=False) == 60.0
    assert FAR * 0.1 < 50

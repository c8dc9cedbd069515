"""What is said of heights, on made-up heights of each kind."""

import math

import numpy as np
import pytest

from deepfreq_core.experiments.decay.headline import HOLDS_WITHIN, headline

CUTOFFS = np.geomspace(50, 12_800, 17)
SHORT = CUTOFFS[::4]  # the five of the table of reference


@pytest.mark.parametrize("cutoffs", [CUTOFFS, SHORT])
def test_a_power_of_the_cutoff_collapses_and_its_slope_is_found(cutoffs):
    key, values = headline(cutoffs, 3 * cutoffs**-0.4, 0.6)
    assert key == "collapses"
    assert values["slope"] == pytest.approx(0.4) and values["limit_slope"] == pytest.approx(0.4)
    assert values["low"] <= 0.4 + 1e-9 and values["high"] >= 0.4 - 1e-9
    assert values["height"] == pytest.approx(3 * 12_800**-0.4) and values["cutoff"] == 12_800


def test_the_interval_covers_the_slope_where_heights_ring():
    covered = 0
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(0, 0.02, CUTOFFS.size)
        _, values = headline(CUTOFFS, CUTOFFS**-0.5 * np.exp(noise), 0.5)
        covered += values["low"] <= 0.5 <= values["high"]
    # 95 % of 40 is 38; 33 or fewer would be seen once in 100 times.
    assert covered >= 33


@pytest.mark.parametrize("cutoffs", [CUTOFFS, SHORT])
@pytest.mark.parametrize("exponent", [0.99, 1.0, 1.01])
def test_at_the_critical_exponent_a_logarithm_is_named_so(cutoffs, exponent):
    key, values = headline(cutoffs, 1 / (1 + 0.6 * np.log(cutoffs)), exponent)
    assert key == "critical"
    before, after = (1 / (1 + 0.6 * math.log(m)) for m in (1_280, 12_800))
    # The decade of the five starts at 800; its change is scaled to one.
    assert values["change"] == pytest.approx(after / before - 1, rel=0.05)


@pytest.mark.parametrize("cutoffs", [CUTOFFS, SHORT])
def test_above_it_a_height_that_still_falls_is_told_with_where_it_goes(cutoffs):
    key, values = headline(cutoffs, 1 / (6.8 - 3.9 * cutoffs**-0.1), 1.1)
    assert key == "settles" and values["change"] < -HOLDS_WITHIN
    assert values["limit"] == pytest.approx(1 / 6.8)


@pytest.mark.parametrize("cutoffs", [CUTOFFS, SHORT])
def test_above_it_a_height_that_stays_holds(cutoffs):
    key, values = headline(cutoffs, 0.3 * (1 + 1 / cutoffs), 2.0)
    assert key == "holds" and values["height"] == pytest.approx(0.3, rel=1e-3)
    assert abs(values["change"]) < HOLDS_WITHIN


def test_two_dimensions_turn_at_two():
    for exponent, heights, expected in (
        (1.5, CUTOFFS**-0.5, "collapses"),
        (2.0, 1 / np.log(CUTOFFS), "critical"),
        (3.0, 0.3 + 0 * CUTOFFS, "holds"),
    ):
        assert headline(CUTOFFS, heights, exponent, dimension=2)[0] == expected


@pytest.mark.parametrize(
    "cutoffs", [[], [50], [50, 60, 70, 80], [50, 500], [1_000, 2_000, 5_000, 9_999]]
)
def test_nothing_is_said_of_less_than_a_decade_or_three_cutoffs(cutoffs):
    key, values = headline(cutoffs, [0.3] * len(cutoffs), 2.0)
    assert key == "too_few"
    assert (
        values["decades"] < values["decades_needed"] or values["cutoffs"] < values["cutoffs_needed"]
    )


def test_nothing_is_said_of_lost_digits_in_the_last_decade():
    heights = 0.3 + 0 * CUTOFFS
    early, late = heights.copy(), heights.copy()
    early[0], late[-2] = np.nan, np.nan
    assert headline(CUTOFFS, early, 2.0)[0] == "holds"
    assert headline(CUTOFFS, late, 2.0)[0] == "ill_conditioned"


def test_a_height_that_is_zero_by_symmetry_tells_nothing():
    assert headline(CUTOFFS, 1e-17 * np.ones(17), 2.0)[0] == "no_height"
    assert headline(CUTOFFS, 1e-8 * np.ones(17), 2.0, scale=1e5)[0] == "no_height"


@pytest.mark.parametrize(
    ("exponent", "heights"),
    [
        (0.5, 0.3 + 0 * CUTOFFS),  # it must fall some day, and does not yet
        (1.0, 0.3 + 0 * CUTOFFS),
        (0.5, CUTOFFS**0.1),  # it rises
        (2.0, CUTOFFS**0.1),
        (0.5, 1 + 0.5 * (-1.0) ** np.arange(17)),  # it swings
        (1.0, 1 / CUTOFFS),  # frequencies so low that the weight is flat: no law of α yet
        (1.1, 1 / CUTOFFS),
        (12.0, 1 / CUTOFFS),
    ],
)
def test_what_fits_nothing_is_called_unclear(exponent, heights):
    assert headline(CUTOFFS, heights, exponent)[0] == "unclear"

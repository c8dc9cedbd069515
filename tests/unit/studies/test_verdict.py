"""Rank correlations and verdicts over seeds."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, spearmanr

from deepfreq_core.errors import ShapeError
from deepfreq_core.studies.verdict import (
    Verdict,
    binomial_interval,
    combined,
    rank_correlation,
    summarize_order,
)


def test_rank_correlation_is_spearmans_with_ties():
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = rng.integers(0, 5, size=8).astype(float)
        if np.unique(values).size > 1:
            expected = spearmanr(np.arange(8), values).statistic
            assert rank_correlation(values) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("values", [[1.0], [2.0, 2.0, 2.0], [1.0, math.nan]])
def test_no_order_is_nan(values):
    assert math.isnan(rank_correlation(np.array(values)))


@pytest.mark.parametrize(("k", "n"), [(0, 6), (3, 6), (6, 6), (1, 20)])
def test_binomial_interval_is_clopper_pearson(k, n):
    expected = binomtest(k, n).proportion_ci(method="exact")
    assert binomial_interval(k, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_six_agreeing_seeds_hold_and_five_do_not_suffice():
    rising = np.arange(5.0) + np.zeros((6, 1))
    assert summarize_order(rising).verdict is Verdict.HOLDS
    assert summarize_order(rising[:5]).verdict is Verdict.UNCLEAR


# Ranks of five layers whose correlation with depth is what the name says.
UP, DOWN, LEVEL = [1, 2, 3, 4, 5], [5, 4, 3, 2, 1], [7, 7, 7, 7, 7]


@pytest.mark.parametrize(
    ("seeds", "verdict"),
    [
        ([UP] * 6, Verdict.HOLDS),
        ([UP] * 5, Verdict.UNCLEAR),  # five that agree may be chance
        ([DOWN] * 6, Verdict.FAILS),
        ([DOWN] * 5, Verdict.UNCLEAR),  # and refute no more than they prove
        ([DOWN], Verdict.UNCLEAR),
        ([UP] * 4 + [DOWN] * 4, Verdict.UNCLEAR),
        ([UP] * 6 + [LEVEL] * 18, Verdict.UNCLEAR),  # seeds without an order count
        ([UP] * 2 + [DOWN] * 18, Verdict.FAILS),
        ([UP] * 18 + [DOWN] * 2, Verdict.HOLDS),
        ([UP] * 14 + [DOWN] * 7, Verdict.UNCLEAR),  # the mean is clear, the share is not
    ],
)
def test_a_verdict_needs_strength_and_enough_seeds(seeds, verdict):
    assert summarize_order(np.array(seeds, float)).verdict is verdict


def test_cases_together_hold_where_all_do_and_fail_where_one_does():
    holds, fails, unclear = Verdict.HOLDS, Verdict.FAILS, Verdict.UNCLEAR
    assert combined([holds, holds]) is holds
    assert combined([holds, unclear, fails]) is fails
    assert combined([holds, unclear]) is unclear
    assert combined([]) is unclear


def test_no_order_at_all_is_unclear_not_a_crash():
    summary = summarize_order(np.ones((4, 5)))
    assert summary.verdict is Verdict.UNCLEAR
    assert math.isnan(summary.mean)


def test_a_single_row_of_layers_is_not_a_table():
    with pytest.raises(ShapeError, match="seeds, layers"):
        summarize_order(np.arange(5.0))

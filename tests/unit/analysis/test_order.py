"""Rank correlations and verdicts over seeds."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest, spearmanr

from deepfreq_core.analysis.order import (
    Verdict,
    binomial_interval,
    rank_correlation,
    summarize_order,
)
from deepfreq_core.errors import ShapeError


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


def test_falling_order_fails_and_mixed_seeds_are_unclear():
    rising = np.arange(5.0) + np.zeros((4, 1))
    assert summarize_order(-rising).verdict is Verdict.FAILS
    assert summarize_order(np.vstack([rising, -rising])).verdict is Verdict.UNCLEAR


def test_no_order_at_all_is_unclear_not_a_crash():
    summary = summarize_order(np.ones((4, 5)))
    assert summary.verdict is Verdict.UNCLEAR
    assert math.isnan(summary.mean)


def test_a_single_row_of_layers_is_not_a_table():
    with pytest.raises(ShapeError, match="seeds, layers"):
        summarize_order(np.arange(5.0))

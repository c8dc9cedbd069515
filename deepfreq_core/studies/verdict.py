"""Does frequency fall with depth? Rank correlations of layers, and verdicts over seeds.

A verdict never rests on one number: it is the mean rank correlation over seeds with a bootstrap
interval, beside the share of seeds in which the order holds with its exact binomial interval. The
first says how strong the order is, the second how sure we are that it is there at all: with n
seeds that all agree, the 95 % binomial interval still reaches down to 0.025^(1/n): six seeds
are the fewest that can show an order to be more than chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.special import betaincinv

from deepfreq_core.errors import ShapeError
from deepfreq_core.records import Float64

_RESAMPLES = 4_000


def rank_correlation(values: Float64) -> float:
    """Spearman's rank correlation of a sequence with its index; ties share their mean rank.

    Args:
        values: One value a layer, in order of depth, (L,).

    Returns:
        Between −1 (falls with depth) and 1 (rises with depth); NaN for fewer than two layers, for
        values that are all equal, and where a value is NaN.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.size < 2 or np.isnan(values).any() or np.all(values == values[0]):
        return float("nan")
    ranks = _mean_ranks(values)
    index = np.arange(values.size, dtype=np.float64)
    return float(np.corrcoef(index, ranks)[0, 1])


class Verdict(StrEnum):
    """What the runs say of a claim."""

    HOLDS = "holds"
    FAILS = "does not hold under these settings"
    UNCLEAR = "unclear under these settings"


@dataclass(frozen=True, slots=True)
class OrderSummary:
    """Rank correlations over seeds, and what they say.

    Attributes:
        n_seeds: Seeds there were.
        correlations: One a seed, (s,); 0 for a seed whose layers all tie, empty where every seed's
            do.
        mean: Their mean.
        interval: 95 % bootstrap interval of the mean; equal ends when all seeds agree.
        share_positive: Share of seeds with a correlation above 0.
        share_interval: Exact (Clopper–Pearson) 95 % interval of that share.
        verdict: HOLDS where the mean's interval lies above 0 and the share's above one half;
            FAILS where the mean's interval does not reach above 0 and the share's lies below one
            half; UNCLEAR else.
    """

    n_seeds: int
    correlations: Float64
    mean: float
    interval: tuple[float, float]
    share_positive: float
    share_interval: tuple[float, float]
    verdict: Verdict


def summarize_order(by_seed: Float64, *, seed: int = 0) -> OrderSummary:
    """Summary of how values rise with depth, over seeds.

    Args:
        by_seed: One row a seed, one column a layer in order of depth, (s, L).
        seed: Fixes the bootstrap.

    Returns:
        The summary; UNCLEAR with NaN intervals where no seed has an order.

    Raises:
        ShapeError: by_seed is not a table.
    """
    table = np.asarray(by_seed, dtype=np.float64)
    if table.ndim != 2:
        raise ShapeError(f"by_seed must be (seeds, layers); got shape {table.shape}")
    correlations = np.array([rank_correlation(row) for row in table])
    if np.isnan(correlations).all():
        nan = float("nan")
        return OrderSummary(
            len(table), np.empty(0), nan, (nan, nan), nan, (nan, nan), Verdict.UNCLEAR
        )
    # A seed whose layers all tie speaks against an order: leaving it out would hide it.
    correlations = np.nan_to_num(correlations)
    n = correlations.size
    low, high = bootstrap_interval(correlations, seed=seed)
    n_positive = int(np.count_nonzero(correlations > 0))
    share_interval = binomial_interval(n_positive, n)
    if low > 0 and share_interval[0] > 0.5:
        verdict = Verdict.HOLDS
    elif high <= 0 and share_interval[1] < 0.5:
        verdict = Verdict.FAILS
    else:
        verdict = Verdict.UNCLEAR
    mean = float(correlations.mean())
    share = n_positive / n
    return OrderSummary(n, correlations, mean, (low, high), share, share_interval, verdict)


def combined(verdicts: Iterable[Verdict]) -> Verdict:
    """What several cases say together: one that fails refutes, and all must hold."""
    found = set(verdicts)
    if Verdict.FAILS in found:
        return Verdict.FAILS
    return Verdict.HOLDS if found == {Verdict.HOLDS} else Verdict.UNCLEAR


def in_words(summary: OrderSummary) -> str:
    """For example "0.93 [0.80, 1.00], 6 of 6 seeds"."""
    if summary.n_seeds == 0:
        return "nothing to compare"
    if np.isnan(summary.mean):
        return "no order"
    low, high = summary.interval
    n = summary.correlations.size
    agreeing = round(summary.share_positive * n)
    return f"{summary.mean:+.2f} [{low:+.2f}, {high:+.2f}], {agreeing} of {n} seeds"


def bootstrap_interval(values: Float64, *, seed: int = 0) -> tuple[float, float]:
    """95 % percentile bootstrap interval of the mean of `values`, (s,)."""
    draws = np.random.default_rng(seed).integers(values.size, size=(_RESAMPLES, values.size))
    low, high = np.quantile(values[draws].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def binomial_interval(k: int, n: int) -> tuple[float, float]:
    """Exact (Clopper–Pearson) 95 % interval of a share seen as k of n."""
    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, 0.025))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 0.975))
    return low, high


def _mean_ranks(values: Float64) -> Float64:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse], dtype=np.float64)

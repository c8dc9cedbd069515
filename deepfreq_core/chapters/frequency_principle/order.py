"""Which frequency first? Seeds counted, the verdict on a case, and its chart and rows.

Chosen before the runs: a frequency is learned at the first epoch at which its relative error is
below 10 %. A seed is *in order* where no frequency was learned before a lower one, and none within
a third of the epochs of the one below it (instruments/spectra/order.py); one that is never learned
comes after all that are. A case holds where the exact 95 % interval of the share of seeds in order
lies above one half; its order is gone where the interval lies below one half. With twelve seeds,
ten in order are enough for the one, two for the other. Seeds that learned nothing do not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from deepfreq_core.chapters.frequency_principle.runs import (
    SeedRun,
    SeedRuns,
    at_end,
    by_label,
    has_learned,
)
from deepfreq_core.instruments.spectra.config import THRESHOLDS
from deepfreq_core.instruments.spectra.order import Order, order
from deepfreq_core.records import Float64
from deepfreq_core.studies.finding import Chart, Curve, Finding
from deepfreq_core.studies.verdict import Verdict, binomial_interval, combined

LEARNED = "spectra/learned_epoch"
PEAKS = "spectra/peak"
THRESHOLD = 0.1
READS = SeedRuns(last=(LEARNED,), fixed=(PEAKS,))
_OPPOSITE = {Verdict.HOLDS: Verdict.FAILS, Verdict.FAILS: Verdict.HOLDS}
_JITTER = 0.28  # of the distance between two cases: over which a case's frequencies are spread


def epochs(runs: Sequence[SeedRun], threshold: float = THRESHOLD) -> Float64:
    """When each frequency was learned by each seed that has learned something, (S, p)."""
    found = at_end(runs, LEARNED)[:, :, THRESHOLDS.index(threshold)]
    return np.asarray(found[has_learned(runs)])


def in_order(peaks: Float64, learned: Float64) -> tuple[int, int]:
    """Seeds in order, and seeds that can be judged: those that learned some frequency."""
    orders = [order(peaks, row) for row in learned]
    judged = [one for one in orders if one is not Order.NONE]
    return sum(one in {Order.LOW_FIRST, Order.ONE} for one in judged), len(judged)


def verdict(k: int, n: int) -> Verdict:
    """What k of n seeds in order say."""
    if n == 0:
        return Verdict.UNCLEAR
    low, high = binomial_interval(k, n)
    if low > 0.5:
        return Verdict.HOLDS
    return Verdict.FAILS if high < 0.5 else Verdict.UNCLEAR


def finder(axis: str, breaks: frozenset[str] = frozenset()) -> Callable[..., Finding]:
    """What runs say where low frequencies should come first in some cases and not in others.

    Args:
        axis: The axis along which cases differ.
        breaks: Labels of the cases in which the order should be gone.

    Returns:
        `find` of a claim.
    """

    def find(runs: Sequence[SeedRun]) -> Finding:
        verdicts, words = [], []
        rows: list[Mapping[str, str]] = []
        cases = by_label(runs, axis)
        for label, of_case in cases.items():
            peaks, learned = of_case[0].fixed[PEAKS], epochs(of_case)
            k, n = in_order(peaks, learned)
            found = verdict(k, n)
            verdicts.append(_OPPOSITE.get(found, found) if label in breaks else found)
            words.append(f"{label} {k} of {n}")
            rows.append(_row(axis, label, label in breaks, peaks, learned, (k, n, found)))
        return Finding(
            verdict=combined(verdicts) if verdicts else Verdict.UNCLEAR,
            sentence=f"Seeds that learn the lower frequency first: {', '.join(words) or 'none'}.",
            rows=rows,
            charts=(chart(axis, {label: epochs(of) for label, of in cases.items()}, runs),),
            n_runs=len(runs),
        )

    return find


def chart(
    axis: str,
    learned: Mapping[str, Float64],
    runs: Sequence[SeedRun],
    threshold: float = THRESHOLD,
) -> Chart:
    """Every seed's epochs, a group of points a case, colours by frequency."""
    n_peaks = max((values.shape[1] for values in learned.values()), default=0)
    peaks = [of_case[0].fixed[PEAKS] for of_case in by_label(runs, axis).values()]
    curves = []
    for p in range(n_peaks):
        shift = 0.0 if n_peaks == 1 else _JITTER * (2 * p / (n_peaks - 1) - 1)
        x, y = [], []
        for place, values in enumerate(learned.values()):
            if p < values.shape[1]:
                x += [place + shift] * len(values)
                y += np.where(np.isinf(values[:, p]), np.nan, np.maximum(values[:, p], 1)).tolist()
        share = p / max(n_peaks - 1, 1)
        values_of_k = dict.fromkeys(f"{one[p]:.3g}" for one in peaks if p < one.size)
        name = f"k = {' or '.join(values_of_k)}" if values_of_k else str(p)
        curves.append(Curve(name, np.array(x), np.array(y), depth=share, is_points=True))
    return Chart(
        title="Epoch at which a frequency was learned, every seed",
        x_title=axis,
        y_title=f"epoch at which the error fell below {threshold:.0%}",
        curves=tuple(curves),
        y_log=True,
        x_ticks=tuple(learned),
    )


def _row(
    axis: str,
    label: str,
    is_breaking: bool,
    peaks: Float64,
    learned: Float64,
    counts: tuple[int, int, Verdict],
) -> dict[str, str]:
    k, n, found = counts
    words = {Verdict.HOLDS: "in order", Verdict.FAILS: "order gone", Verdict.UNCLEAR: "unclear"}
    return {
        axis: label,
        "expected": "order gone" if is_breaking else "in order",
        "seeds in order": f"{k} of {n}",
        "found": words[found],
        "epoch learned: median [least, most]": "; ".join(
            f"k = {peak:.3g}: {spread(learned[:, p])}" for p, peak in enumerate(peaks)
        )
        if learned.size
        else "–",
    }


def spread(values: Float64) -> str:
    """Median, least and most of epochs: "765 [720, 901]"; "never" where it is infinite."""
    low, middle, high = (float(np.quantile(values, q, method="inverted_cdf")) for q in (0, 0.5, 1))
    return f"{_epoch(middle)} [{_epoch(low)}, {_epoch(high)}]"


def _epoch(value: float) -> str:
    return "never" if np.isinf(value) else f"{value:,.0f}"

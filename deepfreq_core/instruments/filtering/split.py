"""What a filter does to the targets themselves, before anything is learned.

At small δ every sample stands alone: the filter returns what it is given, and nothing is high. At
large δ it returns the mean, and what is low no longer varies. In between it parts the targets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.lowpass import doubling_grid, filtered_energies, normalize
from deepfreq_core.records import Float64

# Ends of the automatic grid, a little beyond where parts are judged (`LOW_JUDGED`, `ALONE`): the
# self weight of its first δ, and ‖y_low − ȳ‖/‖y − ȳ‖ of its last.
_ALMOST_ALONE, _ALMOST_MEAN = 0.97, 0.11
_FEW = 256  # samples that the spread of x is taken from

# Where a part is too small to divide an error by. Measured on images (arXiv:1901.06523's filters on
# MNIST and CIFAR-10): with a smaller high part e_high rises above 1 and tells of noise; from where
# 2 % of the energy of y − ȳ are left, the filter gives back how often each class occurs.
HIGH_JUDGED = 0.1  # ‖y − y_low‖/‖y‖
LOW_JUDGED = 0.02**0.5  # ‖y_low − ȳ‖/‖y − ȳ‖
ALONE = 0.9  # mean weight that samples give themselves above which the filter is the identity


def is_identity(self_weight: Float64, high_share: Float64) -> NDArray[np.bool_]:
    """At which δ the filter returns what it is given, or next to nothing of the targets is high."""
    return (self_weight > ALONE) | ~(high_share >= HIGH_JUDGED)


def is_only_mean(low_share: Float64) -> NDArray[np.bool_]:
    """At which δ little of the targets is left but their mean."""
    return ~(low_share >= LOW_JUDGED)


@dataclass(frozen=True, slots=True)
class Split:
    """Low and high part of the targets y at each δ of a grid, increasing; all (m,).

    Attributes:
        low: ‖y_low‖.
        varying: ‖y_low − ȳ‖, where ȳ is the mean of y over samples.
        high: ‖y − y_low‖.
        low_share: ‖y_low − ȳ‖/‖y − ȳ‖.
        high_share: ‖y − y_low‖/‖y‖.
        label_lfr: LFR of the targets, ‖y_low‖²/‖y‖².
        self_weight: Mean weight that a sample gives itself.
    """

    low: Float64
    varying: Float64
    high: Float64
    low_share: Float64
    high_share: Float64
    label_lfr: Float64
    self_weight: Float64


def split(x: Any, y: Float64, deltas: Float64, *, method: str, backend: str) -> Split:
    """How filters part these targets.

    Args:
        x: Inputs, (n, d).
        y: Targets, (n, c).
        deltas: δ, (m,), increasing.
        method: How x is normalised.
        backend: Of the filter.
    """
    # (y − ȳ)_low = y_low − ȳ, because constants pass unchanged; and so y's high part is the same.
    whole, varying = (
        filtered_energies(x, part, 1 / deltas[::-1], normalize=method, backend=backend)
        for part in (y, y - y.mean(axis=0))
    )
    low, swaying, high = (
        np.sqrt(energy[::-1]) for energy in (whole.low, varying.low, varying.high)
    )
    with np.errstate(invalid="ignore", divide="ignore"):  # targets that are all the same, or 0
        return Split(
            low=low,
            varying=swaying,
            high=high,
            low_share=swaying / np.sqrt(varying.total),
            high_share=high / np.sqrt(whole.total),
            label_lfr=np.square(low) / whole.total,
            self_weight=whole.self_weight[::-1],
        )


def automatic_deltas(x: Any, y: Float64, n: int, *, method: str, backend: str) -> Float64:
    """Values of δ in even ratios, from where the filter is nearly the identity to nearly the mean.

    Args:
        x: Inputs, (n, d).
        y: Targets, (n, c).
        n: How many.
        method: How x is normalised.
        backend: Of the filter.

    Returns:
        (n,), increasing, each of two digits; fewer where those would be equal.
    """
    host = np.asarray(normalize(x[:_FEW], method), np.float64)
    spread = float(2 * host.var(axis=0).sum()) or 1.0
    # Inputs of one dimension lie dense: 2¹⁶ neighbours within the spread and still some inside δ.
    doubling = 1 / doubling_grid(2.0**-6 / spread, 2.0**30 / spread)[::-1]
    found = split(x, y, doubling, method=method, backend=backend)
    lower = _crossing(doubling, found.self_weight, _ALMOST_ALONE)
    upper = _crossing(doubling, np.nan_to_num(found.low_share), _ALMOST_MEAN)
    if not lower < upper:
        lower, upper = upper / 4, upper * 4
    rounded = [float(f"{delta:.1e}") for delta in np.geomspace(lower, upper, n)]
    return np.unique(rounded)


def _crossing(deltas: Float64, falling: Float64, level: float) -> float:
    """The δ after which values stay below a level, between the points of a grid in even ratios."""
    above = np.flatnonzero(falling >= level)
    if above.size == 0:
        return float(deltas[0])
    k = int(above[-1])
    if k == deltas.size - 1:
        return float(deltas[-1])
    share = (falling[k] - level) / (falling[k] - falling[k + 1])
    return float(deltas[k] * (deltas[k + 1] / deltas[k]) ** share)

"""How fast a network learns: epochs to a target loss, with runs that never got there."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from deepfreq_core.records import Float64


def seen_loss(scalars: Mapping[str, Float64]) -> Float64:
    """Training loss at each measurement: over the epoch or after it, whichever is less.

    A run stops by the mean over its last epoch. The loss after that epoch's last step can lie a
    little above the target again, and the run would count as one that never got there.

    Args:
        scalars: `train_loss` and, where it was kept, `epoch_loss`, each (t,); NaN where not known.

    Returns:
        (t,).
    """
    after = scalars["train_loss"]
    return np.fmin(after, scalars.get("epoch_loss", after))


def epochs_to_loss(epoch: Float64, loss: Float64, target: float) -> float:
    """First measured epoch at which the loss is at or below the target.

    Args:
        epoch: Measured epochs, (t,), increasing.
        loss: Loss at each, (t,).
        target: The designated value.

    Returns:
        The epoch, interpolated between the two measurements around the crossing in log loss;
        infinity where the run ended above the target.
    """
    below = np.flatnonzero(loss <= target)
    if below.size == 0:
        return math.inf
    k = int(below[0])
    if k == 0 or loss[k] <= 0:
        return float(epoch[k])
    before, after = math.log(loss[k - 1]), math.log(loss[k])
    share = (before - math.log(target)) / (before - after)
    return float(epoch[k - 1] + share * (epoch[k] - epoch[k - 1]))


def median_and_range(values: Float64) -> tuple[float, float, float]:
    """Median, least and largest over seeds; infinities (never reached) take part."""
    ordered = np.sort(values)
    middle = ordered.size // 2
    if ordered.size % 2:
        median = float(ordered[middle])
    else:
        low, high = float(ordered[middle - 1]), float(ordered[middle])
        median = high if math.isinf(high) else (low + high) / 2
    return median, float(ordered[0]), float(ordered[-1])

"""Were lower frequencies learned first?"""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np

from deepfreq_core.records import Float64

# Two frequencies learned within this factor of each other are learned together. A third of an epoch
# count is more than the difference between neighbouring seeds of the ordered cases, and far less
# than the factors of three and more that the papers' figures show.
_TOGETHER = 1.33


class Order(StrEnum):
    """What the epochs at which frequencies were learned say."""

    NONE = "nothing"
    ONE = "single"
    LOW_FIRST = "low_first"
    TOGETHER = "together"
    BROKEN = "broken"


def order(frequencies: Float64, epochs: Float64) -> Order:
    """The order in which frequencies were learned.

    Args:
        frequencies: (p,).
        epochs: When each was learned; infinity for not yet, (p,).

    Returns:
        NONE where nothing is learned; BROKEN where a higher frequency came clearly before a lower
        one, or is learned and the lower one is not; TOGETHER where some neighbours came within a
        third of each other; ONE where a single one is learned and it is the lowest; else LOW_FIRST.
    """
    by_frequency = epochs[np.argsort(frequencies)]
    learned = np.isfinite(by_frequency)
    if not learned.any():
        return Order.NONE
    # What is not learned yet comes after everything that is.
    pairs = list(zip(by_frequency, by_frequency[1:], strict=False))
    if any(math.isfinite(high) and low > _TOGETHER * max(high, 1) for low, high in pairs):
        return Order.BROKEN
    if learned.sum() == 1:
        return Order.ONE
    finite = [(low, high) for low, high in pairs if math.isfinite(low) and math.isfinite(high)]
    if any(high <= _TOGETHER * max(low, 1) for low, high in finite):
        return Order.TOGETHER
    return Order.LOW_FIRST

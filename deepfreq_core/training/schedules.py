"""What happens at which epoch: the learning rate, and when to measure.

Both follow from the config alone, never from the clock, so that a run can be repeated.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable

from deepfreq_core.config import RateSchedule

_SHARE = 0.1  # of the training time that measuring may take
_AT_LEAST = 8  # measurements, however dear they are
_GROWTH = 0.05  # later measurements are at least this share of the epoch apart


def learning_rate(base: float, schedule: RateSchedule, epoch: int) -> float:
    """Learning rate of the epoch that starts when `epoch` epochs are done."""
    if schedule.name == "constant":
        return base
    drops = sum(done <= epoch for done in schedule.epochs)
    return float(base * schedule.factor**drops)


class MeasureAt:
    """A set of epochs at which to measure; the first and the last are always in it."""

    def __init__(self, epochs: Iterable[int], last: int) -> None:
        self._epochs = sorted({0, last, *(epoch for epoch in epochs if 0 <= epoch <= last)})

    def __contains__(self, epoch: int) -> bool:
        index = bisect_left(self._epochs, epoch)
        return index < len(self._epochs) and self._epochs[index] == epoch

    def __len__(self) -> int:
        return len(self._epochs)

    @property
    def epochs(self) -> list[int]:
        """The epochs, increasing."""
        return list(self._epochs)


def regular(every: int, last: int) -> MeasureAt:
    """Every so many epochs."""
    return MeasureAt(range(0, last + 1, every), last)


def logarithmic(last: int, *, relative_cost: float) -> MeasureAt:
    """Every epoch at first, then ever rarer: each gap a fixed share of the epoch reached.

    The share is the smallest of at least 5 % at which all measurements together cost at most a
    tenth of the training, with no fewer than about eight of them.

    Args:
        last: Last epoch of the training.
        relative_cost: Time of one measurement in units of the time of one epoch; an estimate.

    Returns:
        The epochs.
    """
    allowed = max(_AT_LEAST, int(_SHARE * last / max(relative_cost, 1e-9)))
    growth = _GROWTH
    while len(at := MeasureAt(_spread(last, growth), last)) > allowed and growth < last:
        growth *= 1.1
    return at


def _spread(last: int, growth: float) -> Iterable[int]:
    epoch = 0
    while epoch <= last:
        yield epoch
        epoch += max(1, math.floor(epoch * growth))

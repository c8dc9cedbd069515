"""Has a network learned anything, and has its training diverged? The one rule for both.

Learned: a network that answers every sample with the same numbers has seen nothing of x. The
best it can do is the mean of the targets (for cross-entropy: the shares of the classes), so the
loss of that answer, known from the targets alone, is the bar. Less than a hundredth below it is
not called learning: a last layer that has only found the mean wavers that much with its batches.
The layers of such a network are no effective target of anything; their order says nothing.

Diverged: the loss is not finite, or `FAR` times above both its value before training and the bar;
for the squared error, outputs ten times further off than those of the untrained network. One
epoch up there is not enough: from a large first step trainings come back within few epochs (ReLU,
Adam at 0.1: a mean loss of 550 over the first epoch, 0.09 over the second). It has diverged where
it stays up there without falling, or ends there. Measured on trainings of digits at rates up to
10; docs/training.md has them.

Runs recorded before the bar was kept with them are held against their loss before training.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from deepfreq_core.records import Float64

FAR = 100.0
BETTER = 0.99
MEAN_ANSWER = "mean_answer_loss"  # the fact of a run that holds the bar


class Learning(StrEnum):
    """What a network has learned."""

    LEARNED = "learned"
    NOTHING = "nothing"
    DIVERGED = "diverged"


def learning(before: float | None, now: float | None, mean_answer: float | None) -> Learning:
    """What a training loss says.

    Args:
        before: Training loss before training; None where not measured.
        now: Training loss of the network in question; None where not measured.
        mean_answer: Loss of answering the mean of the training targets; None where not known.

    Returns:
        LEARNED also where too little was measured to tell.
    """
    if now is None:
        return Learning.LEARNED
    known = [bar for bar in (before, mean_answer) if bar is not None and math.isfinite(bar)]
    if not math.isfinite(now) or (known and now > FAR * max(known)):
        return Learning.DIVERGED
    if mean_answer is not None:
        return Learning.NOTHING if now >= BETTER * mean_answer else Learning.LEARNED
    return Learning.NOTHING if known and now >= known[0] else Learning.LEARNED


@dataclass(slots=True)
class Watch:
    """Sees at the end of every epoch whether a training of S networks has diverged.

    Attributes:
        bar: Loss before training or that of the mean, whichever is more, (S,).
        epochs: Mean losses over the epoch before the last one and the last one, (2, S); NaN where
            there are none.
        measured: Loss of the networks when they were last measured, (S,).
    """

    bar: Float64
    epochs: Float64
    measured: Float64

    @classmethod
    def of(cls, mean_answer: Sequence[float]) -> Watch:
        """Before anything was measured; the bars that are known from the targets."""
        n = len(mean_answer)
        return cls(np.array(mean_answer), np.full((2, n), math.nan), np.full(n, math.nan))

    def see_before(self, losses: Float64) -> None:
        """Take note of the losses before training, (S,)."""
        self.bar = np.fmax(self.bar, losses)

    def see_epoch(self, losses: Float64) -> None:
        """Take note of the mean losses over an epoch, (S,)."""
        self.epochs = np.stack([self.epochs[1], np.atleast_1d(losses)])

    def diverged_at(self, *, is_over: bool) -> float | None:
        """The loss that shows that some network stays far above its bar; None where none does.

        Args:
            is_over: Whether training has ended, after one epoch at least, and was measured since.
        """
        last, now = self.epochs
        stays = (now > FAR * self.bar) & (last > FAR * self.bar) & (now >= last)
        if stays.any():
            return float(now[stays].max())
        if is_over:
            ends = ~(self.measured <= FAR * self.bar)  # NaN too
            return float(self.measured[ends].max()) if ends.any() else None
        return None

    def state(self) -> Float64:
        """All of it as one table, (4, S)."""
        return np.stack([self.bar, *self.epochs, self.measured])

    def restore(self, state: Float64) -> None:
        """Continue from such a table."""
        self.bar, self.epochs, self.measured = state[0], state[1:3], state[3]

"""Has a network learned anything, and has its training diverged? The one rule for both.

Learned: a network that answers every sample with the same numbers has seen nothing of x. The
best it can do is the mean of the targets (for cross-entropy: the shares of the classes), so the
loss of that answer, known from the targets alone, is the bar. Less than a hundredth below it is
not called learning: a last layer that has only found the mean wavers that much with its batches.
The layers of such a network are no effective target of anything: their order says nothing, and
no verdict on frequencies counts it. A verdict on speed does: it is slow, and leaving out the
slowest by their outcome would make the rest look fast.

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
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from deepfreq_core.records import Float64, JsonValue

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


def of_losses(losses: Sequence[float | None] | Float64, facts: Mapping[str, JsonValue]) -> Learning:
    """What a trained network has learned in the end.

    Args:
        losses: Training loss at every measurement, the first of them before training; None where
            not measured.
        facts: Facts of the run.

    Returns:
        LEARNED for a network that was not trained: it had nothing to learn.
    """
    if len(losses) < 2:
        return Learning.LEARNED
    return learning(losses[0], losses[-1], facts.get(MEAN_ANSWER))


def left_out(found: Iterable[Learning]) -> str:
    """How many of several runs have learned nothing or diverged, and what that means; or ""."""
    counts = Counter(found)
    n, nothing, diverged = counts.total(), counts[Learning.NOTHING], counts[Learning.DIVERGED]
    parts = []
    if nothing:
        have = "has" if nothing == 1 else "have"
        parts.append(
            f"{nothing} of {n} runs {have} learned nothing (a loss no better than that of "
            "answering the mean): slow counts, but their layers' frequencies do not."
        )
    if diverged:
        parts.append(f"{diverged} of {n} runs diverged and {_is(diverged)} left out.")
    return " ".join(parts)


def _is(n: int) -> str:
    return "is" if n == 1 else "are"


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

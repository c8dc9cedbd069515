"""What a training says before its instruments do: that nothing is learned, or the loss went up."""

from __future__ import annotations

from collections.abc import Sequence

from deepfreq_core.schema import Message
from deepfreq_core.schema.reader import Measured
from deepfreq_core.training.learning import MEAN_ANSWER, Learning, learning


def unlearned(measured: Measured) -> Sequence[Message]:
    """The one message; none where something is learned, or too little was measured to tell."""
    losses = [scalars.get("train_loss") for scalars in measured.scalars]
    if len(losses) < 2:
        return ()
    learned = learning(losses[0], losses[-1], measured.facts.get(MEAN_ANSWER))
    return () if learned is Learning.LEARNED else (Message(learned.value),)

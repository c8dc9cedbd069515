"""What a probe says of itself: loss and accuracy on the samples it was given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from deepfreq_core.schema import Array, Clock, Message, Outcome, Schema
from deepfreq_core.schema.reader import Measured, OutcomeValue, Reader
from deepfreq_core.training.learning import Learning, of_losses


class ProbeReader(Reader):
    """Loss and accuracy."""

    schema = Schema.of(
        Array("train_loss", long_name="loss"),
        Array("train_accuracy", long_name="accuracy", is_optional=True),
        Array("measure_s", long_name="time spent measuring", units="s"),
        Outcome("train_loss", "loss at the end", is_log=True),
        clock=Clock("epoch", "epoch"),
    )
    status = (("train_loss", "loss", False), ("train_accuracy", "accuracy", True))

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """That nothing is learned, or the loss went up; then no instrument has anything to say."""
        losses = [scalars.get("train_loss") for scalars in measured.scalars]
        learned = of_losses(losses, measured.facts)
        return () if learned is Learning.LEARNED else (Message(learned.value),)

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """The loss at the end."""
        return {"train_loss": float(measured.scalars[-1].get("train_loss", math.nan))}


READER = ProbeReader

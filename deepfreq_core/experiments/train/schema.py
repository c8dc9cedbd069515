"""What a training says of itself: losses, accuracies, seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from deepfreq_core.schema import Array, Clock, Message, Outcome, Schema
from deepfreq_core.schema.reader import Measured, OutcomeValue, Reader
from deepfreq_core.training.learning import Learning, of_losses
from deepfreq_core.training.speed import epochs_to_loss, seen_loss

SCHEMA = Schema.of(
    Array("train_loss", long_name="training loss"),
    Array("test_loss", long_name="test loss"),
    Array("train_accuracy", long_name="training accuracy", is_optional=True),
    Array("test_accuracy", long_name="test accuracy", is_optional=True),
    Array("epoch_loss", long_name="mean loss of the epoch's batches", is_optional=True),
    Array("learning_rate", long_name="learning rate"),
    Array("step", long_name="optimiser steps"),
    Array("train_s", long_name="time spent training", units="s"),
    Array("measure_s", long_name="time spent measuring", units="s"),
    Outcome("train_loss", "training loss at the end", is_log=True),
    Outcome("test_accuracy", "test accuracy at the end"),
    Outcome("epochs_to_loss", "epochs until the target loss", is_log=True),
    clock=Clock("epoch", "epoch"),
)


_LONG = 1_000  # epochs; in longer trainings the first events are squeezed to the left


class TrainReader(Reader):
    """Losses and accuracies."""

    schema = SCHEMA

    def __init__(self, config: Any, run: Any) -> None:
        super().__init__(config, run)
        if config.training.epochs >= _LONG:
            self.schema = replace(SCHEMA, clock=replace(SCHEMA.clock, is_log=True))

    top_level: ClassVar[Mapping[str, str]] = {"step": "step"}
    status = (("train_loss", "training loss", False), ("test_accuracy", "test accuracy", True))

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """That nothing is learned, or the loss went up; then no instrument has anything to say."""
        losses = [scalars.get("train_loss") for scalars in measured.scalars]
        learned = of_losses(losses, measured.facts)
        return () if learned is Learning.LEARNED else (Message(learned.value),)

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """Loss and accuracy at the end, and how long the target loss took."""
        end = measured.scalars[-1]
        found: dict[str, OutcomeValue] = {
            name: float(end.get(name, math.nan)) for name in ("train_loss", "test_accuracy")
        }
        target = self.config.training.stop_loss
        if target is not None:
            loss = {
                name: np.array([one.get(name, math.nan) for one in measured.scalars])
                for name in ("train_loss", "epoch_loss")
            }
            found["epochs_to_loss"] = epochs_to_loss(np.array(measured.at), seen_loss(loss), target)
        return found


READER = TrainReader

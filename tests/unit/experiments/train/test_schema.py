"""What is read off the losses of a training."""

import math
from typing import Any

import pytest

from deepfreq_core.experiments import reading
from deepfreq_core.experiments.train.schema import TrainReader
from deepfreq_core.instruments import catalogue
from deepfreq_core.schema.messages import say
from deepfreq_core.schema.reader import Measured
from deepfreq_core.training.learning import MEAN_ANSWER

_WORDS = catalogue.sentences("deepfreq_core.experiments.train")


def _reader(**training: Any) -> TrainReader:
    config = reading.from_dict({"experiment": "train", "version": 2, "training": training})
    return TrainReader(config, config)


def _measured(*losses: float, at: Any = None, bar: float | None = 1.0, **more: Any) -> Measured:
    scalars = [{"train_loss": loss} for loss in losses]
    for name, values in more.items():
        for one, value in zip(scalars, values, strict=True):
            if value is not None:
                one[name] = value
    return Measured(
        at=[float(epoch) for epoch in at or range(len(losses))],
        scalars=scalars,  # type: ignore[arg-type]
        facts={} if bar is None else {MEAN_ANSWER: bar},
    )


@pytest.mark.parametrize(
    ("losses", "bar", "expected"),
    [
        ([5.0], 1.0, None),  # before training there was nothing to learn
        ([2.0, 0.5], 1.0, None),
        ([2.0, 0.995], 1.0, "nothing"),  # a hundredth below the mean's is not learning
        ([2.0, 0.98], 1.0, None),
        ([0.5, 1.0], None, "nothing"),  # runs of before kept no bar
        ([0.5, 0.4], None, None),
        ([2.0, 201.0], 1.0, "diverged"),
        ([2.0, 199.0], 1.0, "nothing"),
        ([2.0, math.nan], 1.0, "diverged"),
        ([2.0, 300.0, 0.1], 1.0, None),  # it came back
    ],
)
def test_it_speaks_only_where_nothing_was_learned(
    losses: list[float], bar: float | None, expected: str | None
) -> None:
    keys = [message.key for message in _reader().headlines(_measured(*losses, bar=bar))]
    assert keys == ([expected] if expected else [])


def test_its_sentences_are_there() -> None:
    for losses in ([1.0, 1.0], [1.0, math.inf]):
        (message,) = _reader().headlines(_measured(*losses))
        assert say(message, _WORDS).endswith(".")
    assert set(_WORDS) == {"nothing", "diverged"}


def test_outcomes_of_the_end() -> None:
    measured = _measured(2.0, 0.5, 0.25, test_accuracy=[0.1, 0.6, 0.8])
    assert _reader().outcomes(measured) == {"train_loss": 0.25, "test_accuracy": 0.8}
    without = _reader().outcomes(_measured(2.0, 0.5))
    assert math.isnan(without["test_accuracy"])  # type: ignore[arg-type]


def test_how_long_the_target_took() -> None:
    measured = _measured(
        2.0, 1.0, 0.25, at=[0, 10, 20], epoch_loss=[None, 1.0, 0.25], test_accuracy=[0.1, 0.5, 0.8]
    )
    found = _reader(stop_loss=0.5).outcomes(measured)["epochs_to_loss"]
    assert isinstance(found, float) and 10 < found <= 20
    assert _reader(stop_loss=0.01).outcomes(measured)["epochs_to_loss"] == math.inf

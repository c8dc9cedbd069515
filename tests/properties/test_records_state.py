"""Records are frozen; a state goes through an npz file without pickle and without loss."""

import dataclasses
import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, TrainingConfig
from deepfreq_core.records import Measurement, Progress, RatioCurve
from deepfreq_core.training.loop import Trainer

_X = torch.linspace(-1, 1, 60).reshape(20, 3)
_Y = torch.sin(_X[:, :2])


def _trainer(settings: dict[str, object], seed: int) -> Trainer:
    net = nets.build(MlpConfig(depth=1, width=3), input_shape=(3,), n_outputs=2, seed=seed)
    return Trainer(net, _X, _Y, TrainingConfig.model_validate(settings), seed=seed)


@settings(max_examples=30)
@given(
    steps=st.integers(0, 7),
    batch_size=st.sampled_from([None, 1, 6, 20]),
    optimizer=st.sampled_from([{"name": "adam"}, {"name": "sgd", "momentum": 0.5}]),
    seed=st.integers(0, 2**31 - 1),
)
def test_a_trainer_continues_from_a_file(
    steps: int, batch_size: int | None, optimizer: dict[str, object], seed: int
) -> None:
    settings = {"epochs": 9, "batch_size": batch_size, "optimizer": optimizer}
    one, other = _trainer(settings, seed), _trainer(settings, seed)
    _advance(one, steps)
    file = io.BytesIO()
    np.savez(file, **one.state())
    file.seek(0)
    with np.load(file, allow_pickle=False) as state:
        other.restore(dict(state))
    for trainer in (one, other):
        _advance(trainer, 2)
    for name, array in one.state().items():
        assert np.array_equal(array, other.state()[name], equal_nan=True)


def _advance(trainer: Trainer, steps: int) -> None:
    target = trainer.step + steps
    while trainer.step < target:
        for _ in trainer.steps():
            if trainer.step == target:
                break


@pytest.mark.parametrize("kind", [Measurement, Progress, RatioCurve])
def test_records_are_frozen_and_slotted(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert not hasattr(kind, "__dict__") or "__slots__" in kind.__dict__

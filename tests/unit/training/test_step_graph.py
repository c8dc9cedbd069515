"""A recorded step must be the step itself: same numbers, bit for bit."""

import logging
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, NetConfig, ResNetConfig, TrainingConfig, VitConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.training import step_graph
from deepfreq_core.training.course import Course
from deepfreq_core.training.ensemble import Ensemble
from deepfreq_core.training.loop import Trainer
from deepfreq_core.training.step_graph import StepGraph, Work, recorder_for
from tests.tape import Tape

_CPU = torch.device("cpu")
_N = 70  # batches of 16, 16, 16, 16 and 6
_IMAGES = torch.rand(_N, 48, generator=torch.Generator().manual_seed(1))
_Y = torch.eye(3)[torch.arange(_N) % 3]


def _trainer(net: NetConfig | None = None, **settings: Any) -> Trainer:
    net = net or MlpConfig(depth=2, width=8)
    config = TrainingConfig.model_validate({"batch_size": 16, "epochs": 4} | settings)

    def build(seed: int = 0) -> nets.Network:
        return nets.build(net, input_shape=(3, 4, 4), n_outputs=3, seed=seed)

    return Trainer(build(), _IMAGES, _Y, config, seed=0, fresh=lambda: build(99))


def _ensemble(**settings: Any) -> Ensemble:
    config = TrainingConfig.model_validate({"batch_size": 16, "epochs": 4} | settings)
    networks = [
        nets.build(MlpConfig(depth=2, width=8), input_shape=(48,), n_outputs=3, seed=seed)
        for seed in range(2)
    ]
    return Ensemble(networks, torch.stack([_IMAGES] * 2), torch.stack([_Y] * 2), config, seed=0)


_CASES: dict[str, Callable[[], Course]] = {
    "adam": _trainer,
    "cross-entropy": lambda: _trainer(loss="cross_entropy"),
    "gradient descent": lambda: _trainer(optimizer={"name": "sgd"}),
    "nesterov": lambda: _trainer(optimizer={"name": "sgd", "momentum": 0.9, "nesterov": True}),
    "all samples at once": lambda: _trainer(batch_size=None, epochs=9),
    "learning rate in steps": lambda: _trainer(
        schedule={"name": "step", "epochs": [2], "factor": 0.5}
    ),
    "frozen from an epoch on": lambda: _trainer(freeze={"layer": 1, "epoch": 2}),
    "bfloat16": lambda: _trainer(precision="bfloat16"),
    "batch normalisation": lambda: _trainer(
        ResNetConfig(stages=2, blocks=1, width=4, hidden_width=8)
    ),
    "attention": lambda: _trainer(VitConfig(depth=1, width=8, heads=2, patch=2)),
    "several seeds": _ensemble,
    "several seeds, all samples": lambda: _ensemble(batch_size=None, epochs=9),
}


@pytest.fixture
def tape(monkeypatch: pytest.MonkeyPatch) -> Tape:
    """Every training that is made now records its steps on this."""
    tape = Tape()
    monkeypatch.setattr(step_graph, "recorder_for", lambda device: tape)
    return tape


def _plain(make: Callable[[], Course]) -> Course:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(step_graph, "recorder_for", lambda device: None)
        return make()


def _run(course: Course) -> list[float]:
    losses = []
    while not course.finished:
        list(course.steps())
        losses.append(course.epoch_loss)
    return losses


def _assert_same(one: Course, other: Course) -> None:
    states = one.state(), other.state()
    assert states[0].keys() == states[1].keys()
    for name, array in states[0].items():
        assert np.array_equal(array, states[1][name], equal_nan=True), name


@pytest.mark.parametrize("case", _CASES)
def test_recorded_steps_train_bit_for_bit_like_others(case: str, tape: Tape) -> None:
    recorded, plain = _CASES[case](), _plain(_CASES[case])
    assert _run(recorded) == _run(plain)
    _assert_same(recorded, plain)
    assert tape.n_repeats > 0
    n_small = 0 if plain.n_batches == 1 else plain.epoch
    assert tape.n_runs + tape.n_repeats == plain.step - n_small


@pytest.mark.parametrize("steps", [2, 7])  # before and after the recording
def test_a_recorded_training_is_left_and_taken_up_again(steps: int, tape: Tape) -> None:
    whole = _plain(_trainer)
    expected = _run(whole)
    first, second = _trainer(), _trainer()
    while first.step < steps:
        list(islice(first.steps(), steps - first.step))
    list(second.steps())  # records, elsewhere on its way
    second.restore(first.state())
    assert _run(second) == expected[-len(_run(first)) :]
    _assert_same(second, whole)


def test_a_freeze_is_recorded_anew(tape: Tape) -> None:
    _run(_trainer(freeze={"layer": 1, "epoch": 2}))
    assert tape.n_runs == 6  # three before each of two recordings
    assert tape.n_repeats == 10


def test_measuring_between_steps_does_not_disturb(tape: Tape) -> None:
    net = ResNetConfig(stages=1, blocks=1, width=4, hidden_width=8)
    recorded, plain = _trainer(net), _plain(lambda: _trainer(net))
    while not recorded.finished:
        list(recorded.steps())
        list(plain.steps())
        recorded.net.eval()
        recorded.net(_IMAGES).sum()
        recorded.net.train()
    _assert_same(recorded, plain)


def test_a_step_that_cannot_be_recorded_is_done_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Refusing(Tape):
        def record(self, work: Work) -> Work:
            raise RuntimeError("operation not permitted when stream is capturing")

    monkeypatch.setattr(step_graph, "recorder_for", lambda device: Refusing())
    with caplog.at_level(logging.ERROR):
        refused = _trainer()
        losses = _run(refused)
    plain = _plain(_trainer)
    assert losses == _run(plain)
    _assert_same(refused, plain)
    assert [record.message for record in caplog.records] == [
        "the training step cannot be recorded; it is started part by part"
    ]


def test_what_is_no_tensor_stays_as_it_was_recorded() -> None:
    total, number = torch.zeros(1), [0.0]

    def add(amount: Tensor) -> None:
        total.add_(amount * number[0])

    graph = StepGraph(add, _CPU, Tape())
    for number[0] in (1.0, 10.0, 100.0, 1000.0, 9.0, 9.0):
        graph(torch.tensor([2.0]))
    assert total.item() == 2 * (1 + 10 + 100 + 1000 * 3)
    graph.forget()
    graph(torch.tensor([3.0]))
    assert total.item() == 2 * (1 + 10 + 100 + 1000 * 3) + 27


def test_waiting_for_the_device_cannot_be_recorded() -> None:
    with pytest.raises(RuntimeError, match="read from the device"):
        Tape().record(lambda: print(torch.ones(1).item()))


def test_only_a_gpu_records(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recorder_for(_CPU) is None
    monkeypatch.setenv("DEEPFREQ_CUDA_GRAPHS", "0")
    assert recorder_for(torch.device("cuda")) is None
    monkeypatch.setenv("DEEPFREQ_CUDA_GRAPHS", "yes")
    with pytest.raises(ConfigError, match=r"DEEPFREQ_CUDA_GRAPHS is 'yes'\. Give 0 or 1"):
        recorder_for(torch.device("cuda"))

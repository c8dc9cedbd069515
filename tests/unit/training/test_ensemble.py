"""Several seeds trained together, each beside a training of its own."""

import math
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from torch.func import functional_call, vmap

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, TrainingConfig
from deepfreq_core.errors import RunFailed
from deepfreq_core.nets.stacked import stack
from deepfreq_core.training.ensemble import Ensemble
from deepfreq_core.training.loop import Trainer
from deepfreq_core.training.losses import Objective

_S, _N = 3, 50
_X = torch.randn(_S, _N, 6, generator=torch.Generator().manual_seed(1))
_Y = torch.eye(3)[(_X[..., 0] > 0).long() + (_X[..., 1] > 0).long()]
_SEED = 7
# float32, 20 steps, each of them wrong by a few units in the last place of numbers near 1; Adam
# divides by the root of the square and so turns relative errors of small gradients into steps.
_TOLERANCE = 2e-5


def _net(seed: int, **settings: Any) -> nets.Network:
    config = MlpConfig.model_validate({"depth": 2, "width": 8} | settings)
    return nets.build(config, input_shape=(6,), n_outputs=3, seed=seed)


def _config(**settings: Any) -> TrainingConfig:
    return TrainingConfig.model_validate({"batch_size": 16, "epochs": 5} | settings)


def _ensemble(net: dict[str, Any] | None = None, **settings: Any) -> Ensemble:
    networks = [_net(_SEED + index, **(net or {})) for index in range(_S)]
    return Ensemble(networks, _X, _Y, _config(**settings), seed=_SEED)


def _run(training: Ensemble | Trainer) -> list[float]:
    losses = []
    while not training.finished:
        for _ in training.steps():
            pass
        losses.append(training.epoch_loss)
    return losses


@pytest.mark.parametrize(
    ("net", "settings"),
    [
        ({}, {}),
        ({"residual": True}, {"optimizer": {"name": "sgd", "momentum": 0.9}}),
        ({"antisymmetric": True}, {"batch_size": None, "epochs": 20}),
        ({"activation": "relu"}, {"loss": "cross_entropy"}),
        ({}, {"schedule": {"name": "step", "epochs": [2], "factor": 0.5}}),
    ],
    ids=str,
)
def test_each_seed_learns_what_it_learns_alone(
    net: dict[str, Any], settings: dict[str, Any]
) -> None:
    together = _ensemble(net, **settings)
    _run(together)
    for index in range(_S):
        seed = _SEED + index
        alone = Trainer(_net(seed, **net), _X[index], _Y[index], _config(**settings), seed=seed)
        _run(alone)
        assert (alone.epoch, alone.step) == (together.epoch, together.step)
        assert together.epoch_losses[index] == pytest.approx(alone.epoch_loss, rel=_TOLERANCE)
        member = together.member(index)
        for name, value in alone.net.state_dict().items():
            assert torch.allclose(member[name], value, atol=_TOLERANCE), name
    assert together.epoch_loss == pytest.approx(together.epoch_losses.mean())
    assert len(set(together.epoch_losses)) == _S


@pytest.mark.parametrize("net", [{}, {"residual": True}, {"antisymmetric": True}], ids=str)
def test_a_stack_is_what_vmap_makes_of_the_networks(net: dict[str, Any]) -> None:
    networks = [_net(seed, **net) for seed in range(_S)]
    stacked = stack(networks)
    parameters = dict(stacked.named_parameters())
    assert parameters.keys() == dict(networks[0].named_parameters()).keys()
    expected = vmap(lambda values, x: functional_call(networks[0], values, (x,)))(parameters, _X)
    assert torch.allclose(stacked(_X), expected, atol=1e-6)
    for layer, ours in enumerate(stacked.hidden_outputs(_X)):
        alone = [net.hidden_outputs(x)[layer] for net, x in zip(networks, _X, strict=True)]
        assert torch.allclose(ours, torch.stack(alone), atol=1e-6)


@pytest.mark.parametrize("name", ["mse", "cross_entropy"])
def test_losses_of_stacks_are_those_of_their_parts(name: str) -> None:
    output = _X[..., :3]
    together = Objective(name, is_stacked=True)(output, _Y)
    alone = torch.stack([Objective(name)(*pair) for pair in zip(output, _Y, strict=True)])
    assert torch.allclose(together, alone, rtol=1e-6)


@pytest.mark.parametrize("steps", [0, 4, 6])
def test_continues_bit_for_bit_also_in_the_middle_of_an_epoch(steps: int) -> None:
    whole, first, second = (_ensemble(stop_loss=1e-9) for _ in range(3))
    expected = _run(whole)
    while first.step < steps:
        for _ in islice(first.steps(), steps - first.step):
            pass
    second.restore(first.state())
    assert _run(second) == expected[-len(_run(first)) :]
    for name, array in whole.state().items():
        assert np.array_equal(second.state()[name], array, equal_nan=True), name


def test_it_ends_when_every_seed_has_been_below_the_target() -> None:
    settings = {"optimizer": {"name": "adam", "learning_rate": 1e-2}}
    free = _ensemble(epochs=12, **settings)
    losses = []
    while not free.finished:
        list(free.steps())
        losses.append(free.epoch_losses)
    assert np.isnan(free.reached_epochs).all()
    table = np.array(losses)  # (epochs, S)
    target = float(table[6].max()) * (1 + 1e-9)
    first = 1 + (table < target).argmax(axis=0)
    ended = _ensemble(epochs=12, stop_loss=target, **settings)
    _run(ended)
    assert ended.epoch == first.max()
    assert np.array_equal(ended.reached_epochs, first)
    assert first.min() < first.max()  # the quick ones went on


def test_a_loss_that_is_no_number_is_said_with_the_next_step() -> None:
    with pytest.raises(RunFailed, match=r"epoch \d+\. Lower training.optimizer.learning_rate"):
        _run(_ensemble(optimizer={"name": "sgd", "learning_rate": 100}, epochs=200))


def test_the_networks_that_went_in_are_left_alone() -> None:
    networks = [_net(seed) for seed in range(_S)]
    before = [next(net.parameters()).detach().clone() for net in networks]
    training = Ensemble(networks, _X, _Y, _config(), seed=0)
    assert math.isnan(training.epoch_loss)
    _run(training)
    for net, values in zip(networks, before, strict=True):
        assert torch.equal(next(net.parameters()), values)

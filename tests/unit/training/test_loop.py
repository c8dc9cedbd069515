import math
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, TrainingConfig
from deepfreq_core.errors import RunFailed
from deepfreq_core.training.loop import Trainer
from deepfreq_core.training.losses import cross_entropy, mean_squared_error

_X = torch.randn(50, 6, generator=torch.Generator().manual_seed(1))
_Y = torch.eye(3)[(_X[:, 0] > 0).long() + (_X[:, 1] > 0).long()]


def _trainer(seed: int = 0, **settings: Any) -> Trainer:
    config = TrainingConfig.model_validate({"batch_size": 16, "epochs": 5} | settings)
    net = nets.build(MlpConfig(depth=2, width=8), input_shape=(6,), n_outputs=3, seed=seed)
    return Trainer(net, _X, _Y, config, seed=seed)


def _run(trainer: Trainer) -> list[float]:
    losses = []
    while not trainer.finished:
        for _ in trainer.steps():
            pass
        losses.append(trainer.epoch_loss)
    return losses


def test_counts() -> None:
    trainer = _trainer()
    assert trainer.n_batches == 4  # 16 + 16 + 16 + 2
    assert math.isnan(trainer.epoch_loss)
    for _ in islice(trainer.steps(), 3):
        pass
    assert (trainer.epoch, trainer.step, trainer.position) == (0, 3, 0.75)
    assert len(_run(trainer)) == 5
    assert (trainer.epoch, trainer.step, trainer.in_epoch) == (5, 20, False)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_loss_falls(seed: int, loss: str, optimizer: str) -> None:
    config = {"name": optimizer, "learning_rate": 1e-2}
    losses = _run(_trainer(seed, loss=loss, optimizer=config, epochs=15))
    assert losses[-1] < losses[0]


def test_epoch_loss_is_the_mean_over_samples_not_batches() -> None:
    trainer = _trainer(optimizer={"name": "sgd", "learning_rate": 1e-30})  # stands still
    expected = float(mean_squared_error(trainer.net(_X), _Y).detach())
    assert _run(trainer)[0] == pytest.approx(expected, rel=1e-6)


def test_mean_squared_error_is_over_samples_and_outputs() -> None:
    output, y = torch.zeros(4, 10), torch.eye(10)[:4]
    assert float(mean_squared_error(output, y)) == pytest.approx(0.1)
    assert float(cross_entropy(output, y)) == pytest.approx(math.log(10))


def test_full_batch_is_plain_gradient_descent() -> None:
    trainer = _trainer(batch_size=None, optimizer={"name": "sgd", "learning_rate": 0.5}, epochs=1)
    weight = next(trainer.net.parameters())
    before = weight.detach().clone()
    loss = mean_squared_error(trainer.net(_X), _Y)
    (gradient,) = torch.autograd.grad(loss, [weight])
    _run(trainer)
    assert trainer.step == 1
    assert torch.allclose(weight, before - 0.5 * gradient, atol=1e-7)


def test_every_sample_is_seen_once_an_epoch_in_an_order_of_its_own() -> None:
    trainer = _trainer()
    orders = [trainer._order(epoch) for epoch in (0, 1)]
    other = _trainer(seed=1)._order(0)
    assert all(sorted(order.tolist()) == list(range(50)) for order in orders)
    assert not torch.equal(orders[0], orders[1])
    assert not torch.equal(orders[1], other)


@pytest.mark.parametrize("steps", [0, 4, 6])
@pytest.mark.parametrize("optimizer", [{"name": "adam"}, {"name": "sgd", "momentum": 0.9}])
def test_continues_bit_for_bit_also_in_the_middle_of_an_epoch(steps: int, optimizer: Any) -> None:
    whole, first, second = (_trainer(optimizer=optimizer) for _ in range(3))
    expected = _run(whole)
    while first.step < steps:
        for _ in islice(first.steps(), steps - first.step):
            pass
    second.restore(first.state())
    assert _run(second) == expected[-len(_run(first)) :]
    for name, array in whole.state().items():
        assert np.array_equal(second.state()[name], array), name


def test_the_state_is_plain_arrays_and_a_copy() -> None:
    trainer = _trainer()
    state = trainer.state()
    assert all(type(array) is np.ndarray and array.dtype != object for array in state.values())
    before = state["net.linears.0.weight"].copy()
    _run(trainer)
    assert np.array_equal(state["net.linears.0.weight"], before)


def test_stops_at_the_first_epoch_with_a_low_loss() -> None:
    losses = _run(_trainer(epochs=30))
    stopped = _trainer(epochs=30, stop_loss=losses[10] * (1 + 1e-9))
    assert len(_run(stopped)) == next(i for i, loss in enumerate(losses) if loss <= losses[10]) + 1


def test_a_loss_that_is_no_number_is_said_with_the_next_step() -> None:
    trainer = _trainer(optimizer={"name": "sgd", "learning_rate": 100}, epochs=200)
    with pytest.raises(RunFailed, match=r"epoch \d+\. Lower training.optimizer.learning_rate"):
        _run(trainer)


def _frozen(layer: int, epoch: int, optimizer: str = "adam", **settings: Any) -> Trainer:
    def build(seed: int) -> nets.Network:
        return nets.build(MlpConfig(depth=2, width=8), input_shape=(6,), n_outputs=3, seed=seed)

    config = TrainingConfig.model_validate(
        {
            "batch_size": 16,
            "epochs": 5,
            "optimizer": {"name": optimizer, "learning_rate": 1e-2},
            "freeze": {"layer": layer, "epoch": epoch},
        }
        | settings
    )
    return Trainer(build(0), _X, _Y, config, seed=0, fresh=lambda: build(99))


def _weights(trainer: Trainer) -> list[torch.Tensor]:
    return [group[0].detach().clone() for group in trainer.net.layer_weights()]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_frozen_layers_stay_and_the_others_start_anew(optimizer: str) -> None:
    trainer = _frozen(layer=1, epoch=2, optimizer=optimizer)
    for _ in range(2):
        list(trainer.steps())
    before = _weights(trainer)
    assert not torch.equal(before[0], _weights(_frozen(1, 2))[0])  # it had learned
    next(trainer.steps())
    fresh = nets.build(MlpConfig(depth=2, width=8), input_shape=(6,), n_outputs=3, seed=99)
    after = _weights(trainer)
    assert torch.equal(after[0], before[0])
    # One step away from the fresh values: Adam moves a weight by at most its learning rate.
    for index in (1, 2):
        distance = (after[index] - fresh.layer_weights()[index][0]).abs().max()
        assert 0 < distance <= 0.0101
    _run(trainer)
    assert torch.equal(_weights(trainer)[0], before[0])
    assert not torch.equal(_weights(trainer)[1], after[1])


def test_a_low_loss_before_the_freeze_does_not_end_the_training() -> None:
    trainer = _frozen(layer=1, epoch=2, stop_loss=1e6)
    assert len(_run(trainer)) == 3


@pytest.mark.parametrize("n_steps", [3, 8, 9, 14])  # before, at, in and after the frozen epoch 2
def test_a_frozen_training_is_taken_up_again_bit_for_bit(n_steps: int) -> None:
    whole = _frozen(layer=1, epoch=2)
    _run(whole)
    first = _frozen(layer=1, epoch=2)
    taken = 0
    while taken < n_steps:
        for _ in first.steps():
            taken += 1
            if taken == n_steps:
                break
    second = _frozen(layer=1, epoch=2)
    second.restore(first.state())
    _run(second)
    for one, other in zip(_weights(whole), _weights(second), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_bfloat16_products_learn_the_same_with_float32_parameters(seed: int) -> None:
    rate = {"name": "adam", "learning_rate": 1e-2}
    exact, mixed = (
        _trainer(seed, optimizer=rate, epochs=15, precision=precision)
        for precision in ("float32", "bfloat16")
    )
    losses, mixed_losses = _run(exact), _run(mixed)
    # A product keeps 8 bits: 0.4 % each. A tenth of the way learned is room for 60 steps of them.
    learned = losses[0] - losses[-1]
    assert learned > 0
    assert mixed_losses != losses
    assert abs(mixed_losses[-1] - losses[-1]) < 0.1 * learned
    assert all(parameter.dtype == torch.float32 for parameter in mixed.net.parameters())

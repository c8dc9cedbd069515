"""Losses with derivatives, against derivatives in closed form."""

import numpy as np
import pytest
import torch

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, TrainingConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.training.ensemble import Ensemble
from deepfreq_core.training.loop import Trainer
from deepfreq_core.training.losses import Objective, mean_answer_loss

_X = torch.linspace(-1, 1, 21)[:, None]
_Y, _SLOPE = torch.sin(3 * _X), 3 * torch.cos(3 * _X)


def _cube(x: torch.Tensor) -> torch.Tensor:
    return x**3


@pytest.mark.parametrize(("name", "of_values"), [("mse_derivative", 1.0), ("derivative", 0.0)])
def test_values_and_derivatives_are_compared(name: str, of_values: float) -> None:
    objective = Objective(name)
    x = objective.inputs(_X)
    found = objective(_cube(x), _Y, x, _SLOPE)
    expected = (3 * _X**2 - _SLOPE).square().mean()
    expected = expected + of_values * (_X**3 - _Y).square().mean()
    assert float(found.detach()) == pytest.approx(float(expected), rel=1e-6)


def test_of_a_stack_each_has_its_own() -> None:
    objective = Objective("mse_derivative", is_stacked=True)
    x = objective.inputs(torch.stack([_X, 0.5 * _X]))
    y, slope = torch.stack([_Y, 2 * _Y]), torch.stack([_SLOPE, _SLOPE])
    together = objective(_cube(x), y, x, slope)
    alone = Objective("mse_derivative")
    for i in range(2):
        own = alone.inputs(x[i])
        assert float(together[i].detach()) == pytest.approx(
            float(alone(_cube(own), y[i], own, slope[i]).detach()), rel=1e-6
        )


def test_the_bar_of_the_mean_answer_has_derivative_zero() -> None:
    values = float((_Y - _Y.mean()).square().mean())
    slopes = float(_SLOPE.square().mean())
    assert mean_answer_loss("mse", _Y) == pytest.approx(values)
    assert mean_answer_loss("mse_derivative", _Y, _SLOPE) == pytest.approx(values + slopes)
    assert mean_answer_loss("derivative", _Y, _SLOPE) == pytest.approx(slopes)


def test_answers_are_shares_where_classes_are_compared() -> None:
    logits = torch.tensor([[0.0, np.log(3.0)]], dtype=torch.float32)
    assert torch.allclose(Objective("cross_entropy").answer(logits), torch.tensor([[0.25, 0.75]]))
    assert Objective("mse").answer(logits) is logits


@pytest.mark.parametrize("batch_size", [None, 8])
def test_seeds_together_learn_a_derivative_as_each_alone(batch_size: int | None) -> None:
    config = TrainingConfig.model_validate({
        "loss": "mse_derivative",
        "batch_size": batch_size,
        "epochs": 3,
        "optimizer": {"name": "sgd", "learning_rate": 0.01},
    })
    made = [
        nets.build(MlpConfig(depth=2, width=8), input_shape=(1,), n_outputs=1, seed=seed)
        for seed in range(2)
    ]
    stacked = [torch.stack([part, part]) for part in (_X, _Y, _SLOPE)]
    together = Ensemble(made, stacked[0], stacked[1], config, seed=0, slope=stacked[2])
    while not together.finished:
        for _ in together.steps():
            pass
    for seed, net in enumerate(made):
        alone = Trainer(net, _X, _Y, config, seed=seed, slope=_SLOPE)
        while not alone.finished:
            for _ in alone.steps():
                pass
        # float32 sums in another order, over a dozen steps
        assert together.epoch_losses[seed] == pytest.approx(alone.epoch_loss, rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": {"name": "digits"}}, "compares derivatives; data digits has none"),
        ({"data": {"name": "cosines", "round_to": 0.5}}, "without round_to"),
    ],
)
def test_data_without_a_derivative_is_refused(changes: dict[str, object], message: str) -> None:
    config = {"experiment": "train", "training": {"loss": "derivative", "batch_size": None}}
    with pytest.raises(ConfigError, match=message):
        reading.from_dict(config | changes)

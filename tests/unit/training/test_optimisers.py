"""Each optimiser beside its namesake in torch.optim."""

import pytest
import torch
from torch import Tensor

from deepfreq_core.config import AdamConfig, OptimizerConfig, SgdConfig
from deepfreq_core.training import optimisers

_CASES: list[tuple[OptimizerConfig, type[torch.optim.Optimizer], dict[str, float | bool]]] = [
    (AdamConfig(), torch.optim.Adam, {}),
    (SgdConfig(), torch.optim.SGD, {}),
    (SgdConfig(momentum=0.9), torch.optim.SGD, {"momentum": 0.9}),
    (
        SgdConfig(momentum=0.9, nesterov=True),
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True},
    ),
]


def _gradient(values: Tensor) -> Tensor:
    """Of a badly scaled quadratic, so that the moments matter."""
    return values * torch.logspace(-4, 2, len(values))


@pytest.mark.parametrize(("config", "reference", "options"), _CASES)
def test_same_path_as_torch(
    config: OptimizerConfig, reference: type[torch.optim.Optimizer], options: dict[str, float]
) -> None:
    start = torch.linspace(-1, 1, 40)
    ours, theirs = start.clone(), torch.nn.Parameter(start.clone())
    optimiser = optimisers.build(config, ours)
    judge = reference([theirs], lr=1e-2, **options)  # type: ignore[call-arg]
    for _ in range(50):
        optimiser.step(ours, _gradient(ours), torch.tensor(1e-2))
        theirs.grad = _gradient(theirs.detach())
        judge.step()
    # float32: 50 steps, each wrong by a few units in the last place of numbers up to 1
    assert torch.allclose(ours, theirs.detach(), atol=50 * 1.2e-7 * 10)


@pytest.mark.parametrize("config", [case[0] for case in _CASES])
def test_continues_bit_for_bit(config: OptimizerConfig) -> None:
    values = torch.linspace(-1, 1, 40)
    optimiser = optimisers.build(config, values)
    for _ in range(3):
        optimiser.step(values, _gradient(values), torch.tensor(1e-3))
    other_values = values.clone()
    other = optimisers.build(config, other_values)
    other.restore({name: value.clone() for name, value in optimiser.state().items()})
    for _ in range(3):
        optimiser.step(values, _gradient(values), torch.tensor(1e-3))
        other.step(other_values, _gradient(other_values), torch.tensor(1e-3))
    assert torch.equal(values, other_values)


def test_the_state_of_a_written_out_adam_is_taken_up() -> None:
    """Checkpoints hold it since the first version: two moments, and the steps as a whole number."""
    values = torch.linspace(-1, 1, 40, dtype=torch.float64)
    expected = values.clone()
    mean, square = torch.zeros_like(values), torch.zeros_like(values)

    def naive(step: int) -> None:
        gradient = _gradient(expected)
        mean.mul_(0.9).add_(0.1 * gradient)
        square.mul_(0.999).add_(0.001 * gradient**2)
        root = (square / (1 - 0.999**step)).sqrt() + 1e-8
        expected.sub_(1e-2 * mean / (1 - 0.9**step) / root)

    for step in range(1, 6):
        naive(step)
    ours = expected.float()
    optimiser = optimisers.build(AdamConfig(), ours)
    optimiser.restore({"mean": mean, "square": square, "steps": torch.tensor(5)})
    for step in range(6, 26):
        naive(step)
        optimiser.step(ours, _gradient(ours), torch.tensor(1e-2))
    # float32: 20 steps, each wrong by a few units in the last place of numbers up to 1
    assert torch.allclose(ours.double(), expected, atol=20 * 1.2e-7 * 10)
    state = optimiser.state()
    assert state.keys() == {"mean", "square", "steps"}
    assert state["steps"].dtype == torch.int64
    assert int(state["steps"]) == 25

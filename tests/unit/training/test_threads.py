"""A step takes as many threads as its size is worth, the same whenever it is asked."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, NetConfig, ResNetConfig, TrainingConfig
from deepfreq_core.nets.stacked import stack
from deepfreq_core.training.loop import Trainer
from deepfreq_core.training.threads import threads_for, torch_threads


@pytest.fixture(autouse=True)
def eight_threads() -> Iterator[None]:
    with torch_threads(8):
        yield


def _net(config: NetConfig, d: int = 64) -> nets.Network:
    return nets.build(config, input_shape=(d,), n_outputs=10, seed=0)


def _threads(width: int, batch: int, d: int = 64) -> int:
    return threads_for(_net(MlpConfig(depth=5, width=width), d), torch.zeros(1, d), batch)


def test_a_small_step_has_one_thread_and_a_large_one_several() -> None:
    assert _threads(200, 64) == 1  # the digits demo
    assert _threads(500, 256, d=784) == 5  # the paper's network: 2.1·10⁹ operations a step
    assert _threads(2000, 4096) == 8  # all there are


def test_never_more_than_torch_may_use() -> None:
    with torch_threads(2):
        assert _threads(2000, 4096) == 2
    with torch_threads(1):
        assert _threads(2000, 4096) == 1


def test_convolutions_and_stacked_seeds_count_all_their_products() -> None:
    config = ResNetConfig(stages=1, blocks=1, width=32, hidden_width=16)
    images = nets.build(config, input_shape=(3, 32, 32), n_outputs=10, seed=0)
    running = {name: value.clone() for name, value in images.state_dict().items()}
    assert threads_for(images, torch.ones(1, 3 * 32 * 32), 64) == 8
    assert images.training
    assert all(torch.equal(running[name], value) for name, value in images.state_dict().items())
    networks = [_net(MlpConfig(depth=5, width=500), 784) for _ in range(3)]
    one = threads_for(networks[0], torch.zeros(1, 784), 128)
    assert threads_for(stack(networks), torch.zeros(3, 1, 784), 128) > one


def test_a_step_uses_them_and_gives_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = torch.rand(50, 64), torch.eye(10)[torch.arange(50) % 10]
    config = TrainingConfig(batch_size=20, epochs=2)
    trainer = Trainer(_net(MlpConfig(depth=1, width=8)), x, y, config, seed=0)
    seen = []
    fill = trainer._fill_gradient

    def look(rows: torch.Tensor | None) -> torch.Tensor:
        seen.append(torch.get_num_threads())
        return fill(rows)

    monkeypatch.setattr(trainer, "_fill_gradient", look)
    for _ in trainer.steps():
        assert torch.get_num_threads() == 8
    assert seen == [trainer.threads] * 3 == [1] * 3


def test_the_limit_changes_no_number_of_a_small_training() -> None:
    states = []
    for limit in (1, 8):
        with torch_threads(limit):
            x = torch.rand(100, 64, generator=torch.Generator().manual_seed(0))
            y = torch.eye(10)[torch.arange(100) % 10]
            net = _net(MlpConfig(depth=5, width=200))
            trainer = Trainer(net, x, y, TrainingConfig(batch_size=64, epochs=2), seed=0)
            list(trainer.steps())
            states.append(trainer.state())
    for name, array in states[0].items():
        assert np.array_equal(array, states[1][name]), name

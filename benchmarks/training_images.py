"""A ResNet18 variant trained by our loop and by hand-written ones, each as fast as is usual.

All train the same network from the same first values on random photographs that lie on the device,
with cross-entropy and Adam. The hand-written loops keep the weights channels-last, use Adam as one
operation and read the loss once an epoch; one of them goes through torch.compile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.training_loops import RATE, Epoch, seconds
from deepfreq_core import nets
from deepfreq_core.config import AdamConfig, ResNetConfig, TrainingConfig
from deepfreq_core.training.loop import Trainer

_SHAPE, _CLASSES = (3, 32, 32), 10


class Size(NamedTuple):
    """One training: n photographs, channels of the first stage, stages, photographs a batch."""

    n: int
    width: int
    stages: int
    batch: int
    precision: Literal["float32", "bfloat16"]

    def __str__(self) -> str:
        return (
            f"ResNet, {self.stages} stages, {self.width} channels, batch {self.batch}, "
            f"{self.precision}"
        )


PAPER = Size(40_000, 64, 4, 256, "bfloat16")
QUICK = Size(512, 16, 2, 128, "float32")


def ours(size: Size, device: torch.device) -> Epoch:
    """The trainer of this project."""
    x, labels = _samples(size, device)
    y = torch.eye(_CLASSES, device=device)[labels]
    config = TrainingConfig(
        loss="cross_entropy",
        batch_size=size.batch,
        epochs=1_000_000,
        precision=size.precision,
        optimizer=AdamConfig(learning_rate=RATE),
    )
    trainer = Trainer(_network(size, device), x, y, config, seed=0)
    return lambda: seconds(lambda: list(trainer.steps()), device)


def bare(size: Size, device: torch.device) -> Epoch:
    """A hand-written loop."""
    net = _network(size, device)
    return _by_hand(net, net, size, device)


def compiled(size: Size, device: torch.device) -> Epoch:
    """The same through torch.compile; compiling is not counted."""
    net = _network(size, device)
    return _by_hand(net, torch.compile(net), size, device)


LOOPS: dict[str, Callable[[Size, torch.device], Epoch]] = {
    "ours": ours,
    "bare loop, fused Adam": bare,
}
if torch.cuda.is_available():
    LOOPS["the same, torch.compile"] = compiled


def _by_hand(
    net: nn.Module, forward: Callable[[Tensor], Tensor], size: Size, device: torch.device
) -> Epoch:
    x, labels = _samples(size, device)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE, fused=True)
    is_mixed = size.precision == "bfloat16"

    def epoch() -> None:
        total = torch.zeros((), device=device)
        for rows in torch.randperm(size.n).to(device).split(size.batch):
            with torch.autocast(device.type, torch.bfloat16, enabled=is_mixed):
                output = forward(x[rows])
            loss = functional.cross_entropy(output.float(), labels[rows])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.detach() * len(rows)
        float(total)

    return lambda: seconds(epoch, device)


def _samples(size: Size, device: torch.device) -> tuple[Tensor, Tensor]:
    """Flattened photographs (n, 3072) in [0, 1] and their classes (n,)."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(size.n, 3 * 32 * 32, generator=generator)
    labels = torch.randint(0, _CLASSES, (size.n,), generator=generator)
    return x.to(device), labels.to(device)


def _network(size: Size, device: torch.device) -> nets.Network:
    config = ResNetConfig(stages=size.stages, width=size.width)
    net = nets.build(config, input_shape=_SHAPE, n_outputs=_CLASSES, seed=0)
    return net.to(device)

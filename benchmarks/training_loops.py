"""The same training written in several ways; each gives the seconds of an epoch.

All see the same samples on the same device, a network of the same shape and initialisation, mean
squared error, Adam with PyTorch's defaults, and as many batches, in an order drawn anew.
"""

from __future__ import annotations

import importlib.util
import os
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch.nn import functional

from deepfreq_core import nets
from deepfreq_core.config import AdamConfig, MlpConfig, TrainingConfig
from deepfreq_core.training.ensemble import Ensemble
from deepfreq_core.training.loop import Trainer
from deepfreq_core.training.threads import torch_threads

Epoch = Callable[[], float]
RATE = 1e-4


class Size(NamedTuple):
    """One training: n samples, d inputs, hidden layers of one width, samples a batch."""

    n: int
    d: int
    width: int
    depth: int
    batch: int
    c: int = 10

    def __str__(self) -> str:
        return f"{self.d}-{self.width}×{self.depth}-{self.c}, batch {self.batch}"


def samples(size: Size, device: torch.device, n_seeds: int = 1) -> tuple[Tensor, Tensor]:
    """Random samples (S, n, d) in [0, 1] and one-hot targets (S, n, c)."""
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(n_seeds, size.n, size.d, generator=generator)
    labels = torch.randint(0, size.c, (n_seeds, size.n), generator=generator)
    return x.to(device), torch.eye(size.c)[labels].to(device)


def network(size: Size, device: torch.device, seed: int = 0) -> nets.Network:
    """Ours: tanh, PyTorch's initialisation."""
    config = MlpConfig(depth=size.depth, width=size.width)
    net = nets.build(config, input_shape=(size.d,), n_outputs=size.c, seed=seed)
    return net.to(device)


def plain_network(size: Size, device: torch.device) -> nn.Sequential:
    """The same network as anybody would write it."""
    layers: list[nn.Module] = []
    before = size.d
    for _ in range(size.depth):
        layers += [nn.Linear(before, size.width), nn.Tanh()]
        before = size.width
    return nn.Sequential(*layers, nn.Linear(before, size.c)).to(device)


def seconds(work: Callable[[], Any], device: torch.device) -> float:
    """Time of some work, the device's queue emptied before and after."""
    _finish(device)
    began = time.perf_counter()
    work()
    _finish(device)
    return time.perf_counter() - began


def ours(size: Size, device: torch.device, *, seed: int = 0, threads: int = 0) -> Epoch:
    """The trainer of this project on one network; chooses its threads where none are given."""
    x, y = samples(size, device)
    trainer = Trainer(network(size, device, seed), x[0], y[0], _config(size), seed=seed)
    trainer.threads = threads or trainer.threads
    return lambda: seconds(lambda: list(trainer.steps()), device)


def on_one_thread(epoch: Epoch) -> Epoch:
    """The same on one thread of the processor."""

    def alone() -> float:
        with torch_threads(1):
            return epoch()

    return alone


def bare_products(size: Size, device: torch.device) -> Epoch:
    """The matrix products of an epoch's steps and nothing else, into memory that is there."""
    widths = [size.d, *[size.width] * size.depth, size.c]
    outputs = [torch.rand(size.batch, width, device=device) for width in widths]
    weights = [torch.rand(after, before, device=device) for before, after in pairwise(widths)]
    gradients = [torch.empty_like(weight) for weight in weights]

    def step() -> None:
        for h, weight, out in zip(outputs[:-1], weights, outputs[1:], strict=True):
            torch.mm(h, weight.T, out=out)
        for layer in reversed(range(len(weights))):
            torch.mm(outputs[layer + 1].T, outputs[layer], out=gradients[layer])
            if layer:  # nobody asks for the gradient of the samples
                torch.mm(outputs[layer + 1], weights[layer], out=outputs[layer])

    n_steps = -(-size.n // size.batch)
    return lambda: seconds(lambda: [step() for _ in range(n_steps)], device)


def ours_part_by_part(size: Size, device: torch.device) -> Epoch:
    """The trainer without a recording of its step; on a CPU it has none anyway."""
    with patch.dict(os.environ, DEEPFREQ_CUDA_GRAPHS="0"):
        return ours(size, device)


def ours_together(size: Size, device: torch.device, n_seeds: int) -> Epoch:
    """The trainer of this project on several seeds at once."""
    x, y = samples(size, device, n_seeds)
    networks = [network(size, device, seed) for seed in range(n_seeds)]
    trainer = Ensemble(networks, x, y, _config(size), seed=0)
    return lambda: seconds(lambda: list(trainer.steps()), device)


def bare(size: Size, device: torch.device, *, fused: bool = False) -> Epoch:
    """A hand-written loop on tensors that lie on the device; the loss is read once an epoch."""
    x, y = (part[0] for part in samples(size, device))
    net = plain_network(size, device)
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE, fused=fused)

    def epoch() -> None:
        total = torch.zeros((), device=device)
        order = torch.randperm(size.n).to(device)
        for rows in order.split(size.batch):
            loss = functional.mse_loss(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(rows)
        float(total)

    return lambda: seconds(epoch, device)


def bare_fused(size: Size, device: torch.device) -> Epoch:
    """The hand-written loop with Adam as one operation, which is not PyTorch's default."""
    return bare(size, device, fused=True)


def data_loader(size: Size, device: torch.device) -> Epoch:
    """The usual loop: a shuffling DataLoader, batches moved to the device, the loss read each step.

    Its samples are tensors already; most code decodes images here and is slower still.
    """
    loader = _loader(size)
    net = plain_network(size, device)
    optimizer = torch.optim.Adam(net.parameters(), lr=RATE)

    def epoch() -> None:
        total = 0.0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = functional.mse_loss(net(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)

    return lambda: seconds(epoch, device)


def lightning(size: Size, device: torch.device) -> Epoch:
    """Lightning with its logging, checkpoints and progress bar off; its start-up is not counted."""
    import logging

    import lightning as pl

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    times: list[float] = []

    class Module(pl.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = plain_network(size, device)

        def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
            x, y = batch
            return functional.mse_loss(self.net(x), y)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=RATE)

    class Clock(pl.Callback):
        def on_train_epoch_start(self, *_: Any) -> None:
            _finish(device)
            self.began = time.perf_counter()

        def on_train_epoch_end(self, *_: Any) -> None:
            _finish(device)
            times.append(time.perf_counter() - self.began)

    module, loader = Module(), _loader(size)

    def epoch() -> float:
        trainer = pl.Trainer(
            max_epochs=1,
            accelerator="gpu" if device.type == "cuda" else "cpu",
            devices=1,
            callbacks=[Clock()],
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(module, loader)
        return times[-1]

    return epoch


LOOPS: dict[str, Callable[[Size, torch.device], Epoch]] = {
    "ours": ours,
    "bare loop": bare,
    "bare loop, fused Adam": bare_fused,
    "DataLoader loop": data_loader,
}
if torch.cuda.is_available():
    LOOPS["ours, no CUDA graph"] = ours_part_by_part
if importlib.util.find_spec("lightning") is not None:
    LOOPS["Lightning"] = lightning


def _config(size: Size) -> TrainingConfig:
    optimizer = AdamConfig(learning_rate=RATE)
    return TrainingConfig(batch_size=size.batch, epochs=1_000_000, optimizer=optimizer)


def _loader(size: Size) -> Any:
    from torch.utils.data import DataLoader, TensorDataset

    x, y = (part[0] for part in samples(size, torch.device("cpu")))
    return DataLoader(TensorDataset(x, y), batch_size=size.batch, shuffle=True)


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)

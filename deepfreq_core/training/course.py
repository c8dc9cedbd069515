"""What every training has in common: epochs, steps, the books, and being left and taken up again.

The order of the batches is a function of seed and epoch alone, so a training that is taken up
again in the middle of an epoch goes on with the same batches.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core.config import LEARNING_RATE, TrainingConfig, smaller_rate
from deepfreq_core.errors import TrainingDiverged
from deepfreq_core.nets.base import Network
from deepfreq_core.training import optimisers, schedules, step_graph
from deepfreq_core.training.parameters import FlatParameters
from deepfreq_core.training.step_graph import StepGraph
from deepfreq_core.training.threads import threads_for, torch_threads


class Course(ABC):
    """A training on its way, of one network or of several that take their steps together.

    Args:
        net: What is trained; its parameters become views of one vector.
        config: How to train.
        n_samples: Training samples of each network.
        losses: Zeros, float64, one for each network: () or (S,).
        sample: One sample of each network, (1, d) or (S, 1, d).

    Attributes:
        net: The network, or the stack of them.
        epoch: Full passes done.
        step: Optimiser steps done.
        epoch_losses: Mean of the batches' losses in the last full epoch, weighted by their sizes,
            for each network: () or (S,); NaN before there is one.
        threads: Threads of the processor that a step uses.
        output: What the network gave for all samples in the last step, before it changed, where a
            step takes all samples; else None. (n, c) or (S, n, c).
    """

    def __init__(
        self,
        net: Network,
        config: TrainingConfig,
        *,
        n_samples: int,
        losses: Tensor,
        sample: Tensor,
    ) -> None:
        self.net = net
        self.epoch = 0
        self.step = 0
        self.output: Tensor | None = None
        self.epoch_losses: NDArray[np.float64] = np.full(losses.shape, math.nan)
        self._config = config
        self._n_samples = n_samples
        self._parameters = FlatParameters(net)
        self._optimiser = optimisers.build(config.optimizer, self._parameters.values)
        self.threads = threads_for(net, sample, min(self._batch_size, n_samples))
        self._batch = 0  # batches done in the epoch that is under way
        self._loss_sum = losses
        self._graph: StepGraph | None = None
        if (recorder := step_graph.recorder_for(losses.device)) is not None:
            self._graph = StepGraph(self._step, losses.device, recorder)

    @property
    def epoch_loss(self) -> float:
        """Mean over the networks of their losses in the last full epoch."""
        return float(np.mean(self.epoch_losses))

    @property
    def n_batches(self) -> int:
        """Steps in an epoch; the last batch may be smaller."""
        return -(-self._n_samples // self._batch_size)

    @property
    def learning_rate(self) -> float:
        """Learning rate of the epoch that is under way or comes next."""
        base = self._config.optimizer.learning_rate
        return schedules.learning_rate(base, self._config.schedule, self.epoch)

    @property
    def position(self) -> float:
        """Epochs done, the share of the one under way included."""
        return self.epoch + self._batch / self.n_batches

    @property
    def in_epoch(self) -> bool:
        """Whether an epoch is under way."""
        return self._batch > 0

    @property
    def finished(self) -> bool:
        """Whether the last epoch is done or the loss is low enough."""
        stop_loss = self._config.stop_loss
        reached = stop_loss is not None and not self.in_epoch and self._reached(stop_loss)
        return reached or self.epoch >= self._config.epochs

    def steps(self) -> Iterator[None]:
        """Train to the end of the epoch that is under way or comes next.

        Yields:
            Nothing, after each optimiser step.
        """
        # All samples in one batch need no gathering, only their own order.
        order = None if self.n_batches == 1 else self._order(self.epoch)
        rate = torch.tensor(self.learning_rate, device=self._loss_sum.device)
        size = self._batch_size
        for batch in range(self._batch, self.n_batches):
            rows = None if order is None else order[..., batch * size : (batch + 1) * size]
            with torch_threads(self.threads):
                self._take_step(rows, rate)
            self._batch = batch + 1
            self.step += 1
            if self._batch == self.n_batches:
                self._end_epoch()
            yield

    def divergence(self, loss: float) -> str:
        """What is said where this loss, at the end of the last epoch, shows that it diverged."""
        rate = self._config.optimizer.learning_rate
        return (
            f"the loss became {loss:.3g} in epoch {self.epoch}. Lower {LEARNING_RATE} (now "
            f"{rate:g}), for example to {smaller_rate(rate):g}, or start from smaller weights "
            "(net.init)"
        )

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything the next steps depend on, as arrays."""
        arrays = {f"net.{name}": _to_numpy(value) for name, value in self.net.state_dict().items()}
        arrays |= {
            f"optimizer.{name}": _to_numpy(value) for name, value in self._optimiser.state().items()
        }
        arrays["position"] = np.array([self.epoch, self.step, self._batch], np.int64)
        arrays["losses"] = np.stack([self.epoch_losses, _to_numpy(self._loss_sum)])
        return arrays

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Continue from a state of a training with the same network, data and config."""
        parts: dict[str, dict[str, Tensor]] = {"net": {}, "optimizer": {}}
        for name, array in state.items():
            part, dot, rest = name.partition(".")
            if dot and part in parts:
                parts[part][rest] = torch.from_numpy(np.array(array))
        self.net.load_state_dict(parts["net"])  # copies into the views, keeps them flat
        self._optimiser.restore(parts["optimizer"])
        self.epoch, self.step, self._batch = (int(value) for value in state["position"])
        losses, sums = np.array(state["losses"], np.float64)
        self.epoch_losses = np.asarray(losses)
        self._loss_sum.copy_(torch.from_numpy(np.asarray(sums)))

    @abstractmethod
    def _order(self, epoch: int) -> Tensor:
        """Rows in the order of this epoch, (n,) or (S, n)."""

    @abstractmethod
    def _fill_gradient(self, rows: Tensor | None) -> Tensor:
        """Fill the gradient with that of one batch; None means all samples.

        What it does must follow from the rows and from tensors that stay where they are: it may
        be recorded (`StepGraph`). Where it changes for another reason, `self._graph.forget()`.

        Args:
            rows: Samples of the batch, (k,) or (S, k).

        Returns:
            Mean loss of the batch for each network, without gradient, () or (S,).
        """

    @abstractmethod
    def _reached(self, loss: float) -> bool:
        """Whether training is done with, because the loss got below this."""

    def _keep_output(self, rows: Tensor | None, output: Tensor) -> None:
        """Of a step on all samples; those who look at every epoch need no pass of their own."""
        if rows is None:
            self.output = output.detach()

    def _take_step(self, rows: Tensor | None, rate: Tensor) -> None:
        is_whole = rows is None or rows.shape[-1] == self._batch_size
        arguments = (rate,) if rows is None else (rate, rows)
        if self._graph is not None and is_whole:
            self._graph(*arguments)
        else:  # the smaller last batch of an epoch has no recording
            self._step(*arguments)

    def _step(self, rate: Tensor, rows: Tensor | None = None) -> None:
        """All that a step does on the device; recorded where that is possible."""
        losses = self._fill_gradient(rows)
        self._optimiser.step(self._parameters.values, self._parameters.gradient, rate)
        self._loss_sum += losses * (self._n_samples if rows is None else rows.shape[-1])

    @property
    def _batch_size(self) -> int:
        return self._config.batch_size or self._n_samples

    def _end_epoch(self) -> None:
        """Close the books of an epoch.

        Raises:
            TrainingDiverged: A mean loss is not a number any more.
        """
        self.epoch += 1
        self._batch = 0
        self.epoch_losses = _to_numpy(self._loss_sum).astype(np.float64) / self._n_samples
        self._loss_sum.zero_()
        if not np.isfinite(self.epoch_losses).all():
            raise TrainingDiverged(self.divergence(self.epoch_loss))


def batch_order(seed: int, epoch: int, n: int) -> Tensor:
    """Rows 0…n-1 in the order in which an epoch takes them, (n,), on the CPU."""
    # Spread over 64 bits, so that (seed, epoch) and (seed + 1, epoch - 1) share nothing.
    words = np.random.SeedSequence([seed, epoch]).generate_state(1, np.uint64)
    generator = torch.Generator().manual_seed(int(words[0]) >> 1)
    return torch.randperm(n, generator=generator)


def _to_numpy(value: Tensor) -> NDArray[np.generic]:
    array: NDArray[np.generic] = value.detach().cpu().numpy().copy()
    return array

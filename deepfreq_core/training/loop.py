"""Training as a stream of optimiser steps that can be left after any of them.

The data lie on the device. The order of the batches is a function of seed and epoch alone, so a
training that is taken up again in the middle of an epoch goes on with the same batches.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core.config import TrainingConfig
from deepfreq_core.errors import RunFailed
from deepfreq_core.nets.base import Network
from deepfreq_core.training import optimisers, schedules
from deepfreq_core.training.losses import LOSSES
from deepfreq_core.training.parameters import FlatParameters


class Trainer:
    """One network on its way.

    Args:
        net: The network; its parameters become views of one vector.
        x: Training samples, (n, d), on the network's device.
        y: Their targets, (n, c).
        config: How to train.
        seed: Fixes the order of the batches.
        fresh: Makes the same network with other first values, for `config.freeze`.

    Attributes:
        epoch: Full passes done.
        step: Optimiser steps done.
        epoch_loss: Mean of the batches' losses in the last full epoch, weighted by their sizes;
            NaN before there is one.
    """

    def __init__(
        self,
        net: Network,
        x: Tensor,
        y: Tensor,
        config: TrainingConfig,
        *,
        seed: int,
        fresh: Callable[[], Network] | None = None,
    ) -> None:
        self.net = net
        self.epoch = 0
        self.step = 0
        self.epoch_loss = math.nan
        self._x, self._y = x, y
        self._config = config
        self._seed = seed
        self._loss = LOSSES[config.loss]
        self._parameters = FlatParameters(net)
        self._optimiser = optimisers.build(config.optimizer, self._parameters.values)
        self._fresh = fresh
        self._learning: Tensor | None = None  # 1 where a number still learns after the freeze
        if config.freeze is not None:
            frozen = net.precondition_parameters(config.freeze.layer)
            self._learning = 1 - self._parameters.mask(frozen)
        self._batch = 0  # batches done in the epoch that is under way
        self._loss_sum = torch.zeros((), dtype=torch.float64, device=x.device)

    @property
    def n_batches(self) -> int:
        """Steps in an epoch; the last batch may be smaller."""
        return -(-len(self._x) // self._batch_size)

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
        reached = stop_loss is not None and not self.in_epoch and self.epoch_loss < stop_loss
        if self._config.freeze is not None:  # what comes before is only preparation
            reached = reached and self.epoch > self._config.freeze.epoch
        return reached or self.epoch >= self._config.epochs

    def steps(self) -> Iterator[None]:
        """Train to the end of the epoch that is under way or comes next.

        Yields:
            Nothing, after each optimiser step.
        """
        freeze = self._config.freeze
        if freeze is not None and (self.epoch, self._batch) == (freeze.epoch, 0):
            self._start_learning_anew()
        order = self._order(self.epoch)
        rate = self.learning_rate
        for batch in range(self._batch, self.n_batches):
            # All samples in one batch need no gathering, only their own order.
            rows = None if order is None else order[batch * self._batch_size :][: self._batch_size]
            self._one_step(rows, rate)
            self._batch = batch + 1
            self.step += 1
            if self._batch == self.n_batches:
                self._end_epoch()
            yield

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything the next steps depend on, as arrays."""
        arrays = {f"net.{name}": _to_numpy(value) for name, value in self.net.state_dict().items()}
        arrays |= {
            f"optimizer.{name}": _to_numpy(value) for name, value in self._optimiser.state().items()
        }
        arrays["position"] = np.array([self.epoch, self.step, self._batch], np.int64)
        arrays["losses"] = np.array([self.epoch_loss, float(self._loss_sum)], np.float64)
        return arrays

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Continue from a state of a trainer with the same network, data and config."""
        parts: dict[str, dict[str, Tensor]] = {"net": {}, "optimizer": {}}
        for name, array in state.items():
            part, dot, rest = name.partition(".")
            if dot and part in parts:
                parts[part][rest] = torch.from_numpy(np.array(array))
        self.net.load_state_dict(parts["net"])  # copies into the views, keeps them flat
        self._optimiser.restore(parts["optimizer"])
        self.epoch, self.step, self._batch = (int(value) for value in state["position"])
        self.epoch_loss, loss_sum = (float(value) for value in state["losses"])
        self._loss_sum.fill_(loss_sum)

    @property
    def _is_frozen(self) -> bool:
        freeze = self._config.freeze
        return freeze is not None and self.epoch >= freeze.epoch

    @property
    def _batch_size(self) -> int:
        return self._config.batch_size or len(self._x)

    def _order(self, epoch: int) -> Tensor | None:
        """Rows in the order of this epoch; None where all of them make one batch."""
        if self.n_batches == 1:
            return None
        # Spread over 64 bits, so that (seed, epoch) and (seed + 1, epoch - 1) share nothing.
        words = np.random.SeedSequence([self._seed, epoch]).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(words[0]) >> 1)
        return torch.randperm(len(self._x), generator=generator).to(self._x.device)

    def _one_step(self, rows: Tensor | None, rate: float) -> None:
        x, y = (self._x, self._y) if rows is None else (self._x[rows], self._y[rows])
        loss = self._loss(self.net(x), y)
        self._parameters.set_gradient(loss)
        if self._is_frozen and self._learning is not None:
            self._parameters.gradient.mul_(self._learning)
        self._optimiser.step(self._parameters.values, self._parameters.gradient, rate)
        self._loss_sum += loss.detach() * len(x)

    def _start_learning_anew(self) -> None:
        """Give all that is not frozen fresh first values, and forget the optimiser's past.

        A frozen number then has gradient 0 and moments 0, so no optimiser here moves it.
        """
        assert self._fresh is not None and self._learning is not None
        new = FlatParameters(self._fresh()).values.to(self._parameters.values.device)
        with torch.no_grad():
            torch.where(
                self._learning > 0, new, self._parameters.values, out=self._parameters.values
            )
        self._optimiser = optimisers.build(self._config.optimizer, self._parameters.values)

    def _end_epoch(self) -> None:
        """Close the books of an epoch.

        Raises:
            RunFailed: Its mean loss is not a number any more.
        """
        self.epoch += 1
        self._batch = 0
        self.epoch_loss = float(self._loss_sum) / len(self._x)
        self._loss_sum.zero_()
        if not math.isfinite(self.epoch_loss):
            raise RunFailed(
                f"the loss became {self.epoch_loss} in epoch {self.epoch}. Lower "
                f"training.optimizer.learning_rate (now {self.learning_rate:g}) or start from "
                "smaller weights (net.init)"
            )


def _to_numpy(value: Tensor) -> NDArray[np.generic]:
    array: NDArray[np.generic] = value.detach().cpu().numpy().copy()
    return array

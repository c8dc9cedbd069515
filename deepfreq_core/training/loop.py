"""Training one network as a stream of optimiser steps that can be left after any of them.

The data lie on the device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from deepfreq_core.config import FreezeConfig, TrainingConfig
from deepfreq_core.nets.base import Network
from deepfreq_core.training import optimisers
from deepfreq_core.training.course import Course, batch_order
from deepfreq_core.training.losses import Objective
from deepfreq_core.training.parameters import FlatParameters


class Trainer(Course):
    """One network on its way.

    Args:
        net: The network; its parameters become views of one vector.
        x: Training samples, (n, d), on the network's device.
        y: Their targets, (n, c).
        config: How to train.
        seed: Fixes the order of the batches.
        fresh: Makes the same network with other first values, for `config.freeze`.
        slope: Derivatives of the targets by the input, like x, where the loss compares them.
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
        slope: Tensor | None = None,
    ) -> None:
        losses = torch.zeros((), dtype=torch.float64, device=x.device)
        super().__init__(net, config, n_samples=len(x), losses=losses, sample=x[:1])
        self._x, self._y = x, y
        self._seed = seed
        self._slope = slope
        self._objective = Objective(config.loss)
        self._fresh = fresh
        self._learning: Tensor | None = None  # 1 where a number still learns after the freeze
        self._freeze = config.freeze if isinstance(config.freeze, FreezeConfig) else None
        if self._freeze is not None:
            frozen = net.precondition_parameters(self._freeze.layer)
            self._learning = 1 - self._parameters.mask(frozen)

    def steps(self) -> Iterator[None]:
        """Train to the end of the epoch that is under way or comes next.

        Yields:
            Nothing, after each optimiser step.
        """
        freeze = self._freeze
        if freeze is not None and self.epoch == freeze.epoch and not self.in_epoch:
            self._start_learning_anew()
        yield from super().steps()

    @property
    def _is_frozen(self) -> bool:
        freeze = self._freeze
        return freeze is not None and self.epoch >= freeze.epoch

    def _order(self, epoch: int) -> Tensor:
        return batch_order(self._seed, epoch, len(self._x)).to(self._x.device)

    def _fill_gradient(self, rows: Tensor | None) -> Tensor:
        x, y, slope = self._x, self._y, self._slope
        if rows is not None:
            x, y = x[rows], y[rows]
            slope = None if slope is None else slope[rows]
        x = self._objective.inputs(x)
        mixed = self._config.precision == "bfloat16"
        with torch.autocast(x.device.type, torch.bfloat16, enabled=mixed):
            output = self.net(x).float()
        loss = self._objective(output, y, x, slope)
        self._parameters.set_gradient(loss)
        self._keep_output(rows, output)
        if self._is_frozen and self._learning is not None:
            self._parameters.gradient.mul_(self._learning)
        return loss.detach()

    def _reached(self, loss: float) -> bool:
        freeze = self._freeze  # what comes before it is only preparation
        return self.epoch_loss < loss and (freeze is None or self.epoch > freeze.epoch)

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
        if self._graph is not None:
            self._graph.forget()

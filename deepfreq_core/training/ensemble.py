"""Several seeds of one small network, trained together.

A small network keeps a processor waiting: the time goes into starting operations, not into the
operations. With the parameters of S networks stacked along a leading axis one operation serves
all of them. docs/training.md says where that pays, and why this is not `torch.func.vmap`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core.config import TrainingConfig
from deepfreq_core.nets import Network
from deepfreq_core.nets.stacked import stack
from deepfreq_core.training.course import Course, batch_order
from deepfreq_core.training.losses import LOSSES_OF_STACKS


class Ensemble(Course):
    """S networks on their way; each takes the steps that it would take alone.

    Every network has data, first values and order of batches of its own. The gradient of the
    summed losses is, for each network, the gradient of its own loss.

    With `config.stop_loss` training ends when every network has been below it at the end of some
    epoch; those that were there early go on learning meanwhile.

    Args:
        nets: The networks with their first values, on one device; they are copied.
        x: Training samples of each, (S, n, d), on the networks' device.
        y: Their targets, (S, n, c).
        config: How to train; without `freeze`.
        seed: Fixes the order of the batches: of seed + i for network i.

    Attributes:
        reached_epochs: First epoch at whose end each network was below `config.stop_loss`, (S,);
            NaN where it has not been.
    """

    def __init__(
        self,
        nets: Sequence[Network],
        x: Tensor,
        y: Tensor,
        config: TrainingConfig,
        *,
        seed: int,
    ) -> None:
        n_seeds, n = x.shape[:2]
        losses = torch.zeros(n_seeds, dtype=torch.float64, device=x.device)
        super().__init__(stack(nets), config, n_samples=n, losses=losses, sample=x[:, :1])
        self.reached_epochs: NDArray[np.float64] = np.full(n_seeds, math.nan)
        self._x, self._y = x, y
        self._rows_x, self._rows_y = x.flatten(0, 1), y.flatten(0, 1)
        self._first_rows = n * torch.arange(n_seeds)[:, None]
        self._seeds = range(seed, seed + n_seeds)
        self._loss = LOSSES_OF_STACKS[config.loss]

    def member(self, index: int) -> dict[str, Tensor]:
        """State dict of one network as it is now; views, not copies."""
        return {name: value[index] for name, value in self.net.state_dict().items()}

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Everything the next steps depend on, as arrays."""
        return super().state() | {"reached_epochs": self.reached_epochs.copy()}

    def restore(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Continue from a state of an ensemble with the same networks, data and config."""
        super().restore(state)
        self.reached_epochs = np.array(state["reached_epochs"], np.float64)

    def _order(self, epoch: int) -> Tensor:
        """Rows of the flattened samples, (S, n)."""
        orders = torch.stack([batch_order(seed, epoch, self._n_samples) for seed in self._seeds])
        return (orders + self._first_rows).to(self._x.device)

    def _fill_gradient(self, rows: Tensor | None) -> Tensor:
        x, y = self._x, self._y
        if rows is not None:
            picked = rows.flatten()
            x = self._rows_x[picked].view(*rows.shape, -1)
            y = self._rows_y[picked].view(*rows.shape, -1)
        losses = self._loss(self.net(x), y)
        self._parameters.set_gradient(losses.sum())
        return losses.detach()

    def _reached(self, loss: float) -> bool:
        return bool(np.isfinite(self.reached_epochs).all())

    def _end_epoch(self) -> None:
        super()._end_epoch()
        if self._config.stop_loss is not None:
            below = np.isnan(self.reached_epochs) & (self.epoch_losses < self._config.stop_loss)
            self.reached_epochs[below] = self.epoch

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
from deepfreq_core.training.losses import Objective


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
        slope: Derivatives of the targets by the input, like x, where the loss compares them.

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
        slope: Tensor | None = None,
    ) -> None:
        n_seeds, n = x.shape[:2]
        losses = torch.zeros(n_seeds, dtype=torch.float64, device=x.device)
        super().__init__(stack(nets), config, n_samples=n, losses=losses, sample=x[:, :1])
        self.reached_epochs: NDArray[np.float64] = np.full(n_seeds, math.nan)
        self._x, self._y = x, y
        self._first_rows = n * torch.arange(n_seeds)[:, None]
        self._seeds = range(seed, seed + n_seeds)
        self._slope = slope
        self._objective = Objective(config.loss, is_stacked=True)

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
        x, y, slope = self._x, self._y, self._slope
        if rows is not None:
            x, y = _picked(x, rows), _picked(y, rows)
            slope = None if slope is None else _picked(slope, rows)
        x = self._objective.inputs(x)
        output = self.net(x)
        losses = self._objective(output, y, x, slope)
        self._parameters.set_gradient(losses.sum())
        self._keep_output(rows, output)
        return losses.detach()

    def _reached(self, loss: float) -> bool:
        return bool(np.isfinite(self.reached_epochs).all())

    def _end_epoch(self) -> None:
        super()._end_epoch()
        if self._config.stop_loss is not None:
            below = np.isnan(self.reached_epochs) & (self.epoch_losses < self._config.stop_loss)
            self.reached_epochs[below] = self.epoch


def _picked(values: Tensor, rows: Tensor) -> Tensor:
    """Rows (S, k) of the flattened samples, from (S, n, d) to (S, k, d)."""
    return values.flatten(0, 1)[rows.flatten()].view(*rows.shape, -1)

"""What a run of several seeds trains together and measures one by one.

Seed s has the data split, the first values, the order of batches and the measured samples that a
run of its own with that seed has, so it gives the same numbers up to rounding. The grid of 1/δ is
shared: where the config leaves its upper end open, it shows the layers of all seeds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core import data, nets
from deepfreq_core.config import LayersConfig
from deepfreq_core.data import Dataset
from deepfreq_core.data.base import Report
from deepfreq_core.experiments.base import State
from deepfreq_core.experiments.layer_meter import Float64, LayerMeter
from deepfreq_core.training.ensemble import Ensemble
from deepfreq_core.training.losses import LOSSES

_GRID = "inverse_delta"
_ERRORS = {"lfr": "lfr_se", "rdf": "rdf_se"}


class ManySeeds:
    """Networks of one architecture, their common training and their meters.

    Attributes:
        trainer: The training of all.
        net: One network of the architecture; it takes the values of each seed in turn.
        n_train: Training samples of a seed.
        n_measured: Samples of a seed that the filter sees.
        backend: Name of the spectrum backend that sweeps.
    """

    def __init__(self, config: LayersConfig, device: torch.device, report: Report) -> None:
        n = config.n_seeds
        seeds = range(config.seed, config.seed + n)
        measure = config.measure
        if measure.budget_s is not None:  # it is for all seeds together
            measure = measure.model_copy(update={"budget_s": measure.budget_s / n})
        self._loss = config.training.loss
        loss = LOSSES[self._loss]
        networks, self._meters = [], []
        x, y = torch.empty(0), torch.empty(0)
        for index, seed in enumerate(seeds):
            report(f"loading data and network of seed {seed}")
            dataset = data.load(config.data, seed=seed, report=report)
            if index == 0:
                x, y = _room(n, dataset.x_train, device), _room(n, dataset.y_train, device)
            x[index] = torch.from_numpy(dataset.x_train)
            y[index] = torch.from_numpy(dataset.y_train)
            networks.append(_network(config, dataset, seed).to(device))
            self._meters.append(LayerMeter(measure, dataset, loss, seed=seed, device=device))
        self.net = networks[0]
        self.n_train = x.shape[1]
        self.trainer = Ensemble(networks, x, y, config.training, seed=config.seed)
        self.n_measured = self._meters[0].n_samples
        self.backend = self._meters[0].backend

    def label_facts(self) -> list[dict[str, float]]:
        """What the targets of each seed alone say; see `LayerMeter.label_facts`."""
        return [meter.label_facts(self._loss) for meter in self._meters]

    def widths(self) -> list[int]:
        """Sizes of layers 0…L."""
        return self._meters[0].widths(self.net)

    def begin(self) -> None:
        """Choose the grid; before the first step of a fresh run."""
        ranges = []
        for index, meter in enumerate(self._meters):
            self._become(index)
            ranges += meter.ranges(self.net)
        for meter in self._meters:
            meter.set_grid(ranges)

    def measure(self) -> tuple[dict[str, float], dict[str, Float64]]:
        """Means over the seeds, and under `<name>_seeds` what each has; seeds come first."""
        found = []
        for index, meter in enumerate(self._meters):
            self._become(index)
            found.append(meter.measure(self.net))
        scalars, arrays = zip(*found, strict=True)
        means, of_seeds = over_seeds(scalars, arrays)
        of_seeds |= {
            "epoch_loss_seeds": self.trainer.epoch_losses.copy(),
            "reached_epoch_seeds": self.trainer.reached_epochs.copy(),
        }
        return means, of_seeds

    def state(self) -> State:
        """Training and grid."""
        return self.trainer.state() | {
            _GRID: self._meters[0].inverse_delta,
            "input_curves": np.stack([meter.input_curves for meter in self._meters]),
        }

    def restore(self, state: State) -> None:
        """Continue from such a state."""
        self.trainer.restore(state)
        curves = np.array(state["input_curves"], np.float64)
        for meter, own in zip(self._meters, curves, strict=True):
            meter.inverse_delta = np.array(state[_GRID], np.float64)
            meter.input_curves = own

    def _become(self, index: int) -> None:
        self.net.load_state_dict(self.trainer.member(index))


def over_seeds(
    scalars: Sequence[dict[str, float]], arrays: Sequence[dict[str, Float64]]
) -> tuple[dict[str, float], dict[str, Float64]]:
    """One measurement out of those of several seeds.

    Args:
        scalars: Numbers of each seed, by name.
        arrays: Arrays of each seed; all share the grid of 1/δ.

    Returns:
        Means of the numbers; and of the arrays, beside `<name>_seeds` (S, …) for both. `lfr_se`
        and `rdf_se` are the standard errors of the means over seeds; what row sampling adds to
        the values of a seed is in their spread.
    """
    together = {name: np.stack([one[name] for one in arrays]) for name in arrays[0]}
    grid = together.pop(_GRID)[0]
    for name in _ERRORS.values():
        together.pop(name, None)
    errors = {
        error: together[name].std(0, ddof=1) / math.sqrt(len(arrays))
        for name, error in _ERRORS.items()
    }
    numbers = {name: np.array([one[name] for one in scalars]) for name in scalars[0]}
    seeds = {f"{name}_seeds": values for name, values in (together | numbers).items()}
    means = {name: values.mean(0) for name, values in together.items()}
    return (
        {name: float(values.mean()) for name, values in numbers.items()},
        {_GRID: grid, **means, **errors, **seeds},
    )


def _network(config: LayersConfig, dataset: Dataset, seed: int) -> nets.Network:
    return nets.build(
        config.net, input_shape=dataset.input_shape, n_outputs=dataset.n_outputs, seed=seed
    )


def _room(n_seeds: int, like: NDArray[np.float32], device: torch.device) -> Tensor:
    return torch.empty((n_seeds, *like.shape), device=device)

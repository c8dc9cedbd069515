"""What a run trains: the network of one seed, or those of several seeds that go together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import BatchNorm2d

from deepfreq_core import data, nets
from deepfreq_core.data import Dataset
from deepfreq_core.data.base import Report
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments.base import State
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.instruments.snapshot import TRAIN, Samples, Snapshot
from deepfreq_core.training.course import Course
from deepfreq_core.training.ensemble import Ensemble
from deepfreq_core.training.loop import Trainer
from deepfreq_core.training.losses import Objective

_FRESH = 2**32  # beyond all seeds of a config: first values that no run starts from


class Subject:
    """The networks of a run, their data and their training.

    Args:
        config: The settings.
        device: Where.
        report: Told what goes on.

    Attributes:
        net: The network; of several seeds, one that takes the values of each in turn.
        datasets: Data of each seed; to be let go once instruments have taken their samples.
        n_train: Training samples of a seed.
        trainer: The training of all.
    """

    def __init__(self, config: TrainConfig, device: torch.device, report: Report) -> None:
        self._config, self._device = config, device
        self._objective = Objective(config.training.loss)
        self._samples: list[Mapping[str, Samples]] = []
        self._with_gradient: frozenset[str] = frozenset()
        seeds = range(config.seed, config.seed + config.n_seeds)
        self.datasets: list[Dataset] = []
        networks = []
        for seed in seeds:
            of_seed = f" of seed {seed}" if len(seeds) > 1 else ""
            report(f"loading data{of_seed}")
            dataset = data.load(config.data, seed=seed, report=report)
            if self._objective.takes_slope:
                _check_slopes(config, dataset)
            self.datasets.append(dataset)
            report(f"preparing the network{of_seed}")
            networks.append(self._build(dataset, seed=seed).to(device))
        self.net: nets.Network = networks[0]
        self.n_train = len(self.datasets[0].x_train)
        self.trainer: Course = self._alone() if len(seeds) == 1 else self._together(networks)

    def look_at(self, samples: Sequence[Mapping[str, Samples]], gradients: frozenset[str]) -> None:
        """Which samples snapshots are of, for each seed, and where their loss has a gradient."""
        self._samples, self._with_gradient = list(samples), gradients

    def snapshots(self) -> list[Snapshot]:
        """The network of each seed as it is now, with what it is looked at on.

        A snapshot of several holds only until the next one is looked at: they share one network.
        """
        return [
            Snapshot(
                partial(self._become, member),
                samples,
                self._objective,
                at=float(self.trainer.epoch),
                member=member,
                with_gradient=self._with_gradient,
            )
            for member, samples in enumerate(self._samples)
        ]

    def watched(self, names: frozenset[str]) -> list[Snapshot]:
        """Outputs of the network of each seed in the last epoch, see `Instrument.watch`.

        Args:
            names: Sets whose output is looked at.
        """
        output = self.trainer.output
        if output is None or not names <= {TRAIN} or not self._steps_tell:
            return self.snapshots()
        return [
            Snapshot(
                _only_outputs,
                samples,
                self._objective,
                at=float(self.trainer.epoch - 1),
                member=member,
                outputs={TRAIN: output if output.dim() == 2 else output[member]},
            )
            for member, samples in enumerate(self._samples)
        ]

    def state(self) -> State:
        """Everything that the next steps depend on."""
        return self.trainer.state()

    def restore(self, state: State) -> None:
        """Continue from such a state."""
        self.trainer.restore(state)

    @property
    def _steps_tell(self) -> bool:
        """Whether a step sees what a look sees: no statistics of the batch, no rounded products."""
        is_normalised = any(isinstance(part, BatchNorm2d) for part in self.net.modules())
        return self._config.training.precision == "float32" and not is_normalised

    def _become(self, member: int) -> nets.Network:
        if isinstance(self.trainer, Ensemble):
            self.net.load_state_dict(self.trainer.member(member))
        return self.net

    def _build(self, dataset: Dataset, *, seed: int) -> nets.Network:
        return nets.build(
            self._config.net,
            input_shape=dataset.input_shape,
            n_outputs=dataset.n_outputs,
            seed=seed,
        )

    def _alone(self) -> Trainer:
        (dataset,), seed = self.datasets, self._config.seed
        return Trainer(
            self.net,
            torch.from_numpy(dataset.x_train).to(self._device),
            torch.from_numpy(dataset.y_train).to(self._device),
            self._config.training,
            seed=seed,
            fresh=partial(self._build, dataset, seed=seed + _FRESH),
            slope=self._slopes(is_stacked=False),
        )

    def _together(self, networks: Sequence[nets.Network]) -> Ensemble:
        x, y = (_stacked([getattr(d, n) for d in self.datasets]) for n in ("x_train", "y_train"))
        return Ensemble(
            networks,
            x.to(self._device),
            y.to(self._device),
            self._config.training,
            seed=self._config.seed,
            slope=self._slopes(is_stacked=True),
        )

    def _slopes(self, *, is_stacked: bool) -> Tensor | None:
        """Derivatives of the training targets where the loss compares them."""
        found = [one.slope_train for one in self.datasets if one.slope_train is not None]
        if not self._objective.takes_slope or not found:
            return None
        return (_stacked(found) if is_stacked else torch.from_numpy(found[0])).to(self._device)


def _check_slopes(config: TrainConfig, dataset: Dataset) -> None:
    for x, slope in (
        (dataset.x_train, dataset.slope_train),
        (dataset.x_test, dataset.slope_test),
    ):
        if slope is not None and not np.isfinite(slope).all():
            at = float(x[~np.isfinite(slope)][0])
            raise ConfigError(
                f"training.loss is {config.training.loss}, which compares derivatives; the target "
                f"has none at x = {at:g}. Change data.formula, data.lower or data.upper so that it "
                "is defined around every point, or use mse"
            )


def _only_outputs() -> nets.Network:
    raise RuntimeError("a watched epoch has outputs alone; name their samples in `watches`")


def _stacked(arrays: Sequence[NDArray[np.float32]]) -> Tensor:
    return torch.from_numpy(np.stack(arrays))

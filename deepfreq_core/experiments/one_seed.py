"""What a run of one seed trains and measures."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch

from deepfreq_core import data, nets
from deepfreq_core.config import LayersConfig
from deepfreq_core.data.base import Report
from deepfreq_core.experiments.base import State
from deepfreq_core.experiments.layer_meter import Float64, LayerMeter
from deepfreq_core.training.loop import Trainer
from deepfreq_core.training.losses import LOSSES

_FRESH = 2**32  # beyond all seeds of a config: first values that no run starts from


class OneSeed:
    """One network, its training and its meter.

    Attributes:
        trainer: The training.
        net: The network.
        n_train: Training samples.
        n_measured: Samples that the filter sees.
        backend: Name of the spectrum backend that sweeps.
    """

    def __init__(self, config: LayersConfig, device: torch.device, report: Report) -> None:
        report("loading data")
        dataset = data.load(config.data, seed=config.seed, report=report)
        report("preparing the network")
        build = partial(
            nets.build,
            config.net,
            input_shape=dataset.input_shape,
            n_outputs=dataset.n_outputs,
        )
        self.net = build(seed=config.seed).to(device)
        self.n_train = len(dataset.x_train)
        self.trainer = Trainer(
            self.net,
            torch.from_numpy(dataset.x_train).to(device),
            torch.from_numpy(dataset.y_train).to(device),
            config.training,
            seed=config.seed,
            fresh=partial(build, seed=config.seed + _FRESH),
        )
        self._loss = config.training.loss
        loss = LOSSES[self._loss]
        self._meter = LayerMeter(config.measure, dataset, loss, seed=config.seed, device=device)
        self.n_measured = self._meter.n_samples
        self.backend = self._meter.backend

    def label_facts(self) -> list[dict[str, float]]:
        """What the targets of each seed alone say; see `LayerMeter.label_facts`."""
        return [self._meter.label_facts(self._loss)]

    def widths(self) -> list[int]:
        """Sizes of layers 0…L."""
        return self._meter.widths(self.net)

    def begin(self) -> None:
        """Choose the grid; before the first step of a fresh run."""
        self._meter.choose_grid(self.net)

    def measure(self) -> tuple[dict[str, float], dict[str, Float64]]:
        """Scalars and arrays of a measurement of the network as it is now."""
        return self._meter.measure(self.net)

    def state(self) -> State:
        """Training and grid."""
        return self.trainer.state() | {
            "inverse_delta": self._meter.inverse_delta,
            "input_curves": self._meter.input_curves,
        }

    def restore(self, state: State) -> None:
        """Continue from such a state."""
        self.trainer.restore(state)
        self._meter.inverse_delta = np.array(state["inverse_delta"], np.float64)
        self._meter.input_curves = np.array(state["input_curves"], np.float64)

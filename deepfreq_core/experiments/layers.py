"""Train one network and measure the effective target function of every hidden layer.

Claim: during training the effective target function of a deeper layer moves to lower frequency.
It would be refuted by a trained network whose deeper layers hold higher frequencies.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean
from typing import ClassVar

import numpy as np

from deepfreq_core import spectrum
from deepfreq_core.analysis.learning import MEAN_ANSWER, Watch
from deepfreq_core.config import LayersConfig, layer_names
from deepfreq_core.data.base import Report
from deepfreq_core.errors import TrainingDiverged
from deepfreq_core.experiments.base import Loading, State
from deepfreq_core.experiments.facts import machine_facts
from deepfreq_core.experiments.many_seeds import ManySeeds
from deepfreq_core.experiments.measuring_cost import relative_cost
from deepfreq_core.experiments.one_seed import OneSeed
from deepfreq_core.experiments.waiting import BackgroundTask
from deepfreq_core.records import JsonValue, Measurement, Progress
from deepfreq_core.training import schedules
from deepfreq_core.training.course import Course
from deepfreq_core.training.device import resolve_device

_PROGRESS_S = 0.2  # between two signs of life


@dataclass(frozen=True, slots=True)
class _Setup:
    """What is made before the first measurement."""

    subject: OneSeed | ManySeeds
    due: schedules.MeasureAt
    facts: dict[str, JsonValue]
    watch: Watch


class LayersExperiment:
    """LFR and RDF of the input and every hidden layer, at scheduled epochs of one training.

    Source: paper 1 (Xu & Zhou, AAAI 2021, arXiv:2007.14313); the settings are the config's.
    """

    slug: ClassVar[str] = "layers"

    def __init__(self, config: LayersConfig) -> None:
        self._config = config
        self._device = resolve_device(config.device)
        self._saved: State = {}
        self._setup: _Setup | None = None
        self._measured_epoch = -1
        self._train_s = 0.0
        self._measure_s = 0.0
        self._shown = 0.0  # when the last sign of life was given

    def events(self) -> Iterator[Measurement | Progress]:
        """Train, and look at the network when it is due.

        Yields:
            A measurement before training, at each scheduled epoch and at the end; in between
            progress, `Loading` while data and network are prepared.

        Raises:
            TrainingDiverged: The loss went up and did not come back.
        """
        if self._setup is None:
            task = BackgroundTask(self._prepare)
            for note in task.notes(_PROGRESS_S):
                yield Loading(0, 0, self._config.training.epochs, note)
            self._setup = task.result()
        setup = self._setup
        trainer = setup.subject.trainer
        facts = setup.facts
        while True:
            if self._due(setup):
                yield self._measure(setup, facts)
                facts = {}
            is_over = trainer.finished and trainer.epoch > 0
            loss = setup.watch.diverged_at(is_over=is_over)
            if loss is not None:  # after its measurement, so that it can be seen
                raise TrainingDiverged(trainer.divergence(loss))
            if trainer.finished:
                return
            yield from self._train_epoch(trainer)
            setup.watch.see_epoch(trainer.epoch_losses)

    def state(self) -> State:
        """Network, optimiser, position, grid and the seconds used so far."""
        if self._setup is None:
            return self._saved
        return {
            **self._setup.subject.state(),
            "watch": self._setup.watch.state(),
            "measured_epoch": np.array(self._measured_epoch, np.int64),
            "seconds": np.array([self._train_s, self._measure_s]),
        }

    def restore(self, state: State) -> None:
        """Continue from such a state; an empty one means from the start."""
        self._saved = dict(state)
        self._setup = None

    def _prepare(self, report: Report) -> _Setup:
        """Data, network, grid; in the state that was saved where there is one."""
        config = self._config
        make = OneSeed if config.n_seeds == 1 else ManySeeds
        subject = make(config, self._device, report)
        report("preparing the filter")
        spectrum.warm_up(subject.backend)
        labels = subject.label_facts()
        watch = Watch.of([one[MEAN_ANSWER] for one in labels])
        if self._saved:
            subject.restore(self._saved)
            self._measured_epoch = int(self._saved["measured_epoch"])
            if "watch" in self._saved:  # checkpoints of before have none
                watch.restore(np.array(self._saved["watch"], np.float64))
            self._train_s, self._measure_s = (float(value) for value in self._saved["seconds"])
        else:
            subject.begin()
        net, widths = subject.net, subject.widths()
        return _Setup(
            subject=subject,
            due=due_epochs(config, net.n_parameters, widths[1:]),
            facts=machine_facts(self._device, subject.trainer.threads)
            | {
                "layer_names": list(layer_names(config.net)),
                "layer_widths": widths,
                "n_parameters": net.n_parameters,
                "n_seeds": config.n_seeds,
                "n_train": subject.n_train,
                "n_measured": subject.n_measured,
                "normalize": config.measure.normalize,
                "backend": subject.backend,
                **{name: fmean(one[name] for one in labels) for name in labels[0]},
            },
            watch=watch,
        )

    def _due(self, setup: _Setup) -> bool:
        trainer = setup.subject.trainer
        if trainer.in_epoch or trainer.epoch <= self._measured_epoch:
            return False
        return trainer.epoch in setup.due or trainer.finished

    def _measure(self, setup: _Setup, facts: dict[str, JsonValue]) -> Measurement:
        started = time.perf_counter()
        trainer = setup.subject.trainer
        scalars, arrays = setup.subject.measure()
        if math.isfinite(trainer.epoch_loss):
            scalars["epoch_loss"] = trainer.epoch_loss
        losses = np.atleast_1d(arrays.get("train_loss_seeds", scalars["train_loss"]))
        setup.watch.measured = losses
        if trainer.epoch == 0:
            setup.watch.see_before(losses)
        self._measured_epoch = trainer.epoch
        self._measure_s += time.perf_counter() - started
        scalars |= {
            "learning_rate": trainer.learning_rate,
            "train_s": self._train_s,
            "measure_s": self._measure_s,
        }
        return Measurement(
            epoch=trainer.epoch, step=trainer.step, scalars=scalars, arrays=arrays, facts=facts
        )

    def _train_epoch(self, trainer: Course) -> Iterator[Progress]:
        started = time.perf_counter()
        for _ in trainer.steps():
            now = time.perf_counter()
            self._train_s += now - started
            if now - self._shown >= _PROGRESS_S:
                yield Progress(trainer.position, trainer.step, self._config.training.epochs)
                self._shown = time.perf_counter()
            started = time.perf_counter()


def due_epochs(config: LayersConfig, n_parameters: int, widths: list[int]) -> schedules.MeasureAt:
    """When to measure a network with hidden layers of these sizes."""
    last = config.training.epochs
    if config.measure.every is not None:
        return schedules.regular(config.measure.every, last)
    cost = relative_cost(
        n_parameters=n_parameters,
        n_train=config.data.n_train,
        n_measured=min(config.measure.n_samples, config.data.n_train),
        n_test=config.data.n_test,
        widths=widths,
        n_grid=config.measure.n_grid,
    )
    return schedules.logarithmic(last, relative_cost=cost)

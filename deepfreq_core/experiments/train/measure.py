"""Train a network, and let instruments look at it at scheduled epochs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.config import layer_names
from deepfreq_core.data.base import Report
from deepfreq_core.errors import TrainingDiverged
from deepfreq_core.experiments.background import BackgroundTask
from deepfreq_core.experiments.base import Loading, State
from deepfreq_core.experiments.catalogue import reader
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.cost import due_epochs
from deepfreq_core.experiments.train.over_seeds import over_seeds
from deepfreq_core.experiments.train.subject import Subject
from deepfreq_core.instruments import catalogue as instruments
from deepfreq_core.instruments.base import Instrument, Sizes
from deepfreq_core.instruments.snapshot import MEASURED, TEST, TRAIN, Samples, Snapshot
from deepfreq_core.records import JsonValue, Measurement, Progress
from deepfreq_core.schema import qualified
from deepfreq_core.training import schedules
from deepfreq_core.training.device import resolve_device
from deepfreq_core.training.facts import machine_facts
from deepfreq_core.training.learning import MEAN_ANSWER, Watch
from deepfreq_core.training.losses import Objective, mean_answer_loss

_PROGRESS_S = 0.2  # between two signs of life
_OWNED = "instruments."  # before an instrument's name and what it keeps, in a checkpoint


@dataclass(frozen=True, slots=True)
class _Setup:
    """What is made before the first measurement."""

    subject: Subject
    meters: Mapping[str, Instrument]
    due: schedules.MeasureAt
    coordinates: Mapping[str, Any]
    facts: dict[str, JsonValue]
    watch: Watch


class TrainExperiment:
    """One training, and what its instruments see of it at scheduled epochs."""

    slug: ClassVar[str] = "train"

    def __init__(self, config: TrainConfig) -> None:
        self._config = config
        self._device = resolve_device(config.device)
        self._schema = reader(config).schema
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
                yield Loading(0.0, float(self._config.training.epochs), note)
            self._setup = task.result()
        setup = self._setup
        trainer = setup.subject.trainer
        is_first = True  # of this start
        while True:
            if self._due(setup):
                yield self._measure(setup, setup.facts if is_first else {})
                is_first = False
            is_over = trainer.finished and trainer.epoch > 0
            loss = setup.watch.diverged_at(is_over=is_over)
            if loss is not None:  # after its measurement, so that it can be seen
                raise TrainingDiverged(trainer.divergence(loss))
            if trainer.finished:
                return
            yield from self._train_epoch(setup)

    def state(self) -> State:
        """Network, optimiser, position, instruments and the seconds used so far."""
        if self._setup is None:
            return self._saved
        setup = self._setup
        return {
            **setup.subject.state(),
            **{
                f"{_OWNED}{owner}.{name}": array
                for owner, meter in setup.meters.items()
                for name, array in meter.state().items()
            },
            "watch": setup.watch.state(),
            "measured_epoch": np.array(self._measured_epoch, np.int64),
            "seconds": np.array([self._train_s, self._measure_s]),
        }

    def restore(self, state: State) -> None:
        """Continue from such a state; an empty one means from the start."""
        self._saved = dict(state)
        self._setup = None

    def _prepare(self, report: Report) -> _Setup:
        """Data, network, instruments; in the state that was saved where there is one."""
        config = self._config
        subject = Subject(config, self._device, report)
        report("preparing the instruments")
        meters: dict[str, Instrument] = {
            name: instruments.module(name, "measure").INSTRUMENT(settings, n_seeds=config.n_seeds)
            for name, settings in config.instruments.items()
        }
        samples = [self._samples(meters, subject, member) for member in range(config.n_seeds)]
        subject.datasets.clear()
        gradients = frozenset().union(*(meter.gradients for meter in meters.values()))
        subject.look_at(samples, gradients)
        loss = config.training.loss
        takes_slope = config.training.takes_slope
        bars = [
            mean_answer_loss(loss, one.y, one.slope if takes_slope else None)
            for one in (sets[MEASURED] for sets in samples)
        ]
        watch = Watch.of(bars)
        coordinates = self._begin(subject, meters, watch)
        net, sizes = subject.net, self._sizes(subject, samples[0])
        return _Setup(
            subject=subject,
            meters=meters,
            due=due_epochs(config, sizes, meters),
            coordinates=coordinates,
            facts=machine_facts(self._device, subject.trainer.threads)
            | {
                "layer_names": list(layer_names(config.net)),
                "layer_widths": list(sizes.widths),
                "n_parameters": net.n_parameters,
                "n_seeds": config.n_seeds,
                "n_train": subject.n_train,
                MEAN_ANSWER: fmean(bars),
            }
            | {name: value for meter in meters.values() for name, value in meter.facts().items()},
            watch=watch,
        )

    def _samples(
        self, meters: Mapping[str, Instrument], subject: Subject, member: int
    ) -> dict[str, Samples]:
        """All sets that one seed's network is looked at on."""
        data, seed = subject.datasets[member], self._config.seed + member
        found = {TEST: Samples.of(data, "test", self._device)}
        for meter in meters.values():
            found = {**meter.samples(data, seed=seed, device=self._device), **found}
        if MEASURED not in found:  # then the loss is told on all training samples
            found[MEASURED] = found.get(TRAIN) or Samples.of(data, "train", self._device)
        return found

    def _begin(
        self, subject: Subject, meters: Mapping[str, Instrument], watch: Watch
    ) -> Mapping[str, Any]:
        """Coordinates of a fresh run; of one that goes on, nothing: they are kept already."""
        state = self._saved
        if not state:
            snapshots = subject.snapshots()
            return {
                qualified(owner, name): values
                for owner, meter in meters.items()
                for name, values in meter.begin(snapshots).items()
            }
        subject.restore(state)
        # Checkpoints of before had one instrument, and no owner before its names.
        is_owned = any(name.startswith(_OWNED) for name in state)
        for owner, meter in meters.items():
            prefix = f"{_OWNED}{owner}."
            own = {n.removeprefix(prefix): a for n, a in state.items() if n.startswith(prefix)}
            meter.restore(own if is_owned else state)
        if "watch" in state:
            watch.restore(np.array(state["watch"], np.float64))
        self._measured_epoch = int(state["measured_epoch"])
        self._train_s, self._measure_s = (float(value) for value in state["seconds"])
        return {}

    def _sizes(self, subject: Subject, samples: Mapping[str, Samples]) -> Sizes:
        row = {MEASURED: Samples(*(part[:1] for part in _parts(samples[MEASURED])))}
        net = subject.net
        layers = Snapshot(lambda: net, row, Objective("mse"), at=0.0).layers(MEASURED)
        return Sizes(
            n_parameters=net.n_parameters,
            widths=[layer.shape[1] for layer in layers],
            n_train=subject.n_train,
            n_test=len(samples[TEST].x),
            n_measured=sum(
                len(one.x)
                for one in {id(one): one for one in samples.values()}.values()
                if one is not samples[TEST]
            ),
        )

    def _watch(self, setup: _Setup) -> None:
        meters = [meter for meter in setup.meters.values() if meter.watches]
        if not meters:
            return
        names = frozenset().union(*(meter.watches for meter in meters))
        for snapshot in setup.subject.watched(names):
            for meter in meters:
                meter.watch(snapshot)

    def _due(self, setup: _Setup) -> bool:
        trainer = setup.subject.trainer
        if trainer.in_epoch or trainer.epoch <= self._measured_epoch:
            return False
        return trainer.epoch in setup.due or trainer.finished

    def _measure(self, setup: _Setup, facts: dict[str, JsonValue]) -> Measurement:
        started = time.perf_counter()
        trainer = setup.subject.trainer
        found = [_read(snapshot, setup.meters) for snapshot in setup.subject.snapshots()]
        losses = np.array([one["train_loss"] for one in found])
        setup.watch.measured = losses
        if trainer.epoch == 0:
            setup.watch.see_before(losses)
        arrays = found[0] if len(found) == 1 else over_seeds(found, self._schema)
        if len(found) > 1:
            arrays |= {
                "epoch_loss_seeds": trainer.epoch_losses.copy(),
                "reached_epoch_seeds": trainer.reached_epochs.copy(),  # type: ignore[attr-defined]
            }
        scalars = {name: float(value) for name, value in arrays.items() if np.ndim(value) == 0}
        if np.isfinite(trainer.epoch_loss):
            scalars["epoch_loss"] = trainer.epoch_loss
        self._measured_epoch = trainer.epoch
        self._measure_s += time.perf_counter() - started
        scalars |= {
            "learning_rate": trainer.learning_rate,
            "step": float(trainer.step),
            "train_s": self._train_s,
            "measure_s": self._measure_s,
        }
        return Measurement(
            at=float(trainer.epoch),
            scalars=scalars,
            arrays={name: array for name, array in arrays.items() if np.ndim(array)},
            coordinates=setup.coordinates if trainer.epoch == 0 else {},
            facts=facts,
        )

    def _train_epoch(self, setup: _Setup) -> Iterator[Progress]:
        trainer = setup.subject.trainer
        started = time.perf_counter()
        end = float(self._config.training.epochs)
        for _ in trainer.steps():
            now = time.perf_counter()
            self._train_s += now - started
            if not trainer.in_epoch:  # before the sign of life, at which a checkpoint may be taken
                setup.watch.see_epoch(trainer.epoch_losses)
                self._watch(setup)
            if now - self._shown >= _PROGRESS_S:
                yield Progress(trainer.position, end)
                self._shown = time.perf_counter()
            started = time.perf_counter()


def _read(snapshot: Snapshot, meters: Mapping[str, Instrument]) -> dict[str, NDArray[Any]]:
    """What one seed's network shows: its losses, and what every instrument reads."""
    found: dict[str, Any] = {
        qualified(owner, name): array
        for owner, meter in meters.items()
        for name, array in meter.read(snapshot).items()
    }
    found |= {"train_loss": snapshot.loss(MEASURED), "test_loss": snapshot.loss(TEST)}
    for name, part in (("train_accuracy", MEASURED), ("test_accuracy", TEST)):
        share = snapshot.accuracy(part)
        if share is not None:
            found[name] = share
    return {name: np.asarray(value) for name, value in found.items()}


def _parts(samples: Samples) -> Sequence[Any]:
    return (samples.x, samples.y)


EXPERIMENT = TrainExperiment

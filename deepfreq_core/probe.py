"""Instruments in somebody else's training loop: `Probe` looks at any module, and a run keeps it.

The run is in the store of this machine while the loop goes on, so the dashboard shows it live, and
exports and `open_run` have it as any other. The module is left as it was found: its modes, its
gradients, its hooks and the state of the random generators.
"""

from __future__ import annotations

import logging
import math
import os
import secrets
import time
import traceback
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from deepfreq_core.data import Dataset
from deepfreq_core.data.base import one_hot
from deepfreq_core.errors import ConfigError, RunNotFound, ShapeError
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.experiments.probe.config import CONFIG, ModuleConfig
from deepfreq_core.instruments import catalogue as instruments
from deepfreq_core.instruments.base import Instrument
from deepfreq_core.instruments.snapshot import MEASURED, Samples, Snapshot
from deepfreq_core.nets.module import ModuleNetwork, undisturbed
from deepfreq_core.records import JsonValue, Measurement
from deepfreq_core.runs import files
from deepfreq_core.runs.errors import LeaseLost
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.runs.worker.failures import sentence
from deepfreq_core.runs.worker.heart import Heart
from deepfreq_core.schema import qualified
from deepfreq_core.training.facts import machine_facts
from deepfreq_core.training.learning import MEAN_ANSWER
from deepfreq_core.training.losses import Objective, mean_answer_loss

_log = logging.getLogger(__name__)
_MOST_TOLD = 4_000  # characters of a module's own description


class Probe:
    """See the module. Made before training; `measure` is called by the loop, `with` ends the run.

    Args:
        module: Takes samples of the shape of `x` and gives (n, c) or (n,).
        x: Samples, (n, …), NumPy or torch.
        y: Targets, (n, c) or (n,) numbers; or (n,) whole numbers, which are classes.
        layers: Names of submodules whose outputs are the hidden layers, see
            `module.named_modules()`; None for every submodule that is an activation.
        instruments: Settings by instrument; None for the first there is with its defaults.
        loss: What is told as the loss: "mse" or "cross_entropy".
        labels: Classes, (n,), for the accuracy, where y does not say them.
        title: Title of the run; the module's class when left out.
        epochs: How far the training means to go, for whoever watches.
        seed: Fixes which samples instruments take.
        owner: Who owns the run; "local" is whoever uses this machine's command line.
        store: Where to; None for the store of this machine.

    Attributes:
        run_id: Id of the run.

    Raises:
        ConfigError: A layer or a setting is not there; an instrument cannot work with this.
        ShapeError: Samples, targets and outputs do not fit.
    """

    def __init__(
        self,
        module: nn.Module,
        x: NDArray[Any] | Tensor,
        y: NDArray[Any] | Tensor,
        *,
        layers: Sequence[str] | None = None,
        instruments: Mapping[str, Mapping[str, Any]] | None = None,
        loss: str = "mse",
        labels: NDArray[Any] | Tensor | None = None,
        title: str = "",
        epochs: int | None = None,
        seed: int = 0,
        owner: str = "local",
        store: RunStore | None = None,
    ) -> None:
        self._module = module
        self._device = next((p.device for p in module.parameters()), torch.device("cpu"))
        samples = torch.as_tensor(x).detach()
        with undisturbed(module):
            first = samples[:2].to(self._device)
            self._net = ModuleNetwork(module, first, layers)
            self._net.eval()
            with torch.no_grad():
                n_outputs = int(self._net(first.reshape(len(first), -1)).shape[1])
        data = _dataset(samples, y, labels, n_outputs)
        self._config = reading.from_dict({
            "experiment": CONFIG.model_fields["experiment"].default,
            "version": 2,
            "seed": seed,
            "data": {
                "n_train": len(data.x_train),
                "n_outputs": n_outputs,
                "input_shape": list(data.input_shape),
                "has_classes": data.labels_train is not None,
            },
            "net": ModuleConfig(
                kind=type(module).__name__,
                structure=str(module)[:_MOST_TOLD],
                layers=self._net.layer_names,
            ).model_dump(),
            "loss": loss,
            "epochs": epochs,
            "instruments": {name: dict(one) for name, one in (instruments or {}).items()},
        })
        catalogue.reader(self._config)  # an instrument may have no use for such data
        self._objective = Objective(loss)
        self._meters, self._samples = self._instruments(data, seed)
        self._facts: dict[str, JsonValue] = {
            **machine_facts(self._device, torch.get_num_threads()),
            "layer_names": ["input", *self._net.layer_names],
            "n_parameters": self._net.n_parameters,
            "n_train": len(data.x_train),
            MEAN_ANSWER: mean_answer_loss(loss, self._samples[MEASURED].y),
        }
        self._last = -math.inf
        self._epochs = epochs
        self._is_over = False
        self._open(title or type(module).__name__, owner, store)

    def __enter__(self) -> Probe:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(error)

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether somebody asked in the dashboard; a loop that looks here may end itself."""
        try:
            return self._heart.asked() is Request.STOP
        except (RunNotFound, LeaseLost):
            return False

    def measure(self, epoch: float) -> Measurement:
        """Look at the module now, and keep what is seen in the run.

        Args:
            epoch: The training's clock; above that of the last measurement. Best begin with 0,
                before the first step.

        Returns:
            What was measured. It is returned as well where the run was deleted meanwhile or is
            over, which is no reason to end a training.

        Raises:
            ConfigError: The clock does not go on.
        """
        if not epoch > self._last:
            raise ConfigError(
                f"epoch is {epoch:g} after {self._last:g}; a run's clock only goes on. Give a "
                "larger one, or make another Probe"
            )
        is_first = self._last == -math.inf
        began = time.perf_counter()
        with undisturbed(self._module):
            measured, coordinates = self._look(float(epoch), is_first=is_first)
        self._last = float(epoch)
        scalars = {name: float(value) for name, value in measured.items() if np.ndim(value) == 0}
        found = Measurement(
            at=float(epoch),
            scalars=scalars | {"measure_s": time.perf_counter() - began},
            arrays={name: value for name, value in measured.items() if np.ndim(value)},
            coordinates=coordinates,
            facts=self._facts if is_first else {},
        )
        self._keep(found)
        return found

    def close(self, error: BaseException | None = None) -> None:
        """End the run: DONE; FAILED with an error; STOPPED where somebody asked or interrupted."""
        if self._is_over:
            return
        self._is_over = True
        state, words = RunState.DONE, None
        if isinstance(error, Exception):
            state, words = RunState.FAILED, sentence(error)
            self._write_down(error)
        elif error is not None or self.is_asked_to_stop:
            state = RunState.STOPPED
        self._heart.stop()
        try:
            self._store.finish(self.run_id, state, words, worker=self._worker)
        except (RunNotFound, LeaseLost) as gone:
            _log.warning("%s", gone)
        self._let_go()

    def _let_go(self) -> None:
        self._heart.stop()
        if self._lock is not None:
            os.close(self._lock)
        if self._is_own_store:
            self._store.close()

    def _open(self, title: str, owner: str, store: RunStore | None) -> None:
        """The run: created, claimed for this process, and begun."""
        self._store, self._is_own_store = store or RunStore(), store is None
        self._worker, claim = secrets.token_hex(8), secrets.token_hex(8)
        self.run_id = self._store.create(self._config, owner=owner, title=title, claim=claim).id
        # Held until this process ends: a dispatcher sees by it that the training lives. It is not
        # told the process itself, so that it never ends a training of somebody else's.
        self._lock = files.lock(files.folder(self.run_id, make=True) / "worker.lock")
        self._store.start(self.run_id, worker=self._worker, claim=claim, place=files.place())
        self._heart = Heart(self._store, self.run_id, self._worker)
        self._heart.progress = {"at": 0.0, "end": float(self._epochs or 0)}
        self._heart.__enter__()

    def _instruments(
        self, data: Dataset, seed: int
    ) -> tuple[dict[str, Instrument], dict[str, Samples]]:
        meters: dict[str, Instrument] = {}
        found: dict[str, Samples] = {}
        for name, settings in self._config.instruments.items():  # type: ignore[attr-defined]
            meters[name] = instruments.module(name, "measure").INSTRUMENT(settings, n_seeds=1)
            own = meters[name].samples(data, seed=seed, device=self._device)
            found = {**own, **found}
        found.setdefault(MEASURED, Samples.of(data, "train", self._device))
        return meters, found

    def _look(self, at: float, *, is_first: bool) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """What instruments read, with loss and accuracy; at first, the coordinates."""
        gradients = frozenset().union(*(meter.gradients for meter in self._meters.values()))
        snapshot = Snapshot(
            lambda: self._net, self._samples, self._objective, at=at, with_gradient=gradients
        )
        coordinates: dict[str, Any] = {}
        if is_first:
            for owner, meter in self._meters.items():
                begun = meter.begin([snapshot])
                coordinates |= {qualified(owner, name): values for name, values in begun.items()}
            for meter in self._meters.values():
                self._facts |= meter.facts()
        found: dict[str, Any] = {
            qualified(owner, name): value
            for owner, meter in self._meters.items()
            for name, value in meter.read(snapshot).items()
        }
        found["train_loss"] = snapshot.loss(MEASURED)
        share = snapshot.accuracy(MEASURED)
        if share is not None:
            found["train_accuracy"] = share
        return {name: np.asarray(value) for name, value in found.items()}, coordinates

    def _keep(self, measurement: Measurement) -> None:
        if self._is_over:
            return
        self._heart.in_setup = False
        progress: dict[str, JsonValue] = {"at": measurement.at, "end": float(self._epochs or 0)}
        self._heart.progress = progress
        try:
            self._store.append(self.run_id, measurement, progress=progress, worker=self._worker)
        except (RunNotFound, LeaseLost) as gone:
            self._is_over = True
            self._let_go()
            _log.warning("nothing more is kept: %s", gone)

    def _write_down(self, error: BaseException) -> None:
        trace = "".join(traceback.format_exception(error))
        try:
            with files.log_path(self.run_id).open("a", encoding="utf-8") as log:
                log.write(trace)
        except OSError as trouble:
            _log.warning("the traceback could not be written: %s", trouble)


class _Given(Dataset):
    """Samples that were handed in; there are no others."""

    def __getattribute__(self, name: str) -> Any:
        if name.endswith("_test"):
            raise ConfigError(
                f"an instrument looks at test samples ({name}), and a Probe has those it was given "
                "and no others. Change the instrument's settings, or leave it out"
            )
        return super().__getattribute__(name)


def _dataset(
    samples: Tensor,
    y: NDArray[Any] | Tensor,
    labels: NDArray[Any] | Tensor | None,
    n_outputs: int,
) -> Dataset:
    """What was handed in, as instruments know data.

    Raises:
        ShapeError: It does not fit.
    """
    targets = torch.as_tensor(y).detach().cpu()
    n = len(samples)
    if n < 2 or len(targets) != n:
        raise ShapeError(
            f"x has {n} samples and y has {len(targets)}. Give two or more, and as many"
        )
    classes = None if labels is None else torch.as_tensor(labels).detach().cpu().long().numpy()
    if targets.dim() == 1 and not targets.is_floating_point():
        classes = targets.long().numpy()
        if classes.min() < 0 or classes.max() >= n_outputs:
            raise ShapeError(
                f"y has classes from {classes.min()} to {classes.max()}, and the module has "
                f"{n_outputs} outputs. Classes are 0 to {n_outputs - 1}"
            )
        target_rows = one_hot(classes, n_outputs)
    else:
        target_rows = targets.reshape(n, -1).float().numpy()
    if target_rows.shape[1] != n_outputs:
        raise ShapeError(
            f"y has {target_rows.shape[1]} numbers a sample and the module gives {n_outputs}. Give "
            "targets like its outputs"
        )
    if classes is not None and classes.shape != (n,):
        raise ShapeError(f"labels has shape {classes.shape}; give one class a sample, ({n},)")
    rows = samples.reshape(n, -1).cpu().float().numpy()
    return _Given(
        name="given",
        x_train=rows,
        y_train=target_rows,
        x_test=rows[:0],
        y_test=target_rows[:0],
        labels_train=classes,
        labels_test=None if classes is None else classes[:0],
        input_shape=tuple(samples.shape[1:]),
    )

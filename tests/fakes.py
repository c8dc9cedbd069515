"""An experiment without torch, and real processes that run it: `python -m tests.fakes VERB`.

Its numbers depend on everything before them, so a resumed run that gives the same ones has truly
gone on where it was. The config steers it: `seed` starts the numbers, `training.epochs` is how
many measurements follow the first, `net.width` is the pause before each in milliseconds, and
`instruments.layers.n_grid` the number of values of 1/δ. The variable DEEPFREQ_TEST_FACT becomes a
fact. `title` of the run does not matter.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Iterator

import numpy as np

from deepfreq_core import config as configs
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.records import Measurement, Progress

N_LAYERS = 3


def fake_config(
    *, epochs: int = 3, pause_ms: int = 1, seed: int = 0, fault: str | None = None
) -> configs.RunConfig:
    """A config for `FakeExperiment`; `fault` is one of its names."""
    return reading.from_dict({
        "experiment": "train",
        "version": 2,
        "net": {"name": "mlp", "depth": N_LAYERS - 1, "width": max(1, pause_ms)},
        "training": {"epochs": epochs, "batch_size": 1 + FAULTS.index(fault)},
        "instruments": {"layers": {"n_grid": 4}},
        "seed": seed,
    })


# What goes wrong after the second measurement.
FAULTS = [None, "error", "memory", "killed", "hang", "setup_hang", "full_disk"]


class FakeExperiment:
    """See the module."""

    slug = "fake"

    def __init__(self, config: configs.RunConfig) -> None:
        self._config = config
        self._fault = FAULTS[(config.training.batch_size or 1) - 1]
        self._done = 0
        self._memory = float(config.seed + 1)
        if self._fault == "setup_hang":
            time.sleep(60)

    def events(self) -> Iterator[Measurement | Progress]:
        grid = np.linspace(0.0, 1.0, self._config.instruments["layers"].n_grid)
        first = True
        while self._done <= self._config.training.epochs:
            deadline = time.monotonic() + self._config.net.width / 1000
            while time.monotonic() < deadline:
                time.sleep(min(0.02, self._config.net.width / 1000))
                yield Progress(self._done, self._config.training.epochs)
            self._memory = (self._memory * 1.37 + self._done) % 1.0
            epoch, self._done = self._done, self._done + 1
            lfr = self._memory * np.exp(-np.outer(np.arange(N_LAYERS), grid))
            facts = {"backend": "fake", "n": epoch}
            if "DEEPFREQ_TEST_FACT" in os.environ:
                facts["of"] = os.environ["DEEPFREQ_TEST_FACT"]
            yield Measurement(
                at=float(epoch),
                scalars={
                    "train_loss": self._memory,
                    "test_loss": float("nan"),
                    "step": 10.0 * epoch,
                },
                arrays={
                    "layers/lfr": lfr,
                    "layers/rdf": np.gradient(lfr, grid, axis=1),
                    "layers/gradient_norm": np.array([np.nan, 0.5, self._memory]),
                },
                coordinates={"layers/inverse_delta": grid} if epoch == 0 else {},
                facts=facts if first else {},
            )
            first = False
            if epoch == 1:
                self._go_wrong()

    def state(self) -> dict[str, np.ndarray]:
        if self._fault == "full_disk":
            raise OSError(28, "No space left on device")
        return {"done": np.array(self._done), "memory": np.array(self._memory)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self._done = int(state["done"])
        self._memory = float(state["memory"])

    def _go_wrong(self) -> None:
        match self._fault:
            case "error":
                raise ZeroDivisionError("the loss went to 0\nand more")
            case "memory":
                raise RuntimeError("CUDA out of memory. Tried to allocate 3 GiB")
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(60)


def main(verb: str, *arguments: str) -> int:
    """The product's own process of this name, with the fake experiment for every config."""
    from deepfreq_core.runs import dispatcher, files, watch, worker
    from deepfreq_core.runs.capacity import capacity
    from deepfreq_core.runs.launchers import forkserver, local
    from deepfreq_core.runs.worker import attempt, heart

    heart.PATIENCE_S = 0.5  # tests have less of it
    attempt.CHECKPOINT_EVERY_S = _hurry("CHECKPOINT", attempt.CHECKPOINT_EVERY_S)
    watch.LOST_AFTER_S = _hurry("LOST", watch.LOST_AFTER_S)
    catalogue.create = FakeExperiment  # type: ignore[assignment]
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    match verb:
        case "worker":
            return worker.main(*arguments)
        case "forkserver":
            forkserver.preload = lambda: time.sleep(_hurry("PRELOAD", 0.0))
            forkserver.main()
        case "dispatcher":
            lock = files.lock(dispatcher.lock_path(), wait_s=5.0)
            assert lock is not None
            launcher = local.LocalLauncher(capacity(), ("-m", "tests.fakes", "forkserver"))
            dispatcher.Dispatcher(lock, launcher).run()
    return 0


def _hurry(what: str, usual_s: float) -> float:
    return float(os.environ.get(f"DEEPFREQ_TEST_{what}_S", usual_s))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

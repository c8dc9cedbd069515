"""What a rehearsal does. The variable DEEPFREQ_TEST_FACT becomes a fact of its run."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import numpy as np

from deepfreq_core.records import Measurement, Progress
from tests.rehearsal.config import RehearsalConfig

_LONG_S = 60
_NAP_S = 0.02  # between two signs of life


class Rehearsal:
    """See the package."""

    slug = "rehearsal"

    def __init__(self, config: RehearsalConfig) -> None:
        self._config = config
        self._done = 0
        self._memory = float(config.seed + 1)
        if config.fault == "hang_at_start":
            time.sleep(_LONG_S)

    def events(self) -> Iterator[Measurement | Progress]:
        grid = np.linspace(0.0, 1.0, self._config.instruments["layers"].n_grid)
        layers = np.arange(self._config.net.n_layers + 1)
        first = True
        while self._done <= self._config.steps:
            deadline = time.monotonic() + self._config.pause_s
            while time.monotonic() < deadline:
                time.sleep(min(_NAP_S, self._config.pause_s))
                yield Progress(self._done, self._config.steps)
            self._memory = (self._memory * 1.37 + self._done) % 1.0
            step, self._done = self._done, self._done + 1
            lfr = self._memory * np.exp(-np.outer(layers, grid))
            facts = {"backend": "rehearsal", "n": step}
            if "DEEPFREQ_TEST_FACT" in os.environ:
                facts["of"] = os.environ["DEEPFREQ_TEST_FACT"]
            yield Measurement(
                at=float(step),
                scalars={
                    "train_loss": self._memory,
                    "test_loss": float("nan"),
                    "step": 10.0 * step,
                },
                arrays={
                    "layers/lfr": lfr,
                    "layers/rdf": np.gradient(lfr, grid, axis=1),
                    "layers/gradient_norm": np.array([np.nan, 0.5, self._memory]),
                },
                coordinates={"layers/inverse_delta": grid} if step == 0 else {},
                facts=facts if first else {},
            )
            first = False
            if step == 1:
                self._go_wrong()

    def state(self) -> dict[str, np.ndarray]:
        if self._config.fault == "full_disk":
            raise OSError(28, "No space left on device")
        return {"done": np.array(self._done), "memory": np.array(self._memory)}

    def restore(self, state: dict[str, np.ndarray]) -> None:
        self._done = int(state["done"])
        self._memory = float(state["memory"])

    def _go_wrong(self) -> None:
        match self._config.fault:
            case "raise":
                raise ZeroDivisionError("the loss went to 0\nand more")
            case "out_of_memory":
                raise RuntimeError("CUDA out of memory. Tried to allocate 3 GiB")
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                time.sleep(_LONG_S)


EXPERIMENT = Rehearsal

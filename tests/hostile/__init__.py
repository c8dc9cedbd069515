"""Two instruments that nobody would write, registered for one test: `register(monkeypatch)`.

`hostile` has plain numbers, a dim of one value, one of 300 values, names with commas and quotes,
NaN, and an array called as one of the layers'. `only_scalars` has no array with a dim at all.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from deepfreq_core.instruments import catalogue
from deepfreq_core.records import Measurement

PLACES = np.linspace(-1.0, 1.0, 300)
NAMES = ('a "quoted", name', "=SUM(A1)", "β\nnewline")
COORDINATES = {"hostile/place": PLACES, "hostile/one": np.array([0.5]), "hostile/name": NAMES}


def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both be in the catalogue until the test is over."""
    monkeypatch.setitem(catalogue.INSTRUMENTS, "hostile", "tests.hostile.numbers")
    monkeypatch.setitem(catalogue.INSTRUMENTS, "only_scalars", "tests.hostile.only_scalars")


def arrays(epoch: int) -> dict[str, np.ndarray]:
    """What `hostile` measures; the array that may lack is there in odd epochs only."""
    far = np.sin(PLACES * (epoch + 1))
    far[7] = math.nan
    found = {
        "hostile/lfr": np.stack([far, far + 1 / 3, -far]),
        "hostile/single": np.array([epoch / 3]),
        "hostile/nothing": np.full(300, math.nan),
    }
    return found | ({"hostile/seldom": far[None] * 1e300} if epoch % 2 else {})


def scalars(epoch: int) -> dict[str, float]:
    """Plain numbers of both; one is NaN, and one infinite."""
    return {
        "hostile/alarm": math.nan if epoch else 1 / 3,
        "only_scalars/count": 10.0**epoch,
        "only_scalars/alarm": math.inf,
    }


def measurement(epoch: int, layers: dict[str, np.ndarray], grid: np.ndarray) -> Measurement:
    """One of a run that the layers are measured in, too."""
    return Measurement(
        at=float(epoch),
        scalars={"train_loss": 0.1 / (epoch + 1), "step": 10.0 * epoch} | scalars(epoch),
        arrays=layers | arrays(epoch),
        coordinates=COORDINATES | {"layers/inverse_delta": grid} if epoch == 0 else {},
        facts={"backend": "fake", "odd": math.nan} if epoch == 0 else {},
    )

"""Targets given by a formula on an interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.config import CosineData
from deepfreq_core.data.base import Dataset, Report, quiet
from deepfreq_core.errors import ConfigError


def load(config: CosineData, *, seed: int, report: Report = quiet) -> Dataset:
    """Sum of cosines on evenly spaced points, ends included; the seed changes nothing.

    Raises:
        ConfigError: The target is 0 at every training point.
    """
    x_train = np.linspace(config.lower, config.upper, config.n_train)[:, None]
    x_test = np.linspace(config.lower, config.upper, config.n_test)[:, None]
    y_train, y_test = cosine_sum(x_train, config), cosine_sum(x_test, config)
    if not np.any(np.abs(y_train) > 1e-9):
        raise ConfigError(
            f"the target with frequencies {list(config.frequencies)} is 0 at all "
            f"{config.n_train} points, so there is nothing to learn. Change data.frequencies or "
            "data.phase"
        )
    return Dataset(
        name="cosines",
        x_train=x_train.astype(np.float32),
        y_train=y_train.astype(np.float32),
        labels_train=None,
        x_test=x_test.astype(np.float32),
        y_test=y_test.astype(np.float32),
        labels_test=None,
        input_shape=(1,),
    )


def cosine_sum(x: NDArray[np.float64], config: CosineData) -> NDArray[np.float64]:
    """Y = Σ aₖ cos(k x), or with sin: x (n, 1) to (n, 1), float64."""
    wave = np.cos if config.phase == "cos" else np.sin
    k = np.asarray(config.frequencies, np.float64)
    a = np.ones_like(k) if config.amplitudes is None else np.asarray(config.amplitudes, np.float64)
    y: NDArray[np.float64] = (wave(x * k) @ a)[:, None]
    return y

"""Targets given by a formula on an interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.config import CosineData, FormulaData
from deepfreq_core.config.formula import Formula
from deepfreq_core.data.base import Dataset, Report, quiet
from deepfreq_core.errors import ConfigError

Function: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]

# Half a step of a central difference. With 1e-6 the derivative of sin(50 x) is off by 1e-7 of
# itself, less than float32 keeps.
_STEP = 1e-6
_NOISE = (0x6E6F, 0x6973)  # streams of random numbers of their own: training, test


def load(config: CosineData | FormulaData, *, seed: int, report: Report = quiet) -> Dataset:
    """The target on evenly spaced points, ends included; the seed draws the noise alone.

    Raises:
        ConfigError: The target is 0 at every training point, or not a number at some point.
    """
    f = function(config)
    x_train = np.linspace(config.lower, config.upper, config.n_train)[:, None]
    beyond = config.beyond
    x_test = np.linspace(config.lower - beyond, config.upper + beyond, config.n_test)[:, None]
    y_train, y_test = f(x_train), f(x_test)
    _check_finite(config, x_train, y_train)
    _check_finite(config, x_test, y_test)
    if not np.any(np.abs(y_train) > 1e-9):
        raise ConfigError(
            f"the target with {_setting(config)} is 0 at all {config.n_train} points, so there is "
            f"nothing to learn. Change data.{_name(config)}"
            + (" or data.phase" if isinstance(config, CosineData) else "")
        )
    slopes = [_slope(f, x) if config.has_slope else None for x in (x_train, x_test)]
    return Dataset(
        name=config.name,
        x_train=x_train.astype(np.float32),
        y_train=_with_noise(y_train, config.noise, seed, _NOISE[0]),
        labels_train=None,
        x_test=x_test.astype(np.float32),
        y_test=_with_noise(y_test, config.noise, seed, _NOISE[1]),
        labels_test=None,
        input_shape=(1,),
        slope_train=slopes[0],
        slope_test=slopes[1],
    )


def function(config: CosineData | FormulaData) -> Function:
    """The target without noise, of x (n, 1) to (n, 1), float64."""
    f = _sum_of(config) if isinstance(config, CosineData) else Formula(config.formula)
    step = config.round_to
    if step is None:
        return f
    return lambda x: step * np.round(f(x) / step)


def cosine_sum(x: NDArray[np.float64], config: CosineData) -> NDArray[np.float64]:
    """Y = Σ aₖ cos(k x), or with sin: x (n, 1) to (n, 1), float64."""
    wave = np.cos if config.phase == "cos" else np.sin
    k = np.asarray(config.frequencies, np.float64)
    a = np.ones_like(k) if config.amplitudes is None else np.asarray(config.amplitudes, np.float64)
    y: NDArray[np.float64] = (wave(x * k) @ a)[:, None]
    return y


def _sum_of(config: CosineData) -> Function:
    return lambda x: cosine_sum(x, config)


def _slope(f: Function, x: NDArray[np.float64]) -> NDArray[np.float32]:
    return ((f(x + _STEP) - f(x - _STEP)) / (2 * _STEP)).astype(np.float32)


def _with_noise(y: NDArray[np.float64], std: float, seed: int, stream: int) -> NDArray[np.float32]:
    if std == 0:
        return y.astype(np.float32)
    noise = np.random.default_rng([seed, stream]).normal(0, std, y.shape)
    return (y + noise).astype(np.float32)


def _check_finite(
    config: CosineData | FormulaData, x: NDArray[np.float64], y: NDArray[np.float64]
) -> None:
    wrong = ~np.isfinite(y[:, 0]) | (np.abs(y[:, 0]) > 1e6)
    if wrong.any():
        at, value = float(x[wrong][0, 0]), float(y[wrong][0, 0])
        raise ConfigError(
            f"data.{_name(config)} is {_setting(config)}, which is {value:g} at x = {at:g}. "
            "Targets are numbers between -1e6 and 1e6 at all training and test points: change the "
            "target, or data.lower and data.upper"
        )


def _name(config: CosineData | FormulaData) -> str:
    return "frequencies" if isinstance(config, CosineData) else "formula"


def _setting(config: CosineData | FormulaData) -> str:
    if isinstance(config, CosineData):
        return f"frequencies {list(config.frequencies)}"
    return f"{config.formula!r}"

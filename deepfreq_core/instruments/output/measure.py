"""The function of a network of one or two inputs, on its test points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core.data import Dataset
from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments.base import Sizes, State
from deepfreq_core.instruments.output.config import OutputConfig
from deepfreq_core.instruments.snapshot import TEST, TRAIN, Samples, Snapshot
from deepfreq_core.records import JsonValue
from deepfreq_core.schema import Coordinates

_GRID = "grid"  # every point of a picture, row by row
_MOST_TAUGHT = 200  # training points that are drawn


class Output:
    """See the module."""

    gradients: frozenset[str] = frozenset()
    watches: frozenset[str] = frozenset()

    def __init__(self, config: OutputConfig, *, n_seeds: int) -> None:
        self._config = config
        self._shape: tuple[int, ...] = ()

    def samples(self, data: Dataset, *, seed: int, device: torch.device) -> Mapping[str, Samples]:
        """All training points; of a picture every point, too.

        Raises:
            ConfigError: The inputs are neither a line nor a picture.
        """
        found = {TRAIN: Samples.of(data, "train", device)}
        if data.grid is not None:
            x, y = (torch.from_numpy(part).to(device) for part in data.grid)
            self._shape = tuple(data.grid_shape)
            return found | {_GRID: Samples(x, y)}
        if data.x_train.shape[1] != 1 or data.n_outputs != 1:
            raise ConfigError(
                f"instruments.output draws a function of one input, or a picture; {data.name} has "
                f"{data.x_train.shape[1]} inputs and {data.n_outputs} outputs. Take output out of "
                "instruments"
            )
        return found

    def begin(self, snapshots: Sequence[Snapshot]) -> Coordinates:
        """Points, and the target on them."""
        samples = snapshots[0].samples
        if self._shape:
            rows, columns = self._shape
            return {
                "row": np.arange(rows, dtype=np.float64),
                "column": np.arange(columns, dtype=np.float64),
                "original": self._as_picture(samples[_GRID].y),
            }
        taught, test = samples[TRAIN], samples[TEST]
        rows_taught = _thinned(len(taught.x), _MOST_TAUGHT)
        points = _thinned(len(test.x), self._config.n_points)
        return {
            "x": _numbers(test.x)[points],
            "target": _numbers(test.y)[points],
            "sample": _numbers(taught.x)[rows_taught],
            "value": _numbers(taught.y)[rows_taught],
        }

    def watch(self, snapshot: Snapshot) -> None:
        """Nothing between measurements."""

    def read(self, snapshot: Snapshot) -> Mapping[str, NDArray[Any]]:
        """The function on its points, and how far it is off."""
        found: dict[str, NDArray[Any]] = {
            f"{name}_rms": np.asarray(_rms(snapshot.output(part), snapshot.samples[part].y))
            for name, part in (("train", TRAIN), ("test", TEST))
        }
        if self._shape or _GRID in snapshot.samples:
            return found | {"picture": self._as_picture(snapshot.output(_GRID))}
        points = _thinned(len(snapshot.samples[TEST].x), self._config.n_points)
        curve = _numbers(snapshot.output(TEST))[points]
        return found | {"curve": curve, "variation": np.abs(np.diff(curve)).sum()}

    def facts(self) -> Mapping[str, JsonValue]:
        """Nothing beside the coordinates."""
        return {}

    def state(self) -> State:
        """Nothing: all follows from the samples."""
        return {}

    def restore(self, state: State) -> None:
        """Nothing to continue from."""

    def cost(self, sizes: Sizes) -> float:
        """Nothing beside the network's pass."""
        return 0.0

    def _as_picture(self, values: Tensor) -> NDArray[np.float64]:
        return _numbers(values).reshape(self._shape)


def _thinned(n: int, most: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.int64))


def _numbers(values: Tensor) -> NDArray[np.float64]:
    found: NDArray[np.float64] = values[:, 0].detach().cpu().numpy().astype(np.float64)
    return found


def _rms(output: Tensor, y: Tensor) -> float:
    return float((output - y).double().square().mean().sqrt())


INSTRUMENT = Output

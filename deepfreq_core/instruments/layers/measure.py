"""Measuring every layer of one network: LFR and RDF, and the gradient of its weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core import lowpass
from deepfreq_core.data import Dataset
from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments.base import Sizes, State
from deepfreq_core.instruments.layers.config import LayersConfig
from deepfreq_core.instruments.snapshot import MEASURED, Samples, Snapshot
from deepfreq_core.lowpass.frequency import FLOOR, label_floor
from deepfreq_core.records import Float64, JsonValue, RatioCurve
from deepfreq_core.schema import Coordinates

_SWEPT = f"{__package__}: test samples"
_APART = 20  # of the usual 50 even steps two or three fall on a layer with a range so much smaller
# Time of one (pair of samples, grid value) of the sweep, in floating-point operations of a large
# matrix product on the same cores: 11 to 12 measured for n = 2,000, d = 500, m = 20, 51, 101.
_PAIR = 12.0


class LayersMeter:
    """One fixed set of samples, one fixed grid of 1/δ, and what is seen on them.

    The samples are a random subset of the training samples, or test samples. The curve of the raw
    input (layer 0) never changes and is computed once a seed.

    Args:
        config: The settings.
        n_seeds: Networks trained together; a time budget is for all of them.
    """

    gradients = frozenset({MEASURED})
    watches: frozenset[str] = frozenset()

    def __init__(self, config: LayersConfig, *, n_seeds: int) -> None:
        self.backend = lowpass.resolve_backend(config.backend)
        self._config = config
        self._budget_s = None if config.budget_s is None else config.budget_s / n_seeds
        self._grid: Float64 = np.empty(0)
        self._input_curves: Float64 = np.empty((n_seeds, 4, 0))
        self._floors: list[float] = []
        self._n_measured = 0

    def samples(self, data: Dataset, *, seed: int, device: torch.device) -> Mapping[str, Samples]:
        """The set that the filter sees; the network's gradient is taken on training samples."""
        n = min(self._config.n_samples, len(data.x_train))
        rows = np.random.default_rng([seed, 1]).permutation(len(data.x_train))[:n]
        found = {MEASURED: Samples.of(data, "train", device, rows)}
        if self._config.samples == "test":
            found[_SWEPT] = Samples.of(data, "test", device, slice(self._config.n_samples))
        swept = found.get(_SWEPT, found[MEASURED])
        self._floors.append(label_floor(swept.y.cpu().numpy()))
        self._n_measured = len(swept.x)
        return found

    def begin(self, snapshots: Sequence[Snapshot]) -> Coordinates:
        """The grid: from the settings or, where they leave its end open, from the layers."""
        lowpass.warm_up(self.backend)
        ranges = [reach for snapshot in snapshots for reach in self._ranges(snapshot)]
        self._grid = grid_for(self._config, ranges)
        curves = []
        for snapshot in snapshots:
            layers, y = self._swept(snapshot)
            curves.append(_rows(self._sweep(layers[:1], y)[0]))
        self._input_curves = np.stack(curves)
        return {"inverse_delta": self._grid}

    def watch(self, snapshot: Snapshot) -> None:
        """Nothing between measurements."""

    def read(self, snapshot: Snapshot) -> Mapping[str, NDArray[Any]]:
        """LFR and RDF of layers 0…L, and the gradient by layer of weights."""
        gradient_norm = np.array(snapshot.gradient_norm(MEASURED), np.float64)
        layers, y = self._swept(snapshot)
        curves = [self._input_curves[snapshot.member]]
        curves += [_rows(curve) for curve in self._sweep(layers[1:], y)]
        lfr, rdf, lfr_se, rdf_se = np.stack(curves, axis=1)
        arrays = {"lfr": lfr, "rdf": rdf, "gradient_norm": gradient_norm}
        if np.any(lfr_se) or np.any(rdf_se):
            arrays |= {"lfr_se": lfr_se, "rdf_se": rdf_se}
        return arrays

    def facts(self) -> Mapping[str, JsonValue]:
        """How was measured."""
        return {
            "n_measured": self._n_measured,
            "normalize": self._config.normalize,
            "backend": self.backend,
            FLOOR: float(np.mean(self._floors)),
        }

    def state(self) -> State:
        """The grid, and the curve of the raw input."""
        return {"inverse_delta": self._grid, "input_curves": self._input_curves}

    def restore(self, state: State) -> None:
        """Continue from such a state."""
        lowpass.warm_up(self.backend)
        self._grid = np.array(state["inverse_delta"], np.float64)
        curves = np.array(state["input_curves"], np.float64)
        self._input_curves = curves if curves.ndim == 3 else curves[None]

    def cost(self, sizes: Sizes) -> float:
        """Each pair of samples once: 2 d operations for the distance, m factors for the grid."""
        n = min(self._config.n_samples, sizes.n_train)
        pairs = n**2 / 2
        return sum(pairs * (2 * width + _PAIR * self._config.n_grid) for width in sizes.widths[1:])

    def _swept(self, snapshot: Snapshot) -> tuple[list[Tensor], Tensor]:
        name = _SWEPT if _SWEPT in snapshot.samples else MEASURED
        return snapshot.layers(name), snapshot.samples[name].y

    def _ranges(self, snapshot: Snapshot) -> list[float]:
        """How far along 1/δ each hidden layer of this untrained network needs the grid."""
        if self._config.upper is not None:
            return []
        layers, y = self._swept(snapshot)
        normalize = self._config.normalize
        return [lowpass.automatic_range(h, y, normalize=normalize) for h in layers[1:]]

    def _sweep(self, layers: Sequence[Tensor], y: Tensor) -> list[RatioCurve]:
        return lowpass.ratio_curves(
            layers,
            y,
            self._grid,
            normalize=self._config.normalize,
            backend=self.backend,
            budget_s=self._budget_s,
        )


def grid_for(config: LayersConfig, ranges: Sequence[float]) -> Float64:
    """A grid of 1/δ that shows every hidden layer, before training and after.

    An open upper end is the largest of the untrained hidden layers' own ranges: training moves
    them to lower frequencies. The raw input has no say, because with few dimensions it would need
    a grid many times as long; its curve is drawn as far as the grid goes. Even steps up to there
    leave no point to a layer whose range is a small share of it; `auto` then takes even ratios.

    Args:
        config: What the config says of the grid.
        ranges: Where LFR of each untrained hidden layer has risen (`automatic_range`); not used
            where the config gives the upper end.

    Returns:
        1/δ, (n_grid,).

    Raises:
        ConfigError: The grid would start above its end.
    """
    upper = max(ranges) if config.upper is None else config.upper
    is_log = config.spacing == "log"
    if config.spacing == "auto" and config.upper is None:
        is_log = upper > _APART * min(ranges)
    if not is_log:
        return lowpass.linear_grid(config.lower, upper, config.n_grid)
    lower = config.lower or min(upper / 1_000, min(ranges) / 100)
    if lower >= upper:
        raise ConfigError(
            f"instruments.layers.lower is {lower:g}, and the layers end at 1/δ = {upper:g}. Give a "
            "smaller one, or set instruments.layers.upper"
        )
    return np.geomspace(lower, upper, config.n_grid)


def _rows(curve: RatioCurve) -> Float64:
    errors = curve.standard_error or {}
    zero = np.zeros_like(curve.low_frequency_ratio)
    return np.stack([
        curve.low_frequency_ratio,
        curve.ratio_density,
        errors.get("low_frequency_ratio", zero),
        errors.get("ratio_density", zero),
    ])


INSTRUMENT = LayersMeter

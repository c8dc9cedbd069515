"""Measuring what every layer sees: where samples lie in its plane, and their smoothed labels."""

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
from deepfreq_core.instruments.embedding import plane
from deepfreq_core.instruments.embedding.config import EmbeddingConfig
from deepfreq_core.instruments.snapshot import Samples, Snapshot
from deepfreq_core.records import Float64, JsonValue
from deepfreq_core.schema import Coordinates
from deepfreq_core.schema.arrays import MOST_NUMBERS

_DRAWN = f"{__package__}: drawn samples"
_USUAL = 200  # samples: clouds of ten classes can be told apart, and a picture is not full
_SHARE = 0.8  # of what a measurement may hold, taken by itself: other instruments want some too
_SPAN = 64  # largest over smallest 1/δ: labels are as they are at one end, one grey at the other
_DIGITS = 2  # of scores in units of the layer's spread; a pixel of a small picture is 0.03
_EIGEN = 20.0  # operations of all eigenvectors of an (n, n) matrix, in units of n³


class EmbeddingMeter:
    """One fixed set of samples, seen by every layer at each measurement.

    The pictures are those of the first of several seeds; what is one number a layer is measured
    for all.

    Args:
        config: The settings.
        n_seeds: Networks trained together.
    """

    gradients: frozenset[str] = frozenset()
    watches: frozenset[str] = frozenset()

    def __init__(self, config: EmbeddingConfig, *, n_seeds: int) -> None:
        self._config = config
        self._class_names: tuple[str, ...] = ()
        self._grid: Float64 = np.empty(0)
        self._scores: Float64 = np.empty((0, 0, 2))  # of the last measurement, (L+1, n, 2)

    def samples(self, data: Dataset, *, seed: int, device: torch.device) -> Mapping[str, Samples]:
        """A random subset, of which `begin` takes as many as a measurement has room for."""
        part = self._config.samples
        n_there = len(data.x_train if part == "train" else data.x_test)
        n = min(self._config.n_samples or _USUAL, n_there)
        rows = np.random.default_rng([seed, 2]).permutation(n_there)[:n]
        self._class_names = data.class_names
        return {_DRAWN: Samples.of(data, part, device, rows)}

    def begin(self, snapshots: Sequence[Snapshot]) -> Coordinates:
        """How many samples, the values of 1/δ, and what never changes: the labels."""
        layers = snapshots[0].layers(_DRAWN)
        n = self._n_samples(len(layers), snapshots[0].samples[_DRAWN])
        self._scores = np.zeros((len(layers), n, 2))
        self._grid = self._grid_for(layers, snapshots[0].samples[_DRAWN].y)
        found: dict[str, Any] = {
            "inverse_delta": self._grid,
            "sample": np.arange(n, dtype=np.float64),
        }
        drawn = snapshots[0].samples[_DRAWN]
        if drawn.labels is None:
            return found | {"target": drawn.y[:n, 0].cpu().numpy().astype(np.float64)}
        n_classes = drawn.y.shape[1]
        names = self._class_names or tuple(map(str, range(n_classes)))
        labels = drawn.labels[:n].cpu().numpy().astype(np.float64)
        return found | {"class": tuple(names), "label": labels}

    def watch(self, snapshot: Snapshot) -> None:
        """Nothing between measurements."""

    def read(self, snapshot: Snapshot) -> Mapping[str, NDArray[Any]]:
        """How far each layer spreads and how much of that its labels explain; the pictures."""
        n = self._scores.shape[1]
        drawn = snapshot.samples[_DRAWN]
        y = drawn.y[:n].cpu().numpy().astype(np.float64)
        layers = [_on_host(layer[:n]) for layer in snapshot.layers(_DRAWN)]
        grams = [plane.gram(x) for x in layers]
        flat = [plane.scores(k) for k in grams]
        totals = np.array([np.trace(k) for k in grams])
        shown = np.array([np.square(s).sum() for s in flat])
        arrays = {
            "spread": np.sqrt(totals / n),
            "shown_share": np.divide(
                shown, totals, out=np.full_like(totals, np.nan), where=totals > 0
            ),
            "labels_share": np.array([plane.labels_share(k, y) for k in grams]),
        }
        if snapshot.member:
            return arrays
        return arrays | {"scores": self._placed(flat)} | self._smoothed(layers, drawn, y)

    def facts(self) -> Mapping[str, JsonValue]:
        """How many samples are drawn."""
        return {"n_drawn": self._scores.shape[1]}

    def state(self) -> State:
        """The values of 1/δ, and the last scores, onto which the next ones are turned."""
        return {"inverse_delta": self._grid, "scores": self._scores}

    def restore(self, state: State) -> None:
        """Continue from such a state."""
        self._grid = np.array(state["inverse_delta"], np.float64)
        self._scores = np.array(state["scores"], np.float64)

    def cost(self, sizes: Sizes) -> float:
        """Products and eigenvectors of an (n, n) matrix, and the filter, in every layer."""
        n = min(self._config.n_samples or _USUAL, sizes.n_train)
        return sum(n**2 * (4 * width + _EIGEN * n) for width in sizes.widths)

    def _placed(self, flat: Sequence[Float64]) -> Float64:
        """Scores in units of each layer's spread, turned as the last ones were."""
        found = np.zeros_like(self._scores)
        for layer, scores in enumerate(flat):
            size = plane.spread(scores)
            if size > 0:  # a layer that gives the same for all keeps its place for later
                found[layer] = plane.turned(scores / size, self._scores[layer])
                self._scores[layer] = found[layer]
        return found.round(_DIGITS) + 0.0  # no -0

    def _smoothed(
        self, layers: Sequence[NDArray[np.float32]], drawn: Samples, y: Float64
    ) -> dict[str, NDArray[Any]]:
        """What is drawn of the smoothed labels: the class that leads and its share, or a value."""
        low = np.stack([
            lowpass.low_pass(
                lowpass.normalize(x, self._config.scaling), y, self._grid, backend="cpu"
            )
            for x in layers
        ])  # (L+1, m, n, c)
        if drawn.labels is None:
            return {"smoothed": low[..., 0].astype(np.float64).round(4)}
        return {
            "leading": low.argmax(axis=-1).astype(np.int16),
            "leading_share": (100 * low.max(axis=-1)).round().astype(np.int16),
        }

    def _n_samples(self, n_layers: int, drawn: Samples) -> int:
        """Samples that a measurement has room for.

        Raises:
            ConfigError: More are asked for.
        """
        a_sample = n_layers * (2 + (1 if drawn.labels is None else 2) * self._config.n_grid)
        rest = 3 * n_layers
        there, wanted = len(drawn.x), self._config.n_samples
        if wanted is None:
            n = min(there, int(_SHARE * MOST_NUMBERS - rest) // a_sample)
            if n >= 2:
                return n
        elif rest + min(wanted, there) * a_sample <= MOST_NUMBERS:
            return there
        most = (MOST_NUMBERS - rest) // a_sample
        asked = "" if wanted is None else f"n_samples is {wanted} and "
        more = f"Use at most {most} samples, or a" if most >= 2 else "Use a"
        raise ConfigError(
            f"instruments.embedding: {asked}n_grid is {self._config.n_grid}; with layers 0 to "
            f"{n_layers - 1} a measurement would hold "
            f"{rest + min(wanted or 2, there) * a_sample} numbers, and allowed are {MOST_NUMBERS}. "
            f"{more} smaller n_grid"
        )

    def _grid_for(self, layers: Sequence[Tensor], y: Tensor) -> Float64:
        """Even ratios up to where labels are as they are in every hidden layer before training.

        Raises:
            ConfigError: The grid would start above its end.
        """
        lower, upper, m = self._config.lower, self._config.upper, self._config.n_grid
        if upper is None:
            normalize = self._config.scaling
            upper = max(lowpass.automatic_range(h, y, normalize=normalize) for h in layers[1:])
        if lower is None:
            lower = upper / _SPAN
        if lower >= upper:
            raise ConfigError(
                f"instruments.embedding.lower is {lower:g}, and labels are as they are from 1/δ = "
                f"{upper:g} on. Give a smaller one, or set instruments.embedding.upper"
            )
        return np.geomspace(lower, upper, m) if m > 1 else np.array([np.sqrt(lower * upper)])


def _on_host(layer: Tensor) -> NDArray[np.float32]:
    """A layer's output (n, width) as NumPy; 0 where it is no number any more."""
    found: NDArray[np.float32] = layer.detach().float().cpu().numpy()
    return found if np.isfinite(found).all() else np.zeros_like(found)


INSTRUMENT = EmbeddingMeter

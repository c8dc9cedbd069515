"""The measurements of one run as the columns that figures draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deepfreq_core.records import Float64, Measurement

SCALARS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")


@dataclass(frozen=True, slots=True)
class RunSeries:
    """One run, t measurements of L hidden layers on a grid of m values of 1/δ.

    Attributes:
        layer_names: Names of the raw input (layer 0) and of hidden layers 1…L, (L+1,).
        inverse_delta: Grid of 1/δ, (m,), increasing.
        epoch: (t,), increasing; 0 is before training.
        lfr: Low-frequency ratio, (t, L+1, m).
        rdf: Its derivative along 1/δ, (t, L+1, m).
        lfr_error: Standard error of `lfr` where rows were sampled; None where exact.
        rdf_error: The same for `rdf`.
        scalars: Numbers by name, (t,); NaN where a measurement has none.
        gradient_norm: One a layer of weights, (t, L+1).
    """

    layer_names: tuple[str, ...]
    inverse_delta: Float64
    epoch: Float64
    lfr: Float64
    rdf: Float64
    lfr_error: Float64 | None
    rdf_error: Float64 | None
    scalars: Mapping[str, Float64]
    gradient_norm: Float64

    @property
    def n_layers(self) -> int:
        """L, the number of hidden layers."""
        return len(self.layer_names) - 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing has been measured yet."""
        return self.epoch.size == 0

    @classmethod
    def empty(cls, layer_names: Sequence[str]) -> RunSeries:
        """A run of which nothing is known but its layers."""
        none = np.empty(0)
        n_layers = len(layer_names) - 1
        return cls(
            layer_names=tuple(layer_names),
            inverse_delta=none,
            epoch=none,
            lfr=np.empty((0, n_layers + 1, 0)),
            rdf=np.empty((0, n_layers + 1, 0)),
            lfr_error=None,
            rdf_error=None,
            scalars={name: none for name in SCALARS},
            gradient_norm=np.empty((0, n_layers + 1)),
        )

    @classmethod
    def of(cls, measurements: Sequence[Measurement], layer_names: Sequence[str]) -> RunSeries:
        """Columns of the measurements of one run, in order."""
        if not measurements:
            return cls.empty(layer_names)
        arrays = [measurement.arrays for measurement in measurements]
        sampled = "lfr_se" in arrays[0]
        no_gradient = np.full(len(layer_names), np.nan)
        return cls(
            layer_names=tuple(layer_names),
            inverse_delta=arrays[0]["inverse_delta"],
            epoch=np.array([measurement.epoch for measurement in measurements], dtype=np.float64),
            lfr=np.stack([array["lfr"] for array in arrays]),
            rdf=np.stack([array["rdf"] for array in arrays]),
            lfr_error=np.stack([array["lfr_se"] for array in arrays]) if sampled else None,
            rdf_error=np.stack([array["rdf_se"] for array in arrays]) if sampled else None,
            scalars={
                name: np.array([m.scalars.get(name, np.nan) for m in measurements])
                for name in SCALARS
            },
            gradient_norm=np.stack([array.get("gradient_norm", no_gradient) for array in arrays]),
        )

"""Frozen results that experiments produce, stores keep and figures draw.

Axes, everywhere: layer l = 0…L first (layer 0 is the raw input), then the grid of 1/δ.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64: TypeAlias = NDArray[np.float64]
JsonValue: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class RatioCurve:
    """LFR and RDF over one grid of 1/δ.

    Attributes:
        inverse_delta: Grid of 1/δ, (m,), increasing, in inverse squared units of x.
        low_frequency_ratio: LFR on that grid, (m,).
        ratio_density: Exact dLFR/d(1/δ) on that grid, (m,); can be negative.
        standard_error: Standard errors of the sampled estimate, {"low_frequency_ratio": (m,),
            "ratio_density": (m,)}; None where the sum was exact.
        backend: Name of the backend that did the sweep.
        n_rows: Rows i that the sum ran over; n when exact.
    """

    inverse_delta: Float64
    low_frequency_ratio: Float64
    ratio_density: Float64
    standard_error: Mapping[str, Float64] | None
    backend: str
    n_rows: int


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one experiment found at one moment of training.

    Attributes:
        epoch: Full passes over the training data so far; 0 is before training.
        step: Optimiser steps so far.
        scalars: Numbers by name, for example `train_loss`, `test_accuracy`.
        arrays: Float arrays by name, for example `inverse_delta` (m,), `lfr` and `rdf` (L+1, m),
            `gradient_norm` (L+1,). NaN marks a value that does not exist.
        facts: What is true of the whole run (backend, device, layer names, versions), JSON
            values; given once, with the first measurement after each start.
    """

    epoch: int
    step: int
    scalars: Mapping[str, float]
    arrays: Mapping[str, Float64]
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, between two measurements; may be dropped without loss."""

    epoch: float
    step: int
    n_epochs: int

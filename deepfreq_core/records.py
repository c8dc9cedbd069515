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
class FilteredEnergies:
    """How much of some numbers r at samples x passes the filter, over one grid of 1/δ.

    Attributes:
        inverse_delta: Grid of 1/δ, (m,), increasing, in inverse squared units of x.
        low: Σ_i ‖r_low,i‖², (m,).
        cross: Σ_i r_i·r_low,i, (m,).
        high: Σ_i ‖r_i − r_low,i‖², (m,): total − 2 cross + low, summed by itself.
        total: Σ_i ‖r_i‖².
        self_weight: Mean over i of the weight G_ii/Σ_j G_ij that a sample gives itself, (m,).
        backend: Name of the backend that did the sweep.
    """

    inverse_delta: Float64
    low: Float64
    cross: Float64
    high: Float64
    total: float
    self_weight: Float64
    backend: str


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one experiment found at one moment of its clock.

    Attributes:
        at: The clock: epochs of training, a cut-off, …; the schema says which.
        scalars: Numbers by name, for example `train_loss`; an instrument's stand under its name,
            `instrument/number`.
        arrays: Arrays by name, for example `layers/lfr`, with the dims that the schema says. NaN
            marks a value that does not exist.
        coordinates: Values along the dims, and arrays that never change; given once a run, with
            its first measurement.
        facts: What is true of the whole run (backend, device, versions), JSON values; given once,
            with the first measurement after each start.
    """

    at: float
    scalars: Mapping[str, float]
    arrays: Mapping[str, Float64]
    coordinates: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, between two measurements; may be dropped without loss.

    Attributes:
        at: The clock, fractional.
        end: Where it stops at the latest.
    """

    at: float
    end: float

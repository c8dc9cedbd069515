"""Where the samples lie and how large they are, and which precision their distances need."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepfreq_core.lowpass._plan import Float64

_SCALE_SAMPLES = 256
# Rounding of a float32 product changes r² by about 2e-7·‖x‖², so E = βr²/2 by 1e-7·β‖x‖². With
# random signs over n ≥ 512 samples LFR keeps 1e-5 up to this β·mean‖x‖²; see docs/filter.md.
_FLOAT32_LIMIT = 1000.0
LARGEST_SQ_NORM = 1e30
_SMALL = 512  # samples below which float64 costs nothing that anyone would notice


def subsample(x: Any) -> Any:
    """At most 256 evenly spaced rows of x, NumPy or CuPy, float64."""
    return x[:: -(-len(x) // _SCALE_SAMPLES)].astype(np.float64)


def centre_and_exponent(few: Float64, scale: Float64) -> tuple[Float64, float]:
    """A point amid the samples `few`, and e such that (x − centre)/(2^e · scale) is near 1.

    Any point near the mean serves; a subsample's mean costs nothing. The same for the scale.
    """
    centre = few.mean(axis=0)
    spread = float((((few - centre) / scale) ** 2).sum(axis=1).mean())
    return centre, float(np.round(np.log2(spread) / 2)) if spread > 0 else 0.0


def needs_float64(n: int, demand: float) -> bool:
    """Whether products in float32 could break the promised accuracy; demand is β·mean‖x‖²."""
    return n < _SMALL or demand > _FLOAT32_LIMIT

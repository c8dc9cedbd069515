"""One number for the frequency of an effective target function.

LFR rises along 1/δ from a floor (all that is left of y is its mean) to 1 (every sample alone), so

    F(1/δ) = (LFR − floor) / (1 − floor)

is how much of the varying part of y has passed. The 1/δ where F = 1/2 is the *half-energy* point.
We take the half-energy point and not the peak or the mean of RDF because it needs no smoothing,
does not move when the grid is made longer, and is defined where RDF is flat or negative.

For y = sin(k x) on the line, LFR = exp(−k²δ): the half-energy point is k²/ln 2. The *equivalent
frequency* √(ln 2 · (1/δ)½) is therefore exactly k, the angular frequency of the pure wave that
passes the filter half as this target does. This is our definition, not the papers'.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.records import Float64

FLOOR = "lfr_floor"  # the fact of a run that holds it


def label_floor(y: NDArray[np.floating]) -> float:
    """LFR of these labels as 1/δ → 0, the same for every layer: ‖mean y‖²/mean‖y‖².

    Args:
        y: Labels of the measured samples, (n, c).

    Returns:
        Between 0 and 1.
    """
    y = y.astype(np.float64)
    return float(np.square(y.mean(0)).sum() / np.square(y).sum(1).mean())


def half_energy_inverse_delta(
    inverse_delta: Float64, lfr: Float64, floor: float | None = None
) -> Float64:
    """1/δ at which half of the varying part of the target has passed, by linear interpolation.

    Args:
        inverse_delta: Grid of 1/δ, (m,), increasing.
        lfr: LFR on that grid, (..., m).
        floor: LFR as 1/δ → 0, that is ‖mean y‖²/mean‖y‖²; `label_floor` gives it. None, for
            runs that did not keep it, takes the first grid value: exact where the grid starts at
            0, and wrong where it starts so high that much has passed there already.

    Returns:
        (...) values in the units of 1/δ: NaN where the grid ends before the half-energy point,
        the first grid value where it is already passed there.
    """
    curves = np.asarray(lfr, dtype=np.float64)
    start = curves[..., :1] if floor is None else np.full_like(curves[..., :1], floor)
    with np.errstate(invalid="ignore", divide="ignore"):
        passed = (curves - start) / (1.0 - start)
    flat = passed.reshape(-1, passed.shape[-1])
    found = np.array([_first_crossing(inverse_delta, row, 0.5) for row in flat])
    return found.reshape(passed.shape[:-1])


def equivalent_frequency(
    inverse_delta: Float64, lfr: Float64, floor: float | None = None
) -> Float64:
    """Angular frequency of the pure wave with the same half-energy point; NaN beyond the grid.

    Args:
        inverse_delta: Grid of 1/δ, (m,), increasing.
        lfr: LFR on that grid, (..., m).
        floor: See `half_energy_inverse_delta`.

    Returns:
        (...) values in inverse units of the (normalised) samples.
    """
    return np.sqrt(math.log(2.0) * half_energy_inverse_delta(inverse_delta, lfr, floor))


def _first_crossing(grid: Float64, values: NDArray[np.float64], level: float) -> float:
    above = np.flatnonzero(values >= level)
    if above.size == 0 or np.isnan(values).any():
        return math.nan
    k = int(above[0])
    if k == 0:
        return float(grid[0])
    share = (level - values[k - 1]) / (values[k] - values[k - 1])
    return float(grid[k - 1] + share * (grid[k] - grid[k - 1]))


def is_logarithmic(grid: Float64) -> bool:
    """Whether a grid of 1/δ, (m,), runs in even ratios; its values may be rounded."""
    if grid.size < 3 or grid[0] <= 0:
        return False
    steps = np.diff(np.log(grid))
    return bool(np.isclose(steps[0], steps[-1], rtol=0.05, atol=0))

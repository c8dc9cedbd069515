"""Grids of 1/δ, and the range of 1/δ in which anything happens."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import ConfigError

_ROWS = 500
_TARGET = 0.9


def linear_grid(lo: float, hi: float, m: int) -> NDArray[np.float64]:
    """Values of 1/δ evenly from lo to hi, both included; (m,).

    Raises:
        ConfigError: Not 0 ≤ lo < hi, or m < 1.
    """
    if m < 1 or not (0 <= lo < hi < np.inf or (m == 1 and 0 <= lo == hi < np.inf)):
        raise ConfigError(
            f"A linear grid needs 0 ≤ lo < hi and m ≥ 1; got lo={lo:g}, hi={hi:g}, m={m}. "
            "For example linear_grid(0.01, 0.2, 20)."
        )
    return np.linspace(lo, hi, m)


def doubling_grid(lo: float, hi: float) -> NDArray[np.float64]:
    """Values lo, 2·lo, 4·lo, … of 1/δ up to hi; (m,).

    Raises:
        ConfigError: Not 0 < lo ≤ hi.
    """
    if not 0 < lo <= hi < np.inf:
        raise ConfigError(
            f"A doubling grid needs 0 < lo ≤ hi; got lo={lo:g}, hi={hi:g}. "
            "For example doubling_grid(0.01, 1)."
        )
    n_doublings = int(np.floor(np.log2(hi / lo) + 1e-9))
    return np.asarray(lo * 2.0 ** np.arange(n_doublings + 1), np.float64)


def automatic_range(x: Any, y: Any, *, normalize: str = "none", seed: int = 0) -> float:
    """Upper end hi of a linear grid 0…hi of 1/δ on which LFR rises from its floor to about 0.9.

    The rule: at most 500 samples are drawn as rows i; all stay as columns j, because LFR at one
    δ depends on how dense the samples lie. LFR is estimated where 1/δ doubles, from where the
    filter is the mean to where it is the identity. hi is where LFR has risen nine tenths of the
    way from its lowest to its highest value, but not above 0.9; rounded to two digits.

    Args:
        x: Samples, (n, d).
        y: Labels, (n, c).
        normalize: Normalisation the sweep will use.
        seed: Seed of the draw of rows.

    Returns:
        hi > 0, in inverse squared units of (normalised) x.

    Raises:
        ShapeError: x and y do not fit.
        ConfigError: x or y cannot be used.
    """  # noqa: DOC502
    from deepfreq_core.lowpass import _arrays, normalization, ratios

    samples = _arrays.take_samples(x)
    host = _arrays.to_host(samples.array)
    scale = _arrays.to_host(normalization.column_scale(host, normalize))
    chosen = host[:: -(-len(host) // _ROWS)].astype(np.float64) / scale
    sq_dist = float(2 * chosen.var(axis=0).sum())
    if sq_dist == 0:
        return 1.0
    # From 1/δ = 2^-6 of the mean squared distance, where LFR is at its floor.
    grid = doubling_grid(2.0**-6 / sq_dist, 2.0**16 / sq_dist)
    rows = min(len(host), _ROWS)

    def estimate(grid: NDArray[np.float64]) -> NDArray[np.float64]:
        curve = ratios.ratio_curve(x, y, grid, normalize=normalize, n_rows=rows, seed=seed)
        return curve.low_frequency_ratio

    lfr = estimate(grid)
    target = min(_TARGET, lfr.min() + 0.9 * (lfr.max() - lfr.min()))
    above = int(np.argmax(lfr >= target))
    if above == 0:
        return float(f"{2 / sq_dist:.1e}")
    finer = np.linspace(grid[above - 1], grid[above], 8)
    return float(f"{np.interp(target, estimate(finer), finer):.1e}")

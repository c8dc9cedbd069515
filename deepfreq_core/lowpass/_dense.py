"""Filtered labels by dense row panels, for NumPy and CuPy alike."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepfreq_core.lowpass._plan import Float64

_ROWS = 512


def filtered_labels(xp: Any, x: Any, y: Any, inverse_delta: Float64) -> Any:
    """y_low (m, n, c), in the floating type of x; `xp` is the module of x and y."""
    n = len(x)
    centred = x - x.mean(axis=0, dtype=np.float64).astype(x.dtype)
    # exp(−β r²/2) is wanted, not r²: scaling by a power of two keeps both in range.
    size = float(abs(centred).max())
    exponent = float(np.round(np.log2(size))) if size > 0 else 0.0
    centred = centred * x.dtype.type(2.0**-exponent)
    betas = inverse_delta * 4.0**exponent
    norms = (centred * centred).sum(axis=1)
    ones_and_labels = xp.concatenate([xp.ones((n, 1)), y], axis=1).astype(x.dtype)
    low = xp.empty((len(betas), n, y.shape[1]), x.dtype)
    for start in range(0, n, _ROWS):
        places = slice(start, min(start + _ROWS, n))
        sq_dist = centred[places] @ centred.T
        sq_dist *= -2
        sq_dist += norms[places, None]
        sq_dist += norms
        xp.maximum(sq_dist, 0, out=sq_dist)
        own = xp.arange(places.stop - start)
        sq_dist[own, start + own] = 0
        weights = xp.empty_like(sq_dist)
        for k, beta in enumerate(betas):
            xp.multiply(sq_dist, x.dtype.type(-beta / 2), out=weights)
            xp.exp(weights, out=weights)
            sums = weights @ ones_and_labels
            low[k, places] = sums[:, 1:] / sums[:, :1]
    return low

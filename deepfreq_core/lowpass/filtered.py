"""Low and high part of a residual: the public sweep behind e_low and e_high."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepfreq_core.lowpass import _arrays, normalization
from deepfreq_core.lowpass._plan import plan_grid, plan_weights
from deepfreq_core.lowpass.low_pass import get_backend
from deepfreq_core.records import FilteredEnergies


def filtered_energies(
    x: Any, r: Any, inverse_delta: Any, *, normalize: str = "none", backend: str = "auto"
) -> FilteredEnergies:
    """Energies of the low and the high part of r for each 1/δ, in one sweep.

    With r = y − h the errors of the paper are e_low = √low(r)/√low(y), e_high = √high(r)/√high(y).

    Args:
        x: Samples, (n, d).
        r: Numbers at the samples, (n, c) or (n,), any finite ones, also zeros: targets, or what a
            network misses of them.
        inverse_delta: Grid of 1/δ, (m,) or one number, increasing, ≥ 0, in inverse squared units
            of (normalised) x. Evenly spaced and doubling grids are the fast ones.
        normalize: One of `NORMALIZATIONS`, applied to x.
        backend: "auto", or a name from `available_backends()`.

    Returns:
        The energies; sums over samples are in float64, the products within them in float32.

    Raises:
        ShapeError: x and r do not fit.
        ConfigError: A value cannot be used.
        BackendUnavailable: The backend cannot run here.

    Source: Xu et al., arXiv:1901.06523, eq. 4–9.
    """  # noqa: DOC502
    chosen = get_backend(backend)
    normalization.check_method(normalize)
    samples = _arrays.take_samples(x).array
    residual = _arrays.take_labels(r, len(samples), name="r", all_zero=True)
    grid = _arrays.take_grid(inverse_delta)
    held = _arrays.for_backend(samples, chosen.name)
    scale = _arrays.to_host(normalization.column_scale(held, normalize))
    # Near 1, so that nothing is lost in float32; by a power of two, which rounds nothing.
    largest = float(np.abs(residual).max())
    exponent = int(np.frexp(largest)[1])
    labels = plan_weights(np.ldexp(residual, -exponent))
    low, cross, high, own = chosen.filtered_rows(held, scale, labels, plan_grid(grid))
    sums = np.ldexp(np.stack([rows.sum(axis=0) for rows in (low, cross, high)]), 2 * exponent)
    return FilteredEnergies(
        inverse_delta=grid,
        low=sums[0],
        cross=sums[1],
        high=sums[2],
        total=float(np.ldexp(labels.energy, 2 * exponent)),
        self_weight=own.mean(axis=0),
        backend=chosen.name,
    )

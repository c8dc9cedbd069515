"""Compiled loops over samples and the squared distances between them.

Plain arithmetic on buffers that the caller owns, as in `_cpu_kernels`; none calls another one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from deepfreq_core.spectrum._kernel_cache import REDUCE, compiled

_FAR = 1e30


@compiled(fastmath={"contract"})
def products_to_sq_dist(product: Any, norm_i: Any, norm_j: Any, own: Any, out: Any) -> None:
    """‖x_i‖² + ‖x_j‖² − 2 x_i·x_j, not below 0; and 0 in column own[i], where that is ≥ 0.

    Nothing is farther than 1e30 (in units of the samples' own spread): 0 · r² must stay 0.
    """
    two = product.dtype.type(2)
    zero, far = product.dtype.type(0), product.dtype.type(_FAR)
    for i in range(product.shape[0]):
        source, target, norm = product[i], out[i], norm_i[i]
        for j in range(source.shape[0]):
            target[j] = np.float32(min(max(norm + norm_j[j] - two * source[j], zero), far))
        if own[i] >= 0:
            target[own[i]] = 0


@compiled(fastmath={"contract"})
def direct_sq_dist(xi: Any, xj: Any, row: Any, out: Any) -> None:
    """Σ_a (x_ia − x_ja)² in float64 without the shortcut, for a few input dimensions.

    `xi` (rows, d) and `xj` (d, columns), float64; `row` is scratch (columns,), float64.
    """
    for i in range(xi.shape[0]):
        row[:] = 0
        for a in range(xi.shape[1]):
            centre = xi[i, a]
            column = xj[a]
            for j in range(row.shape[0]):
                difference = centre - column[j]
                row[j] += difference * difference
        for j in range(row.shape[0]):
            out[i, j] = np.float32(min(row[j], _FAR))


@compiled(fastmath=REDUCE)
def gather(x: Any, order: Any, centre: Any, factor: Any, out: Any, norms: Any) -> None:
    """out_i = (x_order(i) − centre) · factor, and ‖out_i‖² summed in float64."""
    for i in range(order.shape[0]):
        source, target = x[order[i]], out[i]
        total = 0.0
        for a in range(source.shape[0]):
            value = (source[a] - centre[a]) * factor[a]
            target[a] = value
            total += float(target[a]) * float(target[a])
        norms[i] = total

"""Compiled loops of the CPU backend; nothing here allocates or holds the GIL.

Every function is plain arithmetic on buffers that its caller owns. The threads of a sweep are
ordinary Python threads, so no numba thread pool is ever started: safe after a fork and from any
thread. All loops live in this one file, because numba's disk cache only looks at the file of the
function that is called; ours also at `_cpu_instructions`.

Rows are taken LANES at a time, one in each lane of a vector: no sum ever runs across a vector, and
groups of any length need no padding. Layout of the weight sums: (strips, S, 2, M, LANES), float64;
index 0 of the third axis is S_isk, 1 is D_isk (see the table of `deepfreq_core.lowpass`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
from numba import njit

from deepfreq_core.lowpass import _cpu_instructions
from deepfreq_core.lowpass._cpu_instructions import (
    BLOCK,
    COLUMNS,
    FLUSH_BITS,
    LANES,
    PAIR,
    PAIR_SAMPLES,
    bits_of_float,
    float_of_bits,
    many_columns,
    pair_of_columns,
    pair_of_columns_of_four,
    power_sums,
    read_float_mode,
    set_float_mode,
    square_sum,
    weighted_sum,
)
from deepfreq_core.lowpass._kernel_cache import CheckedCache

CHUNK = 128  # columns of a strip at a time: three of them, 24 KB, fit into L1

# No flag for NaN or infinity: a sample far away must give 0, not anything.
_REDUCE = {"reassoc", "contract", "nsz"}
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(**options: Any) -> Callable[[_Function], _Function]:
    """`njit` without the GIL, cached on disk where any place for that can be written."""

    def wrap(function: _Function) -> _Function:
        compiled: Any = njit(function, nogil=True, **options)
        with suppress(RuntimeError):  # numba found no cache folder it can write
            # As its enable_caching does, with our checks.
            compiled._cache = CheckedCache(function, made_of=_cpu_instructions)
        return compiled  # type: ignore[no-any-return]

    return wrap


# exp(x) = 2^z · exp(f), |f| ≤ ln2/2, polynomial of Cephes' expf; 1.4 ulp for −87 ≤ x ≤ 0.
_LOG2_E = np.float32(1.4426950408889634)
_TO_INTEGER = np.float32(12582912.0)  # 1.5·2²³: adding it leaves the rounded integer in the bits
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_P0, _P1, _P2 = (
    np.float32(5.0000001201e-1),
    np.float32(1.6666665459e-1),
    np.float32(4.1665795894e-2),
)
_P3, _P4, _P5 = (
    np.float32(8.3334519073e-3),
    np.float32(1.3981999507e-3),
    np.float32(1.9875691500e-4),
)
_LOWEST, _ONE = np.float32(-87.0), np.float32(1.0)
_FAR = 1e30
_BIAS, _MANTISSA = np.int32(127), np.int32(23)


@_compiled(fastmath={"contract"})
def exp_negative(x: Any) -> Any:
    """exp(x) for x ≤ 0 in float32; 1.6e-38 below −87."""
    x = max(x, _LOWEST)
    shifted = x * _LOG2_E + _TO_INTEGER
    z = shifted - _TO_INTEGER
    f = (x - z * _LN2_HIGH) - z * _LN2_LOW
    p = ((((_P5 * f + _P4) * f + _P3) * f + _P2) * f + _P1) * f + _P0
    power = float_of_bits(np.int32((bits_of_float(shifted) + _BIAS) << _MANTISSA))
    return (p * (f * f) + f + _ONE) * power


@_compiled(fastmath=_REDUCE)
def _exp_row(beta: Any, q: Any, out: Any) -> None:
    for j in range(q.shape[0]):
        out[j] = exp_negative(-beta * q[j])


@_compiled()
def _copy(source: Any, target: Any) -> None:
    for j in range(source.shape[0]):
        target[j] = source[j]


@_compiled()
def _fill(target: Any, value: int) -> None:
    for j in range(target.shape[0]):
        target[j] = value


@_compiled()
def _chunk_sums(
    q: Any, weights: Any, beta: Any, runs: Any, step: Any, scratch: Any, group: int, sums: Any
) -> None:
    """Add some columns of a strip, all of one group, to the sums of its rows.

    Args:
        q: Squared distances, (n, LANES), float32, n ≤ CHUNK.
        weights: Label columns, (c, n), float32; c = 0 for groups.
        beta: 1/δ of every slot, (M,), float32.
        runs: (R, 2): slots first…last−1 that follow from one exp.
        step: Step of a linear grid, or negative: then factors are squared from slot to slot.
        scratch: (3, CHUNK, LANES), float32.
        group: s of the columns; 0 for weights, whose label columns are 1…c.
        sums: Weight sums, (S, 2, M, LANES), float64.
    """
    n = q.shape[0]
    g, p, w = scratch[0][:n], scratch[1][:n], scratch[2][:n]
    linear = step >= 0
    if linear:
        _exp_row(step, q.reshape(-1), g.reshape(-1))
    for r in range(runs.shape[0]):
        first, last = runs[r, 0], runs[r, 1]
        if beta[first] == 0:
            _fill(p.reshape(-1), 1)
        elif beta[first] == step:
            _copy(g.reshape(-1), p.reshape(-1))
        else:
            _exp_row(beta[first], q.reshape(-1), p.reshape(-1))
        if linear:
            for t in range(weights.shape[0]):
                for j in range(n):
                    for lane in range(LANES):
                        w[j, lane] = p[j, lane] * weights[t, j]
                for k in range(first, last, BLOCK):
                    power_sums(q, g, w, sums[t + 1, 0, k:], sums[t + 1, 1, k:])
            for k in range(first, last, BLOCK):
                power_sums(q, g, p, sums[group, 0, k:], sums[group, 1, k:])
        else:
            for k in range(first, last):
                for t in range(weights.shape[0]):
                    weighted_sum(q, weights[t], p, sums[t + 1, 0, k:], sums[t + 1, 1, k:])
                square_sum(q, q, p, sums[group, 0, k:], sums[group, 1, k:])


@_compiled()
def _chunk_columns(
    q: Any, weights: Any, beta: Any, runs: Any, step: Any, scratch: Any, sums: Any
) -> None:
    """Add some columns of a strip to the sums of its rows, without their derivatives.

    `weights` (blocks, n, COLUMNS or PAIR); sums (M, blocks · COLUMNS or PAIR, LANES); the rest as
    `_chunk_sums`.
    """
    n = q.shape[0]
    g, p = scratch[0][:n].reshape(-1), scratch[1][:n]
    flat = p.reshape(-1)
    linear = step >= 0
    whole = n - n % PAIR_SAMPLES
    if linear:
        _exp_row(step, q.reshape(-1), g)
    for r in range(runs.shape[0]):
        first, last = runs[r, 0], runs[r, 1]
        if beta[first] == 0:
            _fill(flat, 1)
        elif beta[first] == step:
            _copy(g, flat)
        else:
            _exp_row(beta[first], q.reshape(-1), flat)
        for k in range(first, last):
            if weights.shape[2] == PAIR:
                if whole:
                    pair_of_columns_of_four(p[:whole], weights[0, :whole], sums[k])
                if whole < n:
                    pair_of_columns(p[whole:], weights[0, whole:], sums[k])
            else:
                for b in range(weights.shape[0]):
                    many_columns(p, weights[b], sums[k, b * COLUMNS :])
            if k + 1 < last:
                _multiply(flat, g if linear else flat)


@_compiled()
def _multiply(target: Any, by: Any) -> None:
    for j in range(target.shape[0]):
        target[j] *= by[j]


@_compiled()
def _strip_sums(
    strip: Any, pieces: Any, weights: Any, beta: Any, runs: Any, step: Any, scratch: Any, sums: Any
) -> None:
    """Add all columns of a strip, (columns, LANES), to the sums of its rows.

    `pieces` (P, 3): first column, length, group; `weights` (c, columns); the rest as `_chunk_sums`,
    or as `_chunk_columns` where sums have three axes.
    """
    for a in range(pieces.shape[0]):
        first, length, group = pieces[a, 0], pieces[a, 1], pieces[a, 2]
        for start in range(first, first + length, CHUNK):
            stop = min(start + CHUNK, first + length)
            part = weights[:, start:stop]
            if sums.ndim == 3:  # known when this is compiled
                _chunk_columns(strip[start:stop], part, beta, runs, step, scratch, sums)
            else:
                _chunk_sums(strip[start:stop], part, beta, runs, step, scratch, group, sums)


@_compiled()
def tile_rows(
    tile: Any,
    pieces: Any,
    weights: Any,
    beta: Any,
    runs: Any,
    step: Any,
    scratch: Any,
    strip: Any,
    sums: Any,
) -> None:
    """Weight sums of the rows of a tile, over its columns, (strips, S, 2, M, LANES).

    `strip` is scratch, (columns, LANES), float32; the rest as `_strip_sums`. Lanes without a row
    get sums that mean nothing.
    """
    mode = read_float_mode()
    set_float_mode(mode | np.int32(FLUSH_BITS))
    n_rows, n_columns = tile.shape
    for b in range(sums.shape[0]):
        height = min(LANES, n_rows - b * LANES)
        if height < LANES:
            _fill(strip.reshape(-1), 0)
        for j in range(n_columns):
            for i in range(height):
                strip[j, i] = tile[b * LANES + i, j]
        _strip_sums(strip, pieces, weights, beta, runs, step, scratch, sums[b])
    set_float_mode(mode)


@_compiled()
def tile_columns(
    tile: Any,
    pieces: Any,
    weights: Any,
    beta: Any,
    runs: Any,
    step: Any,
    scratch: Any,
    strip: Any,
    sums: Any,
) -> None:
    """Weight sums of the columns of a tile, over its rows; `strip` is (rows, LANES)."""
    mode = read_float_mode()
    set_float_mode(mode | np.int32(FLUSH_BITS))
    n_rows, n_columns = tile.shape
    for b in range(sums.shape[0]):
        width = min(LANES, n_columns - b * LANES)
        if width < LANES:
            _fill(strip.reshape(-1), 0)
        for i in range(n_rows):
            for j in range(width):
                strip[i, j] = tile[i, b * LANES + j]
        _strip_sums(strip, pieces, weights, beta, runs, step, scratch, sums[b])
    set_float_mode(mode)


@_compiled(fastmath={"contract"})
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


@_compiled(fastmath={"contract"})
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


@_compiled(fastmath=_REDUCE)
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


@_compiled(fastmath=_REDUCE)
def row_energies(
    sums: Any, in_row_sum: Any, in_energy: Any, scratch: Any, energy: Any, slope: Any
) -> None:
    """‖y_low,i‖² and its derivative with respect to β, from the weight sums; `scratch` (4, M).

    Here k counts slots of one row, or slots and lanes of a strip: (strips, S, 2, M · LANES).

    With C = Σ_s a_s S_s and Y² = Σ_s b_s S_s² (a, b: `in_row_sum`, `in_energy`), and dS = −D/2:
    ‖y_low‖² = Y²/C²,  d‖y_low‖²/dβ = −(Σ_s b_s S_s D_s)/C² + Y² (Σ_s a_s D_s)/C³.
    """
    c, dc, total, product = scratch[0], scratch[1], scratch[2], scratch[3]
    for i in range(sums.shape[0]):
        scratch[:] = 0
        for s in range(sums.shape[1]):
            weight, moment, a, b = sums[i, s, 0], sums[i, s, 1], in_row_sum[s], in_energy[s]
            for k in range(c.shape[0]):
                c[k] += a * weight[k]
                dc[k] += a * moment[k]
                total[k] += b * weight[k] * weight[k]
                product[k] += b * weight[k] * moment[k]
        for k in range(energy.shape[1]):
            energy[i, k] = total[k] / (c[k] * c[k])
            slope[i, k] = (total[k] * dc[k] / c[k] - product[k]) / (c[k] * c[k])


@_compiled(fastmath=_REDUCE)
def filtered_rows(sums: Any, r: Any, out: Any) -> None:
    """What the filter makes of the residual of every row, from its column sums.

    Args:
        sums: (strips, M, 1 + c or more, LANES): C_i, then Σ_j G_ij r_j of each output.
        r: Residuals, (c, rows).
        out: (4, m, rows), m ≤ M: ‖r_low,i‖², r_i·r_low,i, ‖r_i − r_low,i‖² and 1/C_i. The third
            has a sum of its own: as a difference of the others it would be lost to rounding where
            little is left.
    """
    for k in range(out.shape[1]):
        low, cross, high, own = out[0, k], out[1, k], out[2, k], out[3, k]
        for i in range(r.shape[1]):
            here = sums[i // LANES, k]
            lane = i % LANES
            weight = 1 / here[0, lane]
            a = b = c = 0.0
            for t in range(r.shape[0]):
                passed = here[1 + t, lane] * weight
                given = float(r[t, i])
                a += passed * passed
                b += passed * given
                c += (given - passed) * (given - passed)
            low[i], cross[i], high[i], own[i] = a, b, c, weight

"""Compiled loops of the CPU backend; nothing here allocates or holds the GIL.

Every function is plain arithmetic on buffers that its caller owns. The threads of a sweep are
ordinary Python threads, so no numba thread pool is ever started: safe after a fork and from any
thread. All loops live in this one file, because numba's disk cache only looks at the file of the
function that is called.

Layout of the weight sums: (rows, S, 2, M), float64; index 0 of the third axis is S_isk, 1 is
D_isk (see the table of `deepfreq_core.spectrum`).
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from deepfreq_core.spectrum._kernel_cache import CheckedCache

LANES = 16
PAD = 32  # pieces are padded to whole unrolled vectors: LLVM handles 2 × 16 floats a turn
BLOCK = 4  # values of 1/δ per pass over a row: 2 × 4 sums and 3 operands fit in registers

# No flag for NaN or infinity: a sample far away must give 0, not anything.
_REDUCE = {"reassoc", "contract", "nsz"}
_X86 = platform.machine().lower() in {"x86_64", "amd64"}
_FLUSH_BITS = 0x8040  # MXCSR: flush-to-zero and denormals-are-zero

build_tools: Any = _cgutils
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _compiled(**options: Any) -> Callable[[_Function], _Function]:
    """`njit` without the GIL, cached on disk where any place for that can be written."""

    def wrap(function: _Function) -> _Function:
        compiled: Any = njit(function, nogil=True, **options)
        with suppress(RuntimeError):  # numba found no cache folder it can write
            compiled._cache = CheckedCache(function)  # as its enable_caching, with our checks
        return compiled  # type: ignore[no-any-return]

    return wrap


def _instruction(function: Callable[..., Any]) -> Any:
    """`intrinsic`, with a type."""
    return intrinsic(function)


@_instruction
def _float_of_bits(typing_context: Any, bits: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), build


@_instruction
def _bits_of_float(typing_context: Any, value: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), build


def _control_register(builder: Any, name: str, pointer: Any) -> None:
    function_type = ir.FunctionType(ir.VoidType(), [pointer.type])
    builder.call(build_tools.get_or_insert_function(builder.module, function_type, name), [pointer])


@_instruction
def _read_float_mode(typing_context: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if not _X86:
            return ir.Constant(ir.IntType(32), 0)
        mode = build_tools.alloca_once(builder, ir.IntType(32))
        as_bytes = builder.bitcast(mode, ir.IntType(8).as_pointer())
        _control_register(builder, "llvm.x86.sse.stmxcsr", as_bytes)
        return builder.load(mode)

    return types.int32(), build


@_instruction
def _set_float_mode(typing_context: Any, mode: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if _X86:
            held = build_tools.alloca_once_value(builder, args[0])
            as_bytes = builder.bitcast(held, ir.IntType(8).as_pointer())
            _control_register(builder, "llvm.x86.sse.ldmxcsr", as_bytes)
        return context.get_dummy_value()

    return types.void(types.int32), build


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
    power = _float_of_bits(np.int32((_bits_of_float(shifted) + _BIAS) << _MANTISSA))
    return (p * (f * f) + f + _ONE) * power


@_compiled(fastmath=_REDUCE)
def _exp_row(beta: Any, q: Any, out: Any) -> None:
    for j in range(q.shape[0]):
        out[j] = exp_negative(-beta * q[j])


@_compiled(fastmath=_REDUCE)
def _linear_sums(q: Any, g: Any, p: Any, sums: Any, first: int, last: int) -> None:
    """Add Σ p gᵗ and Σ p gᵗ q, t = 0, 1, …, to `sums`[:, first + t]; leaves the last p gᵗ in p."""
    for k in range(first, last, BLOCK):
        s0 = s1 = s2 = s3 = np.float32(0)
        d0 = d1 = d2 = d3 = np.float32(0)
        for j in range(q.shape[0]):
            a, h, r = p[j], g[j], q[j]
            s0 += a
            d0 += a * r
            a *= h
            s1 += a
            d1 += a * r
            a *= h
            s2 += a
            d2 += a * r
            a *= h
            s3 += a
            d3 += a * r
            p[j] = a * h
        sums[0, k] += s0
        sums[0, k + 1] += s1
        sums[0, k + 2] += s2
        sums[0, k + 3] += s3
        sums[1, k] += d0
        sums[1, k + 1] += d1
        sums[1, k + 2] += d2
        sums[1, k + 3] += d3


@_compiled(fastmath=_REDUCE)
def _square_sums(q: Any, p: Any, sums: Any, first: int, last: int) -> None:
    """The same for p, p², p⁴, …: a grid on which 1/δ doubles."""
    for k in range(first, last):
        s = d = np.float32(0)
        for j in range(q.shape[0]):
            a = p[j]
            s += a
            d += a * q[j]
            p[j] = a * a
        sums[0, k] += s
        sums[1, k] += d


@_compiled(fastmath=_REDUCE)
def _weighted_square_sums(q: Any, p: Any, y: Any, sums: Any, first: int, last: int) -> None:
    """The same with a label column y; p itself is left as it was."""
    for k in range(first, last):
        s = d = np.float32(0)
        for j in range(q.shape[0]):
            a = p[j]
            for _ in range(k - first):
                a *= a
            a *= y[j]
            s += a
            d += a * q[j]
        sums[0, k] += s
        sums[1, k] += d


@_compiled(fastmath=_REDUCE)
def _times(a: Any, b: Any, out: Any) -> None:
    for j in range(out.shape[0]):
        out[j] = a[j] * b[j]


@_compiled()
def _copy(source: Any, target: Any) -> None:
    for j in range(source.shape[0]):
        target[j] = source[j]


@_compiled()
def _fill(target: Any, value: int) -> None:
    for j in range(target.shape[0]):
        target[j] = value


@_compiled()
def _row_sums(
    row: Any, pieces: Any, weights: Any, beta: Any, runs: Any, step: Any, scratch: Any, sums: Any
) -> None:
    """Add one row of a tile of squared distances to its weight sums.

    Args:
        row: Squared distances, (columns,), float32.
        pieces: (P, 5): first column, length, place and end in the padded row, group s.
        weights: Label columns on the padded row, (c, padded); c = 0 for groups.
        beta: 1/δ of every slot, (M,), float32.
        runs: (R, 2): slots first…last−1 that follow from one exp.
        step: Step of a linear grid, or negative: then factors are squared from slot to slot.
        scratch: Four rows, (4, padded), float32.
        sums: Weight sums of this row, (S, 2, M), float64.
    """
    q, g, p, w = scratch[0], scratch[1], scratch[2], scratch[3]
    for a in range(pieces.shape[0]):
        source, length, place, end = pieces[a, 0], pieces[a, 1], pieces[a, 2], pieces[a, 3]
        _copy(row[source : source + length], q[place : place + length])
        _fill(q[place + length : end], 0)
    linear = step >= 0
    if linear:
        _exp_row(step, q, g)
    for r in range(runs.shape[0]):
        first, last = runs[r, 0], runs[r, 1]
        if beta[first] == 0:
            _fill(p, 1)
        elif beta[first] == step:
            _copy(g, p)
        else:
            _exp_row(beta[first], q, p)
        for a in range(pieces.shape[0]):
            _fill(p[pieces[a, 2] + pieces[a, 1] : pieces[a, 3]], 0)
        for t in range(weights.shape[0]):
            if linear:
                _times(p, weights[t], w)
                _linear_sums(q, g, w, sums[t + 1], first, last)
            else:
                _weighted_square_sums(q, p, weights[t], sums[t + 1], first, last)
        for a in range(pieces.shape[0]):
            place, end, group = pieces[a, 2], pieces[a, 3], pieces[a, 4]
            if linear:
                _linear_sums(q[place:end], g[place:end], p[place:end], sums[group], first, last)
            else:
                _square_sums(q[place:end], p[place:end], sums[group], first, last)


@_compiled()
def tile_rows(
    tile: Any, pieces: Any, weights: Any, beta: Any, runs: Any, step: Any, scratch: Any, sums: Any
) -> None:
    """Weight sums of the rows of a tile, over its columns; arguments as `_row_sums`."""
    mode = _read_float_mode()
    _set_float_mode(mode | np.int32(_FLUSH_BITS))
    for i in range(tile.shape[0]):
        _row_sums(tile[i], pieces, weights, beta, runs, step, scratch, sums[i])
    _set_float_mode(mode)


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
    """Weight sums of the columns of a tile, over its rows: the transposed tile, strip by strip.

    `strip` is scratch, (LANES, rows), float32; the rest as `_row_sums`, with rows for columns.
    """
    mode = _read_float_mode()
    _set_float_mode(mode | np.int32(_FLUSH_BITS))
    n_rows, n_columns = tile.shape
    for j0 in range(0, n_columns, LANES):
        width = min(LANES, n_columns - j0)
        if width == LANES:
            for i in range(n_rows):
                for j in range(LANES):
                    strip[j, i] = tile[i, j0 + j]
        else:
            for i in range(n_rows):
                for j in range(width):
                    strip[j, i] = tile[i, j0 + j]
        for j in range(width):
            _row_sums(strip[j], pieces, weights, beta, runs, step, scratch, sums[j0 + j])
    _set_float_mode(mode)


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

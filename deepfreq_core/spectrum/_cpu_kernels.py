"""Compiled loops of the CPU backend; nothing here allocates or holds the GIL.

Every function is plain arithmetic on buffers that its caller owns. The threads of a sweep are
ordinary Python threads, so no numba thread pool is ever started: safe after a fork and from any
thread. All loops that call one another live in this one file, because numba's disk cache only looks
at the file of the function that is called.

Rows are taken LANES at a time, one in each lane of a vector: no sum ever runs across a vector, and
groups of any length need no padding. Layout of the weight sums: (strips, S, 2, M, LANES), float64;
index 0 of the third axis is S_isk, 1 is D_isk (see the table of `deepfreq_core.spectrum`).
"""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import binding, ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

from deepfreq_core.spectrum._kernel_cache import REDUCE, compiled

# One register of floats: 2 × 4 sums and 3 operands then fit into the registers of a processor.
LANES = 16 if binding.get_host_cpu_features().get("avx512f") else 8
CHUNK = 128  # columns of a strip at a time: three of them, 24 KB, fit into L1
BLOCK = 4  # values of 1/δ per pass over a chunk

_X86 = platform.machine().lower() in {"x86_64", "amd64"}
_FLUSH_BITS = 0x8040  # MXCSR: flush-to-zero and denormals-are-zero

build_tools: Any = _cgutils


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


_LANE_FLAGS = ("contract", "nsz")
_VECTOR, _WIDE = ir.VectorType(ir.FloatType(), LANES), ir.VectorType(ir.DoubleType(), LANES)


def _lane_sums(advance: str, n_slots: int) -> Any:
    """A loop over the columns of a chunk that keeps the sums of all lanes in registers.

    The intrinsic takes q (n, LANES), a factor, p (n, LANES), and S and D of the first slot,
    (n_slots, LANES), n ≥ 1. With a = p at first, it adds Σ a and Σ a q to S and D of every slot.
    From slot to slot and in the end to p:

        "power"   a ← a · factor, which is (n, LANES)
        "square"  a ← a²; the factor is not read
        "weight"  a = p · factor, which is (n,), for one slot; p stays as it was
    """

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, args, strict=True)
        ]
        q, factor, p, s, d = (array.data for array in arrays)
        (count, *_) = build_tools.unpack_tuple(builder, arrays[0].shape)
        lanes, one = ir.Constant(count.type, LANES), ir.Constant(count.type, 1)

        def vector(base: Any, index: Any, kind: Any = _VECTOR) -> Any:
            return builder.bitcast(builder.gep(base, [index]), kind.as_pointer())

        before = builder.block
        loop = builder.append_basic_block("columns")
        after = builder.append_basic_block("columns_done")
        builder.branch(loop)
        builder.position_at_end(loop)
        j = builder.phi(count.type)
        j.add_incoming(ir.Constant(count.type, 0), before)
        old = [builder.phi(_VECTOR) for _ in range(2 * n_slots)]
        for phi in old:
            phi.add_incoming(ir.Constant(_VECTOR, [0.0] * LANES), before)
        place = builder.mul(j, lanes)
        r = builder.load(vector(q, place), align=4)
        a = builder.load(vector(p, place), align=4)
        if advance == "power":
            h = builder.load(vector(factor, place), align=4)
        elif advance == "weight":
            weight = builder.load(builder.gep(factor, [j]))
            h = ir.Constant(_VECTOR, ir.Undefined)
            for lane in range(LANES):
                h = builder.insert_element(h, weight, ir.Constant(ir.IntType(32), lane))
            a = builder.fmul(a, h, flags=_LANE_FLAGS)
        new = []
        for slot in range(n_slots):
            moment = builder.fmul(a, r, flags=_LANE_FLAGS)
            new.append(builder.fadd(old[2 * slot], a, flags=_LANE_FLAGS))
            new.append(builder.fadd(old[2 * slot + 1], moment, flags=_LANE_FLAGS))
            if advance != "weight":
                a = builder.fmul(a, a if advance == "square" else h, flags=_LANE_FLAGS)
        if advance != "weight":
            builder.store(a, vector(p, place), align=4)
        following = builder.add(j, one)
        j.add_incoming(following, loop)
        for phi, value in zip(old, new, strict=True):
            phi.add_incoming(value, loop)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
        builder.position_at_end(after)
        for index, value in enumerate(new):
            start = ir.Constant(count.type, index // 2 * LANES)
            kept = vector((s, d)[index % 2], start, _WIDE)
            total = builder.fadd(builder.load(kept, align=8), builder.fpext(value, _WIDE))
            builder.store(total, kept, align=8)
        return context.get_dummy_value()

    def lane_sums(typing_context: Any, q: Any, factor: Any, p: Any, s: Any, d: Any) -> Any:
        return types.void(q, factor, p, s, d), build

    return _instruction(lane_sums)


_power_sums = _lane_sums("power", BLOCK)
_square_sum = _lane_sums("square", 1)
_weighted_sum = _lane_sums("weight", 1)


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
_BIAS, _MANTISSA = np.int32(127), np.int32(23)


@compiled(fastmath={"contract"})
def exp_negative(x: Any) -> Any:
    """exp(x) for x ≤ 0 in float32; 1.6e-38 below −87."""
    x = max(x, _LOWEST)
    shifted = x * _LOG2_E + _TO_INTEGER
    z = shifted - _TO_INTEGER
    f = (x - z * _LN2_HIGH) - z * _LN2_LOW
    p = ((((_P5 * f + _P4) * f + _P3) * f + _P2) * f + _P1) * f + _P0
    power = _float_of_bits(np.int32((_bits_of_float(shifted) + _BIAS) << _MANTISSA))
    return (p * (f * f) + f + _ONE) * power


@compiled(fastmath=REDUCE)
def _exp_row(beta: Any, q: Any, out: Any) -> None:
    for j in range(q.shape[0]):
        out[j] = exp_negative(-beta * q[j])


@compiled()
def _copy(source: Any, target: Any) -> None:
    for j in range(source.shape[0]):
        target[j] = source[j]


@compiled()
def _fill(target: Any, value: int) -> None:
    for j in range(target.shape[0]):
        target[j] = value


@compiled()
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
                    _power_sums(q, g, w, sums[t + 1, 0, k:], sums[t + 1, 1, k:])
            for k in range(first, last, BLOCK):
                _power_sums(q, g, p, sums[group, 0, k:], sums[group, 1, k:])
        else:
            for k in range(first, last):
                for t in range(weights.shape[0]):
                    _weighted_sum(q, weights[t], p, sums[t + 1, 0, k:], sums[t + 1, 1, k:])
                _square_sum(q, q, p, sums[group, 0, k:], sums[group, 1, k:])


@compiled()
def _strip_sums(
    strip: Any, pieces: Any, weights: Any, beta: Any, runs: Any, step: Any, scratch: Any, sums: Any
) -> None:
    """Add all columns of a strip, (columns, LANES), to the sums of its rows.

    `pieces` (P, 3): first column, length, group; `weights` (c, columns); the rest as `_chunk_sums`.
    """
    for a in range(pieces.shape[0]):
        first, length, group = pieces[a, 0], pieces[a, 1], pieces[a, 2]
        for start in range(first, first + length, CHUNK):
            stop = min(start + CHUNK, first + length)
            _chunk_sums(
                strip[start:stop], weights[:, start:stop], beta, runs, step, scratch, group, sums
            )


@compiled()
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
    mode = _read_float_mode()
    _set_float_mode(mode | np.int32(_FLUSH_BITS))
    n_rows, n_columns = tile.shape
    for b in range(sums.shape[0]):
        height = min(LANES, n_rows - b * LANES)
        if height < LANES:
            _fill(strip.reshape(-1), 0)
        for j in range(n_columns):
            for i in range(height):
                strip[j, i] = tile[b * LANES + i, j]
        _strip_sums(strip, pieces, weights, beta, runs, step, scratch, sums[b])
    _set_float_mode(mode)


@compiled()
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
    mode = _read_float_mode()
    _set_float_mode(mode | np.int32(_FLUSH_BITS))
    n_rows, n_columns = tile.shape
    for b in range(sums.shape[0]):
        width = min(LANES, n_columns - b * LANES)
        if width < LANES:
            _fill(strip.reshape(-1), 0)
        for i in range(n_rows):
            for j in range(width):
                strip[i, j] = tile[i, b * LANES + j]
        _strip_sums(strip, pieces, weights, beta, runs, step, scratch, sums[b])
    _set_float_mode(mode)


@compiled(fastmath=REDUCE)
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

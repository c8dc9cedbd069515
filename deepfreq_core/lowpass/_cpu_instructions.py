"""Instructions for the compiled loops that Python has no words for, written in LLVM's."""

from __future__ import annotations

import platform
from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic

# One register of floats: 2 × 4 sums and 3 operands then fit into the registers of a processor.
LANES = 16 if binding.get_host_cpu_features().get("avx512f") else 8
BLOCK = 4  # values of 1/δ per pass over a chunk
# Label columns per pass. An addition takes four cycles, two begin in each: the eight sums that keep
# them coming are those of many columns, or of one (and the ones before it) for four samples.
COLUMNS, PAIR, PAIR_SAMPLES = 12, 2, 4

_X86 = platform.machine().lower() in {"x86_64", "amd64"}
FLUSH_BITS = 0x8040  # MXCSR: flush-to-zero and denormals-are-zero

build_tools: Any = _cgutils


def _instruction(function: Callable[..., Any]) -> Any:
    """`intrinsic`, with a type."""
    return intrinsic(function)


@_instruction
def float_of_bits(typing_context: Any, bits: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.FloatType())

    return types.float32(types.int32), build


@_instruction
def bits_of_float(typing_context: Any, value: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], ir.IntType(32))

    return types.int32(types.float32), build


def _control_register(builder: Any, name: str, pointer: Any) -> None:
    function_type = ir.FunctionType(ir.VoidType(), [pointer.type])
    builder.call(build_tools.get_or_insert_function(builder.module, function_type, name), [pointer])


@_instruction
def read_float_mode(typing_context: Any) -> Any:
    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if not _X86:
            return ir.Constant(ir.IntType(32), 0)
        mode = build_tools.alloca_once(builder, ir.IntType(32))
        as_bytes = builder.bitcast(mode, ir.IntType(8).as_pointer())
        _control_register(builder, "llvm.x86.sse.stmxcsr", as_bytes)
        return builder.load(mode)

    return types.int32(), build


@_instruction
def set_float_mode(typing_context: Any, mode: Any) -> Any:
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
            h = _in_all_lanes(builder, builder.load(builder.gep(factor, [j])))
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


power_sums = _lane_sums("power", BLOCK)
square_sum = _lane_sums("square", 1)
weighted_sum = _lane_sums("weight", 1)


def _column_sums(width: int, samples: int) -> Any:
    """Σ_j p_j w_tj of every lane for `width` label columns t, `samples` j at a time.

    The intrinsic takes p (n, LANES) and weights (n, width) in float32, n a multiple of `samples`
    and not 0, and adds to s (width, LANES) in float64. Every factor is read once for all columns.
    """

    def build(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(signature.args, args, strict=True)
        ]
        factors, columns, sums = (array.data for array in arrays)
        (count, *_) = build_tools.unpack_tuple(builder, arrays[0].shape)

        def number(value: int) -> Any:
            return ir.Constant(count.type, value)

        before = builder.block
        loop = builder.append_basic_block("columns")
        after = builder.append_basic_block("columns_done")
        builder.branch(loop)
        builder.position_at_end(loop)
        j = builder.phi(count.type)
        j.add_incoming(number(0), before)
        old = [builder.phi(_VECTOR) for _ in range(width * samples)]
        for phi in old:
            phi.add_incoming(ir.Constant(_VECTOR, [0.0] * LANES), before)
        place, row = builder.mul(j, number(LANES)), builder.mul(j, number(width))
        new: list[Any] = []
        for sample in range(samples):
            own = builder.add(place, number(sample * LANES))
            a = builder.load(_at(builder, factors, own, _VECTOR), align=4)
            for column in range(width):
                here = builder.add(row, number(sample * width + column))
                weight = _in_all_lanes(builder, builder.load(builder.gep(columns, [here])))
                term = builder.fmul(a, weight, flags=_LANE_FLAGS)
                new.append(builder.fadd(old[len(new)], term, flags=_LANE_FLAGS))
        following = builder.add(j, number(samples))
        j.add_incoming(following, loop)
        for phi, value in zip(old, new, strict=True):
            phi.add_incoming(value, loop)
        builder.cbranch(builder.icmp_signed("<", following, count), loop, after)
        builder.position_at_end(after)
        for column in range(width):
            kept = _at(builder, sums, number(column * LANES), _WIDE)
            total = builder.load(kept, align=8)
            for value in new[column::width]:
                total = builder.fadd(total, builder.fpext(value, _WIDE))
            builder.store(total, kept, align=8)
        return context.get_dummy_value()

    def column_sums(typing_context: Any, p: Any, weights: Any, s: Any) -> Any:
        return types.void(p, weights, s), build

    return _instruction(column_sums)


def _at(builder: Any, base: Any, index: Any, kind: Any) -> Any:
    return builder.bitcast(builder.gep(base, [index]), kind.as_pointer())


def _in_all_lanes(builder: Any, value: Any) -> Any:
    vector = ir.Constant(_VECTOR, ir.Undefined)
    for lane in range(LANES):
        vector = builder.insert_element(vector, value, ir.Constant(ir.IntType(32), lane))
    return vector


many_columns = _column_sums(COLUMNS, 1)
pair_of_columns = _column_sums(PAIR, 1)
pair_of_columns_of_four = _column_sums(PAIR, PAIR_SAMPLES)

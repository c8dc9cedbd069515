"""Where the time of a CPU sweep goes, and how low each step can go: one thread, processor time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

HEAD = [
    "shape", "product x·xᵀ", "sweep", "sweep / product", "upper half of product", "r² of tiles",
    "exp, powers, sums", "energies", "rest", "powers and sums, ns per 16 pairs and β",
]  # fmt: skip


def measure(sizes: Sequence[Any], data: Callable[[Any], Any]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table of steps; milliseconds, medians of five."""
    from deepfreq_core.lowpass import _cpu_kernels as kernels
    from deepfreq_core.lowpass import _samples, ratio_curve

    spent: dict[str, float] = {}

    def timed(owner: Any, name: str) -> tuple[Any, str, Any]:
        whole = getattr(owner, name)

        def wrapper(*arguments: Any) -> Any:
            start = time.thread_time()
            result = whole(*arguments)
            spent[name] = spent.get(name, 0.0) + time.thread_time() - start
            return result

        setattr(owner, name, wrapper)
        return owner, name, whole

    names = ["tile_rows", "tile_columns", "products_to_sq_dist", "row_energies"]
    replaced = [timed(kernels, name) for name in names] + [timed(_samples.Samples, "tile")]
    rows = []
    try:
        for size in sizes:
            if size.n > 10000:
                continue
            x, y, grid = data(size)
            other = x.copy()
            turns = []
            with threadpool_limits(1):
                ratio_curve(x, y, grid, backend="cpu")
                for _ in range(5):
                    spent.clear()
                    start = time.process_time()
                    x @ other.T
                    middle = time.process_time()
                    ratio_curve(x, y, grid, backend="cpu")
                    end = time.process_time()
                    turns.append([middle - start, end - middle, *steps(spent)])
            rows.append(row(size, np.median(turns, axis=0)))
    finally:
        for owner, name, whole in replaced:
            setattr(owner, name, whole)
    return HEAD, rows


def steps(spent: dict[str, float]) -> list[float]:
    """Seconds of the upper product, r², sums, energies."""
    sq_dist = spent.get("products_to_sq_dist", 0.0)
    sums = spent["tile_rows"] + spent.get("tile_columns", 0.0)
    return [spent["tile"] - sq_dist, sq_dist, sums, spent["row_energies"]]


def row(size: Any, seconds: Any) -> list[str]:
    """One line of the table."""
    product, sweep, upper, sq_dist, sums, energies = (float(v) for v in seconds)
    rest = sweep - upper - sq_dist - sums - energies
    columns = 1 + size.c if size.real else 1
    per_slot = sums / (size.n**2 / 16 * size.m * columns) * 1e9
    parts = [product, sweep, upper, sq_dist, sums, energies, rest]
    ms = [f"{1000 * v:.1f}" for v in parts]
    return [str(size), ms[0], ms[1], f"{sweep / product:.2f}", *ms[2:], f"{per_slot:.2f}"]

"""Low and high parts of a residual beside the LFR sweep of the same columns, one thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

HEAD = [
    "shape", "grid", "product x·xᵀ, ms", "LFR sweep, ms", "parts, ms", "parts / LFR sweep",
    "error of low", "error of high",
]  # fmt: skip
_TURNS = 7
_EXACT_UP_TO = 5000


def measure(sizes: Sequence[Any], data: Callable[[Any], Any]) -> tuple[list[str], list[list[str]]]:
    """Head and rows of the table: processor time, medians; ratios within a turn."""
    rows = []
    for size in sizes:
        if not size.real or size.n > 10_000:
            continue
        x, r, even = data(size)
        for name, grid in (
            ("even steps", even),
            ("even ratios", np.geomspace(even[0], even[-1], size.m)),
        ):
            with threadpool_limits(1):
                rows.append([str(size), name, *_row(x, r, grid)])
    return HEAD, rows


def _row(x: Any, r: Any, grid: Any) -> list[str]:
    from deepfreq_core.lowpass import filtered_energies, ratio_curve

    other = x.copy()
    calls = (
        lambda: x @ other.T,
        lambda: ratio_curve(x, r, grid, backend="cpu"),
        lambda: filtered_energies(x, r, grid, backend="cpu"),
    )
    for call in calls:
        call()
    times = np.array([[_seconds(call) for call in calls] for _ in range(_TURNS)])
    ratios = times[:, 2] / times[:, 1]
    found = filtered_energies(x, r, grid, backend="cpu")
    errors = ["", ""]
    if len(x) <= _EXACT_UP_TO:
        low, high = _exact(x, r, grid)
        errors = [f"{np.abs(found.low / low - 1).max():.0e}"]
        errors += [f"{np.abs(found.high / high - 1).max():.0e}"]
    return [
        *(f"{1000 * value:.1f}" for value in np.median(times, axis=0)),
        f"{np.median(ratios):.2f} ({ratios.min():.2f}…{ratios.max():.2f})",
        *errors,
    ]


def _seconds(call: Callable[[], Any]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def _exact(x: Any, r: Any, grid: Any) -> tuple[Any, Any]:
    """Σ‖r_low‖² and Σ‖r − r_low‖² in float64, a panel of rows at a time."""
    x = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    norms = (x * x).sum(axis=1)
    totals = np.zeros((2, len(grid)))
    for start in range(0, len(x), 256):
        rows = slice(start, start + 256)
        sq_dist = np.maximum(norms[rows, None] + norms - 2 * (x[rows] @ x.T), 0)
        own = np.arange(len(sq_dist))
        sq_dist[own, start + own] = 0
        for k, beta in enumerate(grid):
            weights = np.exp(-beta / 2 * sq_dist)
            low = weights @ r / weights.sum(axis=1, keepdims=True)
            totals[0, k] += (low * low).sum()
            totals[1, k] += ((r[rows] - low) ** 2).sum()
    return totals[0], totals[1]

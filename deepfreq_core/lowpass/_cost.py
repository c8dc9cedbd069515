"""How long a sweep will take on this machine, and how many rows fit into a time.

seconds = pairs · (a · d + b · slots · columns): a and b are measured once a process and backend, in
a few hundredths of a second, when a budget is first given.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from deepfreq_core.lowpass import _arrays
from deepfreq_core.lowpass._plan import LabelPlan, plan_grid, plan_labels

if TYPE_CHECKING:
    from deepfreq_core.lowpass.low_pass import LowPass

_FEWEST_ROWS = 64  # fewer give a standard error that is itself uncertain by a tenth
_EXP_SLOTS = 6  # copying and two exponentials of a pair cost about as much as six slots
_MEASURED = {"cpu": 1024, "cuda": 8192}  # samples: enough to outweigh the start of a sweep
# Share of the product that an exact sweep needs: on the CPU pairs are visited once.
_PRODUCT_SHARE = {"cpu": 0.5, "cuda": 1.0}

_rates: dict[str, tuple[float, float]] = {}


def rows_within(
    budget_s: float,
    n: int,
    widths: Sequence[int],
    labels: LabelPlan,
    n_slots: int,
    backend: LowPass,
) -> int:
    """Rows whose sweep over layers of these widths fits into a time; n where the exact one does."""
    per_dimension, per_slot = _rates.get(backend.name) or _measure(backend)
    product = per_dimension * sum(widths)
    sums = per_slot * (n_slots + _EXP_SLOTS) * (1 + len(labels.weights)) * len(widths)
    if n * n * (product * _PRODUCT_SHARE[backend.name] + sums) <= budget_s:
        return n
    fitting = int(budget_s / (n * (product + sums)))
    return min(n, max(_FEWEST_ROWS, fitting))


def _measure(backend: LowPass) -> tuple[float, float]:
    n, narrow, wide = _MEASURED[backend.name], 16, 272
    rng = np.random.default_rng(0)
    labels = plan_labels(np.eye(4)[np.arange(n) % 4])
    plan = plan_grid(np.linspace(0, 1, 20))
    rows = np.arange(n)
    seconds = []
    for d in (narrow, wide):
        x = _arrays.for_backend(rng.standard_normal((n, d)).astype(np.float32), backend.name)
        times = []
        for _ in range(3):
            start = time.perf_counter()
            backend.row_energies(x, np.ones(d), labels, plan, rows)
            times.append(time.perf_counter() - start)
        seconds.append(min(times) / n**2)
    per_dimension = max(seconds[1] - seconds[0], 0.1 * seconds[1]) / (wide - narrow)
    rest = max(seconds[0] - narrow * per_dimension, 0.1 * seconds[0])
    _rates[backend.name] = per_dimension, rest / (20 + _EXP_SLOTS)
    return _rates[backend.name]

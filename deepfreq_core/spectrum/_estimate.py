"""LFR and RDF from a sample of rows: the sum over j stays whole, so the estimate is unbiased."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.spectrum._plan import Float64, LabelPlan

_FEWEST_ROWS = 64  # fewer give a standard error that is itself uncertain by more than a tenth


def draw_rows(n: int, n_rows: int, seed: int) -> NDArray[np.int64]:
    """n_rows of n places without replacement, increasing."""
    chosen = np.random.default_rng(seed).choice(n, size=n_rows, replace=False, shuffle=False)
    return np.sort(chosen).astype(np.int64)


def total_and_error(terms: Float64, n: int) -> tuple[Float64, Float64 | None]:
    """Σ over all n rows of `terms` (rows, m), and its standard error where rows are missing.

    With r of n rows drawn without replacement and s² their sample variance, (n/r) Σ t_i is
    unbiased and has variance n² (1 − r/n) s²/r.
    """
    r = len(terms)
    total = terms.sum(axis=0) * (n / r)
    if r == n:
        return total, None
    variance = terms.var(axis=0, ddof=1)
    return total, n * np.sqrt((1 - r / n) * variance / r)


def rows_within(
    budget_s: float,
    n: int,
    widths: Sequence[int],
    labels: LabelPlan,
    n_slots: int,
    backend: str,
) -> int:
    """Rows that fit into a time; n where the exact sweep does."""
    per_pair = [_seconds_per_pair(d, labels, n_slots, backend) for d in widths]
    if sum(per_pair) * n * n / 2 <= budget_s:
        return n
    # Sampled rows do not share pairs, so each costs n of them in full.
    fitting = int(budget_s / (sum(per_pair) * n))
    return min(n, max(_FEWEST_ROWS, fitting))


_rates: dict[str, tuple[float, float]] = {}


def _seconds_per_pair(d: int, labels: LabelPlan, n_slots: int, backend: str) -> float:
    if backend not in _rates:
        _rates[backend] = (1e-11, 5e-11)
    per_dimension, per_slot = _rates[backend]
    return per_dimension * d + per_slot * (n_slots + 5) * (1 + len(labels.weights))

"""LFR and RDF from a sample of rows: the sum over j stays whole, so the estimate is unbiased."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.lowpass._plan import Float64


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

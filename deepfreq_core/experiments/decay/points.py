"""Points on a torus: what is wrong with given ones, and random ones that are apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from deepfreq_core.records import Float64

# Points are told apart down to this share of the period. Closer ones would have the same cosines
# to nine digits at the lowest frequencies: their Gram matrix is singular before a sum is taken.
EQUAL = 1e-9

# Random points keep at least this share of their mean distance, so that no draw is
# ill-conditioned by chance.
_KEPT_APART = 0.5


def misplaced(points: Sequence[float], period: float) -> str:
    """What is wrong with points on [−L/2, L/2] of a torus of length L; "" where nothing is."""
    half = period / 2
    farthest = max(points, key=abs, default=0.0)
    if abs(farthest) > half:
        return (
            f"points has {farthest:g} and period is {period:g}; points must lie from {-half:g} to "
            f"{half:g}. Move it, or set period to at least {2 * abs(farthest):g}"
        )
    ordered = sorted(points)
    neighbours = zip(ordered, [*ordered[1:], *ordered[:1]], strict=True)
    for place, (left, right) in enumerate(neighbours, start=1):
        gap = right - left + (period if place == len(ordered) else 0)  # the last: round the torus
        if gap <= EQUAL * period:
            return (
                f"points has {left:g} and {right:g}, one and the same place on a torus of length "
                f"{period:g}, which cannot have two values. Remove one of them"
            )
    return ""


def drawn(number: int, period: float, *, seed: int) -> tuple[Float64, Float64]:
    """Random points, increasing, and random values.

    Args:
        number: n.
        period: L.
        seed: Fixes both.

    Returns:
        Points (n,) in [−L/2, L/2), uniform but for a least distance of half the mean one, also
        round the torus, and values (n,), uniform in [−1, 1).
    """
    random = np.random.default_rng([seed, number])
    kept = _KEPT_APART * period / number
    x = np.sort(random.uniform(0, period - number * kept, number)) + kept * np.arange(number)
    return x - period / 2, random.uniform(-1, 1, number)

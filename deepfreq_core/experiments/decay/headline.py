"""What the heights say so far: collapses, critical, settles, holds, or nothing yet.

k(0) grows like (M^{d−α} − 1)/(d − α), like log M at α = d, and 1/height is affine in it up to terms
that vanish with 1/k(0). So:

    α < d   height ∝ M^{−(d−α)}: in the end nothing is left between the points
    α = d   1/height grows by the same amount with every decade: also to 0, but never soon
    α > d   k(0) has a limit, off by a multiple of M^{−(α−d)}: a height stays

No finite M shows a limit. What is said is what was seen (a slope, a change in the last decade); to
which limit it is on the way is said by α, where the heights follow its law. They do not follow
it yet while the highest frequency M/L is below 1, where the weight is still flat.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from deepfreq_core.records import Float64

# The fewest cut-offs that make a straight line with an interval, and the span they must have.
_FEWEST = 3
_SPAN = 10.0

# A height that changes by less in the last decade holds: 1 % of it is some two pixels of a chart.
# At α ≤ 1, where 1/height grows with log M or faster, a decade changes more up to M = e^230.
HOLDS_WITHIN = 0.01

# (M^p − 1)/p differs from log M by p/2 · log M of itself: with |p| log M below 0.1, by less than
# 5 %, and these cut-offs cannot tell it from the critical case.
_LIKE_LOG = 0.1

# A height below this share of the values is rounding: points and values are symmetric, and the
# interpolant is zero halfway at every cut-off.
_NO_HEIGHT = 1e-12


def headline(
    cutoffs: Sequence[float],
    heights: Sequence[float],
    exponent: float,
    *,
    dimension: int = 1,
    scale: float = 1.0,
) -> tuple[str, dict[str, float]]:
    """What is seen at one exponent after the last of these cut-offs.

    Args:
        cutoffs: M so far, increasing, (t,).
        heights: Mean |h| halfway between points at each, (t,); NaN where ill-conditioned.
        exponent: α.
        dimension: d, the critical exponent.
        scale: Mean |y| of the data.

    Returns:
        A key and its values, `exponent` always, `cutoff` and `height` for all but "too_few".

        "too_few"           `decades` and `cutoffs` in them, with `decades_needed` and
                            `cutoffs_needed`: nothing can be said yet
        "ill_conditioned"   digits were lost in the last decade: nothing is said
        "no_height"         zero halfway between the points by symmetry: other values are needed
        "collapses"         α < d, and the height falls like M^−`slope`, 95 % interval of the fit
                            `low` to `high`; `limit_slope` = d − α is what it comes to
        "critical"          α = d as far as these M can tell, and 1/height is affine in log M to
                            `HOLDS_WITHIN`; `change` of the height in a decade
        "settles"           α > d, still falling by more than `HOLDS_WITHIN`, and 1/height is affine
                            in M^{−(α−d)} to as much; `change`, and the `limit` of that line
        "holds"             α > d, and within `HOLDS_WITHIN` in the last decade; `change`
        "unclear"           none of these, for example no fall yet although α ≤ d; `change`
    """
    m, h = np.asarray(cutoffs, np.float64), np.asarray(heights, np.float64)
    values = {"exponent": float(exponent)}
    earlier = np.flatnonzero(m <= m[-1:] / _SPAN) if m.size else np.empty(0, np.int64)
    last = m.size - int(earlier[-1]) if earlier.size else 0
    if last < _FEWEST:
        return "too_few", values | {
            "decades": math.log10(m[-1] / m[0]) if m.size else 0.0,
            "decades_needed": math.log10(_SPAN),
            "cutoffs": float(last or m.size),
            "cutoffs_needed": float(_FEWEST),
        }
    m, h = m[-last:], h[-last:]  # a decade, and a little more where no M was just there
    values |= {"cutoff": float(m[-1]), "height": float(h[-1])}
    if np.isnan(h).any():
        return "ill_conditioned", values
    if h.min() <= _NO_HEIGHT * scale:
        return "no_height", values
    values["change"] = float(h[-1] / h[0]) ** (1 / math.log10(m[-1] / m[0])) - 1
    gap = dimension - exponent
    is_steady = np.abs(h / h[-1] - 1).max() < HOLDS_WITHIN
    has_fallen = not is_steady and h[-1] < h[0]
    if has_fallen and abs(gap) * math.log(m[-1]) <= _LIKE_LOG:
        return ("critical" if _affine(np.log(m), 1 / h)[1] else "unclear"), values
    if has_fallen and gap > 0:
        slope, error = _slope(np.log(m), -np.log(h))
        if slope > error:
            fit = {"slope": slope, "low": slope - error, "high": slope + error}
            return "collapses", values | fit | {"limit_slope": gap}
    if has_fallen and gap < 0:
        inverse, is_law = _affine((m / m[-1]) ** gap, 1 / h)
        if is_law:
            return "settles", values | {"limit": 1 / inverse}
    if is_steady and gap < 0:
        return "holds", values
    return "unclear", values


def _affine(x: Float64, y: Float64) -> tuple[float, bool]:
    """The y at x = 0 of the straight line, and whether no y is off it by more than would show."""
    slope, start = np.polyfit(x, y, 1)
    return float(start), bool((np.abs((start + slope * x) / y - 1) < HOLDS_WITHIN).all())


def _slope(x: Float64, y: Float64) -> tuple[float, float]:
    """Slope of the straight line, and half the length of its 95 % interval."""
    x = x - x.mean()
    slope = float(x @ y / (x @ x))
    rest = y - y.mean() - slope * x
    freedom = x.size - 2
    error = math.sqrt(float(rest @ rest) / freedom / float(x @ x))
    return slope, float(stdtrit(freedom, 0.975)) * error

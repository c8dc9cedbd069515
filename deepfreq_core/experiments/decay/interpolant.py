"""The function of least weighted energy through given points, at one cut-off.

    minimise (1/L) Σ_{|j|≤M} |φ_j|² / w(ξ_j)   subject to
    h(x_i) = (1/L) Σ_j φ_j e^{2πi ξ_j x_i} = y_i

With the influence k of `sums.py` (symbols there) the answer is h(x) = Σ_i c_i k(x − x_i), where the
c_i solve Σ_m k(x_i − x_m) c_m = y_i (the Gram system); the least energy is L·yᵀc.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, lapack

from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments.decay.points import EQUAL
from deepfreq_core.experiments.decay.sums import Problem, Sums
from deepfreq_core.records import Float64

# Solving may lose as much as n·ε/condition of a height: of 27 systems with 4 and 8 points solved
# again with 60 digits, no height was off by more. The third digit must be right, so it must be
# below half a unit there; above that nothing is given, because it would be drawn.
_LOSS = 5e-4


@dataclass(frozen=True, slots=True)
class Interpolant:
    """The answer at one cut-off, for every exponent.

    NaN where the Gram matrix is so ill-conditioned that three digits cannot be promised.

    Attributes:
        curve: h on `places_of_curve`, (a, n_curve + n or fewer).
        height: Mean |h| over the midpoints, (a,).
        least_energy: The minimum that was sought, (a,); it never rises with M.
        condition: Reciprocal condition number of the Gram matrix in the 1-norm, as LAPACK estimates
            it, (a,); 0 where the matrix is not positive definite to working precision.
    """

    curve: Float64
    height: Float64
    least_energy: Float64
    condition: Float64


def places_of_curve(of: Problem) -> Float64:
    """Where `Interpolant.curve` is given: the grid and the points, increasing.

    A spike on a point is narrower than any grid; with the points among the places the curve is
    seen to go through its data. A place of the grid that is a point is not given twice.
    """
    return np.sort(np.concatenate([of.points, of.grid[_apart(of)]]))


def solve(of: Problem, sums: Sums) -> Interpolant:
    """The interpolant at the cut-off that the sums have reached.

    Args:
        of: The problem.
        sums: Its sums.

    Returns:
        The answer for every exponent.

    Raises:
        ConfigError: There are fewer frequencies than points.
    """
    n, m = of.points.size, of.midpoints.size
    if 2 * sums.cutoff + 1 < n:
        raise ConfigError(
            f"cutoff is {sums.cutoff}, which leaves {max(2 * sums.cutoff + 1, 0)} frequencies for "
            f"{n} points. Set it to at least {n // 2}"
        )
    places = np.concatenate([of.points, of.grid[_apart(of)]])
    order = np.argsort(places)
    shown = np.concatenate([np.ones(n + m, bool), _apart(of)])
    shown[n : n + m] = False
    a = of.exponents.size
    curve = np.full((a, places.size), np.nan)
    height, energy, condition = np.full(a, np.nan), np.full(a, np.nan), np.zeros(a)
    for row, influence in enumerate(sums.influence):
        coefficients, condition[row] = _solved(influence[:n], of.values)
        if condition[row] < least_condition(n):
            continue
        curve[row] = (influence[shown] @ coefficients)[order]
        height[row] = np.abs(influence[n : n + m] @ coefficients).mean()
        energy[row] = of.period * (of.values @ coefficients)
    return Interpolant(curve, height, energy, condition)


def least_condition(n_points: int) -> float:
    """Reciprocal condition number below which three digits cannot be promised."""
    return n_points * float(np.finfo(np.float64).eps) / _LOSS


def _solved(gram: Float64, values: Float64) -> tuple[Float64, float]:
    """Coefficients and reciprocal condition number; (NaN, 0) where Cholesky breaks down."""
    gram = (gram + gram.T) / 2  # k is even; the sums are so up to rounding
    try:
        factor, lower = cho_factor(gram)
    except np.linalg.LinAlgError:
        return np.full(values.size, np.nan), 0.0
    condition, _ = lapack.dpocon(factor, np.abs(gram).sum(axis=0).max())
    return cho_solve((factor, lower), values), float(condition)


def _apart(of: Problem) -> NDArray[np.bool_]:
    """Which places of the grid are not points, (n_curve,)."""
    near = np.abs(of.grid[:, None] - of.points).min(axis=1)
    apart: NDArray[np.bool_] = near > EQUAL * of.period
    return apart

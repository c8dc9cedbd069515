"""Sums over frequencies that can be gone on with: all that an interpolant needs to know of them.

On the torus of length L, frequencies ξ = j/L, |j| ≤ M, and the weight

    w(ξ) = (1 + |2πξ|²)^{−α/2}  ("angular")   or   (1 + |ξ|²)^{−α/2}  ("cycles")

the influence of a point at a distance t is k(t) = Σ_{|j|≤M} w(ξ_j) cos 2πξ_j t. It is wanted at the
distances of every point from the other points, from the places between them and from a grid. It
is a sum over j: a larger cut-off adds terms and repeats none.

    n, a        points; exponents
    α           `exponent`: how fast the weight makes high frequencies dear
    M           `cutoff`: largest |j|; the highest frequency is M/L cycles per unit of x
    L           `period`
    places      the points (n), the midpoints (max(n − 1, 1)), the even grid (n_curve), in this
                order
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import ConfigError, ShapeError
from deepfreq_core.experiments.decay.config import WeightKind
from deepfreq_core.experiments.decay.points import misplaced
from deepfreq_core.records import Float64

# Complex numbers in work at a time: 2²⁰ are 16 MB, and more of them are no faster.
_CHUNK = 2**20


@dataclass(frozen=True, slots=True)
class Problem:
    """What is interpolated, made by `problem`.

    Attributes:
        points: x_i, (n,), increasing, in [−L/2, L/2].
        values: y_i, (n,).
        exponents: α, (a,).
        period: L.
        weight: Which w.
        midpoints: Halfway between neighbours, (n − 1,); of a single point, the place opposite it.
        grid: Even grid over the period from −L/2 on, (n_curve,).
    """

    points: Float64
    values: Float64
    exponents: Float64
    period: float
    weight: WeightKind
    midpoints: Float64
    grid: Float64


@dataclass(frozen=True, slots=True)
class Sums:
    """What is known of the frequencies up to a cut-off; all that going on needs.

    Attributes:
        cutoff: M; −1 before the first frequency.
        influence: k(place − x_i), (a, places, n).
    """

    cutoff: int
    influence: Float64

    def to_arrays(self) -> dict[str, NDArray[np.generic]]:
        """Plain arrays by name."""
        return {"cutoff": np.array(self.cutoff, dtype=np.int64), "influence": self.influence}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Sums:
        """The sums of such arrays."""
        return cls(int(arrays["cutoff"]), np.asarray(arrays["influence"], dtype=np.float64))


def problem(
    points: Sequence[float],
    values: Sequence[float],
    exponents: Sequence[float],
    *,
    period: float,
    weight: WeightKind = "angular",
    n_curve: int = 512,
) -> Problem:
    """The problem of these points, checked.

    Args:
        points: x_i, in any order, in [−L/2, L/2], no two equal on the torus.
        values: y_i, one a point.
        exponents: α.
        period: L.
        weight: Which w.
        n_curve: Places of the even grid.

    Returns:
        The problem, its points in increasing order.

    Raises:
        ShapeError: Not one value a point, or none.
        ConfigError: Two points are equal, or one lies outside.
    """
    x, y = np.asarray(points, np.float64), np.asarray(values, np.float64)
    if x.ndim != 1 or x.shape != y.shape or x.size == 0:
        raise ShapeError(
            f"points has shape {x.shape} and values {y.shape}. Give one value for each point, "
            "at least one"
        )
    trouble = misplaced(x.tolist(), period)
    if trouble:
        raise ConfigError(trouble)
    order = np.argsort(x)
    x, y = x[order], y[order]
    opposite = x + period / 2 if x[0] < 0 else x - period / 2
    return Problem(
        points=x,
        values=y,
        exponents=np.asarray(exponents, np.float64),
        period=float(period),
        weight=weight,
        midpoints=(x[1:] + x[:-1]) / 2 if x.size > 1 else opposite,
        grid=(np.arange(n_curve) / n_curve - 0.5) * period,
    )


def weights(cutoffs: Float64, exponents: Float64, period: float, kind: WeightKind) -> Float64:
    """The weight w at frequencies ξ = j/L, (a, k).

    Args:
        cutoffs: j, (k,).
        exponents: α, (a,).
        period: L.
        kind: Which w.
    """
    frequency = cutoffs / period
    if kind == "angular":
        frequency = 2 * np.pi * frequency
    # (1 + ξ²)^{−α/2} = exp(−α/2 · log(1 + ξ²)): one logarithm for all exponents.
    weight: Float64 = np.exp(-0.5 * exponents[:, None] * np.log1p(frequency**2))
    return weight


def nothing_yet(of: Problem) -> Sums:
    """The sums before the first frequency."""
    n = of.points.size
    places = n + of.midpoints.size + of.grid.size
    return Sums(-1, np.zeros((of.exponents.size, places, n)))


def extended(of: Problem, sums: Sums, cutoff: int) -> Sums:
    """The sums up to a larger cut-off.

    The numbers depend on the cut-offs on the way by rounding only, and on a stop between two of
    them not at all.

    Args:
        of: The problem.
        sums: Its sums so far.
        cutoff: M, not below the one reached.

    Returns:
        New sums; the old ones stay as they are.
    """
    influence = sums.influence.copy()
    n = of.points.size
    size = max(_CHUNK // (of.exponents.size * (n + of.midpoints.size)), 1)
    for first in range(sums.cutoff + 1, cutoff + 1, size):
        index = np.arange(first, min(first + size, cutoff + 1), dtype=np.float64)
        weight = weights(index, of.exponents, of.period, of.weight)
        weight[:, index > 0] *= 2  # j and −j
        scattered = _waves(np.concatenate([of.points, of.midpoints]), index, of.period)
        influence[:, : scattered.shape[0]] += _between_places(weight, scattered, n)
        from_left = _waves(of.points + of.period / 2, index, of.period)
        influence[:, scattered.shape[0] :] += _on_grid(weight, from_left, first, of.grid.size)
    return Sums(max(cutoff, sums.cutoff), influence)


def _waves(x: Float64, index: Float64, period: float) -> NDArray[np.complex128]:
    """e^{−2πi j x / L}, (x, j)."""
    turns = np.multiply.outer(x / period, index)
    waves: NDArray[np.complex128] = np.exp(-2j * np.pi * (turns - np.round(turns)))
    return waves


def _between_places(weight: Float64, waves: NDArray[np.complex128], n: int) -> Float64:
    """Σ_j w_j cos 2πξ_j(place − x_i), (a, places, n); the first n places are the points."""
    # cos(u − v) = cos u cos v + sin u sin v: two real products a place and point.
    cosine_sine = np.concatenate([waves.real, waves.imag], axis=1)
    twice = np.concatenate([weight, weight], axis=1)
    sums: Float64 = (twice[:, None, :] * cosine_sine) @ cosine_sine[:n].T
    return sums


def _on_grid(weight: Float64, waves: NDArray[np.complex128], first: int, n_grid: int) -> Float64:
    """Σ_j w_j cos 2πξ_j(grid − x_i), (a, n_grid, n), for j = first, first + 1, ….

    On an even grid of N places e^{2πi jk/N} knows j only modulo N: frequencies are added up by
    their remainder and transformed at once, whatever the cut-off.
    """
    terms = weight[:, None, :] * waves
    before = first % n_grid
    after = -(before + terms.shape[2]) % n_grid
    terms = np.pad(terms, ((0, 0), (0, 0), (before, after)))
    folded = terms.reshape(*terms.shape[:2], -1, n_grid).sum(axis=2)
    sums: Float64 = np.fft.ifft(folded, norm="forward").real.transpose(0, 2, 1)
    return sums

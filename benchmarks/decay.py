"""The decay experiment beside the same problem solved directly at every cut-off.

python -m benchmarks.decay [--last 12800] [--repeat 7] [--markdown]

Ours carries the sums over frequencies from one cut-off to the next; the peer builds the cosines of
each cut-off anew and solves with SciPy. Expected of that alone: with cut-offs a factor √2 apart
all sums together are √2/(√2 − 1) = 3.4 times the last one. The rest is the grid's transform, which
spares the cosines of most places. In pairs, alternating.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from scipy.linalg import solve as solve_directly

from benchmarks.filter import machine, table
from deepfreq_core.experiments.decay.config import DecayConfig
from deepfreq_core.experiments.decay.interpolant import solve
from deepfreq_core.experiments.decay.sums import Problem, extended, nothing_yet, problem, weights
from deepfreq_core.records import Float64

_TERMS = 4096  # frequencies of the peer at a time, so that both hold about as much


def ours(of: Problem, cutoffs: tuple[int, ...]) -> Float64:
    """Heights at the last cut-off, (a,), every cut-off solved on the way."""
    sums = nothing_yet(of)
    for cutoff in cutoffs:
        sums = extended(of, sums, cutoff)
        found = solve(of, sums)
    return found.height


def directly(of: Problem, cutoffs: tuple[int, ...]) -> Float64:
    """The same, each cut-off from nothing."""
    places = np.concatenate([of.points, of.midpoints, of.grid])
    between = places[:, None] - of.points
    n, m = of.points.size, of.midpoints.size
    height = np.zeros(of.exponents.size)
    for cutoff in cutoffs:
        influence = np.zeros((of.exponents.size, *between.shape))
        for first in range(0, cutoff + 1, _TERMS):
            j = np.arange(first, min(first + _TERMS, cutoff + 1), dtype=np.float64)
            weight = weights(j, of.exponents, of.period, of.weight) * np.where(j > 0, 2, 1)
            cosines = np.cos(2 * np.pi / of.period * between[..., None] * j)
            influence += np.tensordot(weight, cosines, axes=(1, 2)) / of.period
        for row, k in enumerate(influence):
            curve = k @ solve_directly(k[:n], of.values, assume_a="pos")
            height[row] = np.abs(curve[n : n + m]).mean()
    return height


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decay", description=__doc__)
    parser.add_argument("--last", type=int, default=12_800, help="largest cut-off M")
    parser.add_argument("--repeat", type=int, default=7, help="pairs")
    parser.add_argument("--markdown", action="store_true", help="a table for docs/")
    asked = parser.parse_args()
    config = DecayConfig(last_cutoff=asked.last)
    points, values = config.points_and_values()
    of = problem(
        points,
        values,
        config.exponents,
        period=config.period,
        weight=config.weight,
        n_curve=config.n_curve,
    )
    seconds: dict[str, list[float]] = {"ours": [], "directly": []}
    for _ in range(asked.repeat + 1):  # the first warms up
        for name, way in (("ours", ours), ("directly", directly)):
            started = time.perf_counter()
            heights = way(of, config.cutoffs())
            seconds[name].append(time.perf_counter() - started)
            if name == "ours":
                our_heights = heights
    off = float(np.abs(our_heights / heights - 1).max())
    pairs = {name: np.array(each[1:]) for name, each in seconds.items()}
    rows = [[name, *_spread(each)] for name, each in pairs.items()]
    rows.append(["directly / ours", *_spread(pairs["directly"] / pairs["ours"])])
    print(
        f"{len(config.cutoffs())} cut-offs to {asked.last}, {of.exponents.size} exponents, ", end=""
    )
    print(f"{of.points.size} points; {machine(2)}\n")
    print(table(["", "median s", "least", "most"], rows, asked.markdown))
    print(f"\nLargest difference of a height: {off:.1e} of it")


def _spread(values: Float64) -> list[str]:
    return [f"{value:.3g}" for value in (np.median(values), values.min(), values.max())]


if __name__ == "__main__":
    main()

"""Where is the critical exponent? Read off how the least energy falls, over random points.

The paper: below α = d the infimum of the energy is 0, above it is not. No run reaches an infimum,
and up to α = 1.3 the energy still falls visibly at M = 12,800; a slope in log M would be negative
on both sides. What tells them apart is the *growth exponent* p of

    1/energy = a + b (M^p − 1)/p:   p > 0 is on its way to energy 0, p < 0 to a positive one.

For a single point 1/energy is k(0)/(L y²) and p is d − α; for several it is affine in k(0) up to
terms in 1/k(0).

Chosen before the runs: a run agrees *below* where p > 0 at every α < d, *above* where p < 0 at
every α > d, *at* d where the α at which p changes its sign lies nearer to d than to the next ones
of the grid: it is found by interpolation, and a grid shows no more than its own steps. In each
case and for each of the three, the exact 95 % interval of the share of seeds that agree must lie
above one half; below one half refutes. Six seeds that all agree reach 0.54.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from deepfreq_core.errors import ShapeError
from deepfreq_core.experiments.decay.config import DecayConfig, RandomPoints
from deepfreq_core.records import Float64, JsonValue
from deepfreq_core.studies.finding import Chart, Curve, Finding
from deepfreq_core.studies.plan import Planned
from deepfreq_core.studies.verdict import Verdict, binomial_interval, combined

DIMENSION = 1
SEEDS = tuple(range(6))
_EXPONENTS = (0.5, 0.7, 0.9, 1.0, 1.1, 1.3, 1.5, 2.0, 4.0)
_PARTS = ("below", "at", "above")

# Of 1/energy: with five to ten points that are apart and α ≤ 4 the condition is 1e-7 or better,
# which leaves eight digits of float64's sixteen. Growth below the eighth is no growth.
_SETTLED = 1e-8

# Whole cut-offs differ from equal ratios by half of one in 50.
_EQUAL_RATIOS = 0.02


@dataclass(frozen=True, slots=True)
class Solved:
    """What a finished run says.

    Attributes:
        case: Label of its case.
        seed: Its seed.
        exponents: α, (a,).
        cutoffs: M, (t,).
        height: (t, a).
        least_energy: (t, a).
        facts: Machine and versions of the run.
    """

    case: str
    seed: int
    exponents: Float64
    cutoffs: Float64
    height: Float64
    least_energy: Float64
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


def plan() -> list[Planned]:
    """Every run; random points, since one set of points proves nothing."""
    cases = {
        "5 points": DecayConfig(data=RandomPoints(number=5), exponents=_EXPONENTS, n_curve=16),
        "10 points": DecayConfig(data=RandomPoints(number=10), exponents=_EXPONENTS, n_curve=16),
        "5 points, weight in cycles": DecayConfig(
            data=RandomPoints(number=5), exponents=_EXPONENTS, n_curve=16, weight="cycles"
        ),
    }
    return [
        Planned({"points": case}, config.model_copy(update={"seed": seed}))
        for case, config in cases.items()
        for seed in SEEDS
    ]


def growth_exponents(cutoffs: Float64, least_energy: Float64) -> Float64:
    """The growth exponent p through the first, the middle and the last cut-off, (a,).

    Args:
        cutoffs: M, increasing, (t,); the three in equal ratios.
        least_energy: (t, a).

    Returns:
        p; −∞ where the energy has settled to all its digits by the middle cut-off, NaN where one of
        the three energies is missing.

    Raises:
        ShapeError: Fewer than three cut-offs, or not in equal ratios.
    """
    places = [0, len(cutoffs) // 2, len(cutoffs) - 1]
    early_ratio, late_ratio = np.divide(cutoffs[places][1:], cutoffs[places][:-1])
    if len(cutoffs) < 3 or abs(late_ratio / early_ratio - 1) > _EQUAL_RATIOS:
        raise ShapeError(
            "first, middle and last cutoffs must be in equal ratios; got "
            f"{cutoffs[places].tolist()}. Use an odd number of cut-offs, at least 3"
        )
    inverse = 1 / least_energy[places]
    early, late = np.diff(inverse, axis=0)
    least = _SETTLED * inverse[-1]
    p: Float64 = np.log(np.maximum(late, least) / np.maximum(early, least)) / math.log(late_ratio)
    p[late <= least] = -np.inf
    p[np.isnan(inverse).any(axis=0)] = np.nan
    return p


def turning_exponent(exponents: Float64, growth: Float64) -> float:
    """α at which p falls through 0, between two exponents by interpolation; NaN where it does not.

    The first change of sign counts; where there is more than one, `below` or `above` disagree.
    """
    for left in range(len(growth) - 1):
        high, low = growth[left], growth[left + 1]
        if high >= 0 > low:
            share = high / (high - low) if np.isfinite(low) else 0.5
            return float(exponents[left] + share * (exponents[left + 1] - exponents[left]))
    return math.nan


def agrees(exponents: Float64, growth: Float64) -> dict[str, bool]:
    """Whether one run, nothing of which is missing, agrees with each of the three parts."""
    others = exponents[exponents != DIMENSION]
    step = np.abs(others - DIMENSION).min()
    return {
        "below": bool((growth[exponents < DIMENSION] > 0).all()),
        "at": abs(turning_exponent(exponents, growth) - DIMENSION) < step / 2,
        "above": bool((growth[exponents > DIMENSION] < 0).all()),
    }


def find(runs: Sequence[Solved]) -> Finding:
    """What runs of the plan, or any subset of them, say."""
    cases: dict[str, list[Solved]] = {}
    for run in runs:
        cases.setdefault(run.case, []).append(run)
    verdicts, words, charts = [], [], []
    rows: list[Mapping[str, str]] = []
    for case, of_case in cases.items():
        exponents = of_case[0].exponents
        growth = np.stack([growth_exponents(run.cutoffs, run.least_energy) for run in of_case])
        whole = growth[~np.isnan(growth).any(axis=1)]  # what was not measured refutes nothing
        votes = [agrees(exponents, p) for p in whole]
        counts = {part: sum(vote[part] for vote in votes) for part in _PARTS}
        verdicts += [_verdict(count, len(votes)) for count in counts.values()]
        turns = np.array([turning_exponent(exponents, p) for p in whole])
        words.append(_sentence(case, counts, len(growth), turns))
        heights = np.stack([run.height[[0, -1]] for run in of_case])
        rows += [_row(case, a, growth[:, i], heights[:, :, i]) for i, a in enumerate(exponents)]
        charts.append(_chart(case, exponents, growth))
    return Finding(
        verdict=combined(verdicts) if verdicts else Verdict.UNCLEAR,
        sentence=(
            "Seeds in which the least energy is on its way to 0 at every α below 1, not at any "
            f"above, with the turn at 1: {'; '.join(words) or 'none yet'}."
        ),
        rows=rows,
        charts=tuple(charts),
        n_runs=len(runs),
    )


def _sentence(case: str, counts: Mapping[str, int], n_runs: int, turns: Float64) -> str:
    """For example "5 points: below 6 of 6, at 6 of 6, above 6 of 6, turn at α = 0.996 […]"."""
    of = turns.size
    parts = [f"{part} {counts[part]} of {of}" for part in _PARTS]
    if of:
        parts.append(f"turn at α = {_range(turns, 3)}")
    if of < n_runs:
        parts.append(f"{n_runs - of} left out, ill-conditioned")
    return f"{case}: {', '.join(parts)}"


def _verdict(count: int, n: int) -> Verdict:
    if n == 0:
        return Verdict.UNCLEAR
    low, high = binomial_interval(count, n)
    if low > 0.5:
        return Verdict.HOLDS
    return Verdict.FAILS if high < 0.5 else Verdict.UNCLEAR


def _row(case: str, exponent: float, growth: Float64, heights: Float64) -> dict[str, str]:
    return {
        "case": case,
        "α": f"{exponent:g}",
        "1 − α": f"{DIMENSION - exponent:+.1f}",
        "growth exponent of 1/energy": _range(growth, 3),
        "height, first M": _range(heights[:, 0], 3),
        "height, last M": _range(heights[:, 1], 3),
    }


def _range(values: Float64, digits: int) -> str:
    """Median and range over seeds: "0.50 [0.49, 0.51]"."""
    if np.isnan(values).any():
        return f"missing in {int(np.isnan(values).sum())} of {values.size}"
    if np.isneginf(values).any():
        return "settled"
    middle, low, high = np.median(values), values.min(), values.max()
    return f"{middle:.{digits}f} [{low:.{digits}f}, {high:.{digits}f}]"


def _chart(case: str, exponents: Float64, growth: Float64) -> Chart:
    seen = np.where(np.isfinite(growth), growth, np.nan)
    middle, low, high = np.median(seen, axis=0), seen.min(axis=0), seen.max(axis=0)
    return Chart(
        title=case,
        x_title="decay exponent α",
        y_title="growth exponent of 1/energy",
        curves=(
            Curve("1 − α", exponents, DIMENSION - exponents),
            Curve("seeds", exponents, middle, low, high, depth=1.0),
        ),
    )

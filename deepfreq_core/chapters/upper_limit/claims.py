"""Is the critical exponent the dimension? Runs of the decay experiment, read and judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deepfreq_core.chapters.upper_limit.critical import Solved, find, plan
from deepfreq_core.records import Float64, JsonValue, Measurement
from deepfreq_core.schema import Coordinates
from deepfreq_core.studies.claim import Claim

_ARRAYS = ("exponents", "cutoffs", "height", "least_energy")


class SolvedRuns:
    """How runs of the decay experiment become evidence, and are recorded with all their digits."""

    def read(
        self,
        case: Mapping[str, str],
        seed: int,
        measurements: Sequence[Measurement],
        coordinates: Coordinates,
        facts: Mapping[str, JsonValue],
    ) -> Solved:
        """What counts of a finished run."""
        return Solved(
            case=case["points"],
            seed=seed,
            exponents=np.asarray(coordinates["exponent"], dtype=np.float64),
            cutoffs=np.array([one.at for one in measurements]),
            height=np.stack([one.arrays["height"] for one in measurements]),
            least_energy=np.stack([one.arrays["least_energy"] for one in measurements]),
            facts=dict(facts),
        )

    def to_dict(self, one: Solved) -> dict[str, Any]:
        """JSON values; NaN as null."""
        return {
            "case": {"points": one.case},
            "seed": one.seed,
            **{name: _plain(getattr(one, name)) for name in _ARRAYS},
        }

    def from_dict(self, value: Mapping[str, Any]) -> Solved:
        """What counts of a recorded run."""
        arrays: dict[str, Any] = {name: np.array(value[name], dtype=np.float64) for name in _ARRAYS}
        return Solved(value["case"]["points"], value["seed"], **arrays)

    def left_out(self, runs: Sequence[Solved]) -> str:
        """Nothing: what is ill-conditioned, `find` says itself."""
        return ""


def _plain(values: Float64) -> Any:
    if values.ndim > 1:
        return [_plain(row) for row in values]
    return [None if np.isnan(value) else float(value) for value in values]


CLAIMS = (
    Claim(
        slug="critical-exponent-1d",
        title="The critical decay exponent is the dimension",
        paper=(
            "Below a critical exponent, which is the dimension, the variational problem has only a "
            "trivial solution: the infimum is 0 and spikes are left on the data; above it there is "
            "a regular interpolant (Luo, Ma, Wang, Xu & Zhang, arXiv:2105.11675; the form of the "
            "problem is our reading)."
        ),
        settings=(
            "One dimension, torus of length 2, cut-offs up to M = 12,800; 5 and 10 random points, "
            "weight in angular frequency and in cycles, six seeds each. No run reaches an infimum; "
            "what decides is the growth exponent p of 1/energy = a + b (M^p − 1)/p, read off the "
            "first, the middle and the last cut-off."
        ),
        refuted_by=(
            "p above 0 at an α above 1, below 0 at one below, or a turn nearer to 0.9 or 1.1."
        ),
        data="",
        minutes=0.2,
        plan=plan,
        reads=SolvedRuns(),
        find=find,
    ),
)

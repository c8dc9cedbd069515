"""The decay experiment: the interpolant of least energy at growing cut-offs, all α together.

Claim: below α = d nothing is left between the points as M grows, above it a regular interpolant
stays. It would be refuted by a height that falls without end at some α above d.
Source: paper 4 (arXiv:2105.11675); settings and form of the problem are our reading of it.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from deepfreq_core.experiments.base import State
from deepfreq_core.experiments.decay import sums
from deepfreq_core.experiments.decay.config import DecayConfig
from deepfreq_core.experiments.decay.interpolant import places_of_curve, solve
from deepfreq_core.records import Measurement, Progress
from deepfreq_core.version import __version__


class DecayExperiment:
    """One measurement a cut-off; no network, no training."""

    slug: ClassVar[str] = "decay"

    def __init__(self, config: DecayConfig) -> None:
        self._config = config
        points, values = config.points_and_values()
        self._problem = sums.problem(
            points,
            values,
            config.exponents,
            period=config.period,
            weight=config.weight,
            n_curve=config.n_curve,
        )
        self._sums = sums.nothing_yet(self._problem)
        self._n_done = 0
        self._solve_s = 0.0

    def events(self) -> Iterator[Measurement | Progress]:
        """Solve at every cut-off.

        Yields:
            A measurement each, with progress before it.
        """
        cutoffs = self._config.cutoffs()
        end = float(cutoffs[-1])
        is_first = True  # of this start
        for cutoff in cutoffs[self._n_done :]:
            yield Progress(max(0.0, float(self._sums.cutoff)), end)
            started = time.perf_counter()
            self._sums = sums.extended(self._problem, self._sums, cutoff)
            found = solve(self._problem, self._sums)
            self._solve_s += time.perf_counter() - started
            self._n_done += 1
            yield Measurement(
                at=float(cutoff),
                scalars={"solve_s": self._solve_s},
                arrays={
                    "curve": found.curve,
                    "height": found.height,
                    "least_energy": found.least_energy,
                    "condition": found.condition,
                },
                coordinates=self._coordinates(),
                facts=self._facts() if is_first else {},
            )
            is_first = False

    def state(self) -> State:
        """The sums over frequencies so far."""
        if not self._n_done:
            return {}
        return {
            **self._sums.to_arrays(),
            "n_done": np.array(self._n_done, np.int64),
            "seconds": np.array(self._solve_s),
        }

    def restore(self, state: State) -> None:
        """Continue from such a state; an empty one means from the start."""
        if state:
            self._sums = sums.Sums.from_arrays(state)
            self._n_done = int(state["n_done"])
            self._solve_s = float(state["seconds"])

    def _coordinates(self) -> Mapping[str, Any]:
        if self._n_done > 1:
            return {}
        return {
            "exponent": self._problem.exponents,
            "x": places_of_curve(self._problem),
            "point": self._problem.points,
            "value": self._problem.values,
        }

    def _facts(self) -> dict[str, Any]:
        return {
            "device": "cpu",
            "device_name": platform.machine(),
            "n_points": int(self._problem.points.size),
            "versions": {
                "deepfreq": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
            },
        }


EXPERIMENT = DecayExperiment

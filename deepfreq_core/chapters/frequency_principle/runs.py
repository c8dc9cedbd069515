"""Runs of several seeds as claims of this chapter see them: the arrays they need, and nothing else.

A run here trains six seeds together; what counts of it is kept seed by seed, and the runs of a case
are put one below the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from deepfreq_core.records import Float64, JsonValue, Measurement
from deepfreq_core.schema import Coordinates
from deepfreq_core.training.learning import MEAN_ANSWER, Learning, learning, left_out

TOGETHER = 6  # seeds of a run
_SEEDS = "_seeds"
_DIGITS = 5
_LOSS = "train_loss"


@dataclass(frozen=True, slots=True)
class SeedRun:
    """A finished run.

    Attributes:
        case: Label of each axis by the axis's name.
        seed: Its first seed.
        at: Epochs of the measurements, (t,).
        series: Numbers of every measurement by name, (t, S).
        last: Arrays of the last measurement by name, (S, …).
        fixed: What is the same for all seeds, by name.
        facts: Machine and versions; the loss of answering the mean.
    """

    case: Mapping[str, str]
    seed: int
    at: Float64
    series: Mapping[str, Float64]
    last: Mapping[str, Float64]
    fixed: Mapping[str, Float64]
    facts: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def learned(self) -> list[Learning]:
        """What each seed's network has learned in the end."""
        bar = self.facts.get(MEAN_ANSWER)
        losses = self.series[_LOSS]
        return [
            learning(float(before), float(now), bar)
            for before, now in zip(losses[0], losses[-1], strict=True)
        ]


@dataclass(frozen=True, slots=True)
class SeedRuns:
    """How runs become evidence, and are recorded.

    Attributes:
        series: Scalars kept of every measurement; the training loss always is.
        last: Arrays kept of the last measurement.
        fixed: Coordinates and fixed arrays that are kept.
    """

    series: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()

    def read(
        self,
        case: Mapping[str, str],
        seed: int,
        measurements: Sequence[Measurement],
        coordinates: Coordinates,
        facts: Mapping[str, JsonValue],
    ) -> SeedRun:
        """What counts of a finished run."""
        return SeedRun(
            case=dict(case),
            seed=seed,
            at=np.array([one.at for one in measurements]),
            series={
                name: np.stack([_of_seeds(one, name) for one in measurements])
                for name in (_LOSS, *self.series)
            },
            last={name: _of_seeds(measurements[-1], name) for name in self.last},
            fixed={
                name: np.asarray(coordinates[name], dtype=np.float64)
                for name in self.fixed
                if name in coordinates
            },
            facts=dict(facts),
        )

    def to_dict(self, one: SeedRun) -> dict[str, Any]:
        """JSON values; numbers to five digits, NaN as null, infinity as "inf"."""
        return {
            "case": dict(one.case),
            "seed": one.seed,
            "at": _plain(one.at),
            **{
                part: {name: _plain(values) for name, values in getattr(one, part).items()}
                for part in ("series", "last", "fixed")
            },
            "facts": {name: one.facts[name] for name in (MEAN_ANSWER,) if name in one.facts},
        }

    def from_dict(self, value: Mapping[str, Any]) -> SeedRun:
        """What counts of a recorded run."""
        parts = {
            part: {name: _array(numbers) for name, numbers in value[part].items()}
            for part in ("series", "last", "fixed")
        }
        return SeedRun(
            value["case"], value["seed"], _array(value["at"]), **parts, facts=value["facts"]
        )

    def left_out(self, runs: Sequence[SeedRun]) -> str:
        """How many networks have learned nothing or diverged."""
        return left_out(one for run in runs for one in run.learned)


def by_label(runs: Iterable[SeedRun], axis: str) -> dict[str, list[SeedRun]]:
    """Runs by their label on an axis, in order of first appearance."""
    groups: dict[str, list[SeedRun]] = {}
    for run in runs:
        groups.setdefault(run.case[axis], []).append(run)
    return groups


def at_end(runs: Sequence[SeedRun], name: str) -> Float64:
    """An array of the last measurement, all seeds of these runs one below the other, (S, …)."""
    return np.concatenate([run.last[name] for run in runs])


def has_learned(runs: Sequence[SeedRun]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which seeds of these runs have learned something, (S,)."""
    return np.array([one is Learning.LEARNED for run in runs for one in run.learned])


def _of_seeds(measurement: Measurement, name: str) -> Float64:
    """An array of every seed; of one alone, as a row."""
    both = {**measurement.scalars, **measurement.arrays}
    found = both[f"{name}{_SEEDS}"] if f"{name}{_SEEDS}" in both else np.asarray(both[name])[None]
    return np.asarray(found, dtype=np.float64)


def _plain(values: Float64) -> Any:
    if values.ndim > 1:
        return [_plain(row) for row in values]
    return [
        None if np.isnan(v) else "inf" if np.isinf(v) else float(f"{v:.{_DIGITS}g}")
        for v in values.tolist()
    ]


def _array(values: Any) -> Float64:
    return np.array(values, dtype=np.float64)  # reads "inf" and None as what they are

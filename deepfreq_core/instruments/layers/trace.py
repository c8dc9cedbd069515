"""Runs as claims see them: compact, and to and from JSON, so that recorded ones can ship."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from deepfreq_core.lowpass.frequency import FLOOR
from deepfreq_core.records import Float64, JsonValue, Measurement
from deepfreq_core.schema import Coordinates
from deepfreq_core.schema.reader import own
from deepfreq_core.training.learning import MEAN_ANSWER, Learning, left_out, of_losses

OWNER = __package__.rpartition(".")[2]  # this instrument's name in a run
_DIGITS = 4
_KEPT = 3  # measurements whose curves are kept; scalars are kept of all


@dataclass(frozen=True, slots=True)
class Trace:
    """One run of one case.

    Attributes:
        case: Label of each axis by the axis's name.
        seed: Its seed.
        layers: Names of the raw input and the hidden layers, (L+1,).
        inverse_delta: Grid of 1/δ, (m,).
        epoch: Epochs of the kept curves, (t,); the first is before training, the last the end.
        lfr: (t, L+1, m).
        rdf: (t, L+1, m).
        gradient_norm: (t, L+1): hidden layers 1…L and the output.
        scalars: By name, one value an entry of `scalar_epoch`; NaN where not measured.
        scalar_epoch: Epochs of all measurements, (s,).
        facts: Machine, backend and versions of the run.
    """

    case: Mapping[str, str]
    seed: int
    layers: tuple[str, ...]
    inverse_delta: Float64
    epoch: Float64
    lfr: Float64
    rdf: Float64
    gradient_norm: Float64
    scalar_epoch: Float64
    scalars: Mapping[str, Float64]
    facts: Mapping[str, JsonValue] = field(default_factory=dict)

    @property
    def learning(self) -> Learning:
        """What its network has learned in the end."""
        return of_losses(self.scalars.get("train_loss", ()), self.facts)


def trace(
    case: Mapping[str, str],
    seed: int,
    measurements: Sequence[Measurement],
    coordinates: Coordinates,
    facts: Mapping[str, JsonValue],
) -> Trace:
    """The compact form of one run's measurements; the first and the last are always kept.

    Args:
        case: Label of each axis by the axis's name.
        seed: The run's seed.
        measurements: At least one, in order.
        coordinates: The run's coordinates.
        facts: The run's facts.

    Returns:
        The trace.
    """
    positions = np.linspace(0, len(measurements) - 1, min(_KEPT, len(measurements)))
    kept = [measurements[int(position)] for position in np.unique(positions.round())]
    names = sorted({name for measurement in measurements for name in measurement.scalars})
    arrays = [own(one.arrays, OWNER) for one in kept]
    along = own(coordinates, OWNER)
    return Trace(
        case=dict(case),
        seed=seed,
        layers=tuple(map(str, along["layer"])),
        inverse_delta=np.asarray(along["inverse_delta"], dtype=np.float64),
        epoch=np.array([measurement.at for measurement in kept]),
        lfr=np.stack([one["lfr"] for one in arrays]),
        rdf=np.stack([one["rdf"] for one in arrays]),
        gradient_norm=np.stack([one["gradient_norm"] for one in arrays]),
        scalar_epoch=np.array([measurement.at for measurement in measurements]),
        scalars={
            name: np.array([m.scalars.get(name, np.nan) for m in measurements]) for name in names
        },
        facts=dict(facts),
    )


def by_case(traces: Iterable[Trace], axis: str) -> dict[str, list[Trace]]:
    """Traces by their label on one axis, in order of first appearance."""
    groups: dict[str, list[Trace]] = {}
    for one in traces:
        groups.setdefault(one.case[axis], []).append(one)
    return groups


def table(traces: Iterable[Trace], axis: str, value: Callable[[Trace], float]) -> Float64:
    """One number a run, as seeds by cases; the seeds' rows are comparable, so whole ones only.

    A run that diverged has none.

    Args:
        traces: The runs.
        axis: The axis whose labels are the columns, in order of first appearance.
        value: Reads the number off a run; NaN where it has none.

    Returns:
        (seeds, cases), in order of the seeds; seeds that lack a case are left out.
    """
    cases = by_case(traces, axis)
    seeds = sorted({one.seed for runs in cases.values() for one in runs})
    numbers = np.full((len(seeds), len(cases)), np.nan)
    for column, runs in enumerate(cases.values()):
        for one in runs:
            if one.learning is not Learning.DIVERGED:
                numbers[seeds.index(one.seed), column] = value(one)
    complete: Float64 = numbers[~np.isnan(numbers).any(axis=1)]
    return complete


# What is the same for all runs of a claim is said once, by whoever keeps them.
_FACTS = (
    *("backend", "normalize", "n_measured", "n_parameters", "layer_widths"),
    *(MEAN_ANSWER, FLOOR),
)
_ARRAYS = ("inverse_delta", "epoch", "lfr", "rdf", "gradient_norm", "scalar_epoch")


def to_dict(one: Trace) -> dict[str, Any]:
    """JSON values, numbers rounded to four significant digits; NaN as null."""
    return {
        "case": dict(one.case),
        "seed": one.seed,
        "layers": list(one.layers),
        **{name: _rounded(getattr(one, name)) for name in _ARRAYS},
        "scalars": {name: _rounded(values) for name, values in one.scalars.items()},
        "facts": {name: one.facts[name] for name in _FACTS if name in one.facts},
    }


def from_dict(value: Mapping[str, Any]) -> Trace:
    """The trace of such JSON values."""
    return Trace(
        case=value["case"],
        seed=value["seed"],
        layers=tuple(value["layers"]),
        **{name: np.array(value[name], dtype=np.float64) for name in _ARRAYS},
        scalars={
            name: np.array(values, dtype=np.float64) for name, values in value["scalars"].items()
        },
        facts=value["facts"],
    )


def _rounded(values: Float64) -> Any:
    if values.ndim > 1:
        return [_rounded(row) for row in values]
    return [None if np.isnan(v) else float(f"{v:.{_DIGITS}g}") for v in values.tolist()]


class Traces:
    """How runs of the layers instrument become evidence of a claim, and are recorded."""

    def read(
        self,
        case: Mapping[str, str],
        seed: int,
        measurements: Sequence[Measurement],
        coordinates: Coordinates,
        facts: Mapping[str, JsonValue],
    ) -> Trace:
        """What counts of a finished run."""
        return trace(case, seed, measurements, coordinates, facts)

    def to_dict(self, one: Trace) -> dict[str, Any]:
        """JSON values."""
        return to_dict(one)

    def from_dict(self, value: Mapping[str, Any]) -> Trace:
        """The trace of such values."""
        return from_dict(value)

    def left_out(self, runs: Sequence[Trace]) -> str:
        """How many have learned nothing or diverged."""
        return left_out(one.learning for one in runs)

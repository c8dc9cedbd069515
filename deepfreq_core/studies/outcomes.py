"""Outcomes of runs that were started together, by what varies in them × seed.

Only numbers read off each run by its own reader come together here, joined by label; curves stay
with their runs, whose grids differ. NaN is not there and is left out; infinity was never reached
and takes part in medians.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalogue
from deepfreq_core.records import Float64
from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.schema import Outcome
from deepfreq_core.schema.reader import OutcomeValue
from deepfreq_core.training.speed import median_and_range

Place = tuple[str, ...]  # a value of each axis
SPEED = "epochs_to_loss"  # the outcome that a sweep is about unless another is asked for


@dataclass(frozen=True, slots=True)
class Read:
    """One outcome of one finished run.

    Attributes:
        place: Its value on each axis.
        seed: Its seed.
        values: By label; one under "" where the outcome is a single number.
    """

    place: Place
    seed: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """One outcome of all runs.

    Attributes:
        outcome: What it is.
        dim: What its labels are called; "" for a single number.
        axes: Names of what varies, the slowest first; none where seeds alone do.
        runs: Those that are done, in order of launch.
        planned: Places of all runs, done or not, so that axes and colours stay as they are while
            runs come in.
        label: The one label that these are the values of; "" where there are none, or all.
        reference: Index of the label that the others are compared with, or None.
    """

    outcome: Outcome
    dim: str
    axes: tuple[str, ...]
    runs: tuple[Read, ...]
    planned: tuple[Place, ...] = ()
    label: str = ""
    reference: int | None = None

    @property
    def places(self) -> tuple[Place, ...]:
        """Combinations of the axes' values, in order of launch."""
        return tuple(dict.fromkeys([*self.planned, *(run.place for run in self.runs)]))

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of all runs, in order of first appearance."""
        return tuple(dict.fromkeys(label for run in self.runs for label in run.values))

    def over_seeds(self, place: Place, label: str) -> Float64:
        """The values of all seeds, (s,); NaN of a run that lacks the label."""
        return np.array([
            run.values.get(label, math.nan) for run in self.runs if run.place == place
        ])

    def only(self, label: str) -> Outcomes:
        """The same with this label's values alone, as a single number."""
        runs = tuple(
            replace(run, values={"": run.values.get(label, math.nan)}) for run in self.runs
        )
        return replace(self, dim="", label=label, runs=runs)

    @property
    def title(self) -> str:
        """What it is, with the one label."""
        name = self.outcome.long_name
        return f"{name}, {self.label}" if self.label else name


def names(config: RunConfig) -> dict[str, str]:
    """Outcomes that a run with these settings declares: short name to whole name."""
    reader = catalogue.reader(config)
    return {reader.short(name): name for name in reader.schema.outcomes}


def usual(config: RunConfig) -> str:
    """The outcome where nobody asks: epochs to the target loss if there is one, else the first.

    Raises:
        ConfigError: A run with these settings declares no outcome at all.
    """
    declared = names(config)
    has_target = getattr(getattr(config, "training", None), "stop_loss", None) is not None
    found = SPEED if SPEED in declared and has_target else next(iter(declared), None)
    if found is None:
        raise ConfigError(
            f"a run of the experiment {config.experiment!r} with these settings declares no "
            "outcome. Add an instrument that does"
        )
    return declared[found]


def whole_name(config: RunConfig, name: str) -> str:
    """The whole name of an outcome, given that, the short one, or one that one instrument has.

    Raises:
        ConfigError: A run with these settings declares no such outcome; the message lists those
            that it does.
    """
    declared = names(config)
    if name in declared.values():
        return name
    bare = [whole for whole in declared.values() if whole.endswith(f"/{name}")]
    if name not in declared and len(bare) == 1:  # of one instrument of several
        return bare[0]
    if name not in declared:
        raise ConfigError(f"no outcome {name!r} in these runs. There are: {', '.join(declared)}")
    return declared[name]


def varied(found: Sequence[RunConfig]) -> tuple[str, ...]:
    """Settings besides the seed in which these differ, the slowest in order of launch first.

    Where another kind of a part is chosen by its `name`, that stands for all its settings.
    """
    plain = [_leaves(configs.to_dict(config)) for config in found]
    paths = [
        path
        for path in dict.fromkeys(path for one in plain for path in one)
        if path != "seed" and len({repr(one.get(path)) for one in plain}) > 1
    ]
    kinds = [path.removesuffix("name") for path in paths if path.endswith(".name")]
    paths = [p for p in paths if p.endswith(".name") or not any(p.startswith(k) for k in kinds)]

    def changes(path: str) -> int:
        values = [repr(one.get(path)) for one in plain]
        return sum(a != b for a, b in zip(values, values[1:], strict=False))

    return tuple(sorted(paths, key=changes))


def collect(
    runs: Sequence[Run],
    name: str,
    read: Callable[[Run], Mapping[str, OutcomeValue]],
    *,
    called: Callable[[str], str] = str,
    said: Callable[[str, str], str] = lambda path, text: text,
) -> Outcomes:
    """One outcome of finished runs.

    Args:
        runs: All that were started together, done or not, in order of launch; at least one.
        name: The outcome, by its short or whole name.
        read: All outcomes of a finished run, see `of_run`.
        called: Name of a setting in tables and charts, from its path.
        said: A value of a setting in words, from its path and itself as text.

    Returns:
        What the runs that are done have come to.
    """
    whole = whole_name(runs[0].config, name)
    schema = catalogue.reader(runs[0].config).schema
    outcome = schema.outcomes[whole]
    axes = varied([run.config for run in runs])
    places = [tuple(said(path, text_at(run.config, path)) for path in axes) for run in runs]
    done = []
    for run, place in zip(runs, places, strict=True):
        if run.state is RunState.DONE:
            value = read(run).get(whole, math.nan)
            if not isinstance(value, Mapping):
                value = {} if outcome.dim else {"": value}
            done.append(Read(place, run.config.seed, value))
    dim = schema.dims.get(outcome.dim)
    return Outcomes(
        outcome,
        dim.long_name if dim else "",
        tuple(map(called, axes)),
        tuple(done),
        tuple(dict.fromkeys(places)),
        reference=dim.reference if dim else None,
    )


def of_run(store: RunStore, run: Run) -> Mapping[str, OutcomeValue]:
    """All outcomes of a finished run by their whole names, read off it by its own reader."""
    run, measurements = store.read(run.id)
    if not measurements:
        return {}
    reader = catalogue.reader(run.config)
    measured = reader.measured(reader.known() | store.coordinates(run.id), run.facts)
    for _, measurement in measurements:
        reader.add(measured, measurement)
    return reader.outcomes(measured)


def text_at(config: RunConfig, path: str) -> str:
    """Value of a setting as text; "" where these settings have none of the kind."""
    value = configs.lookup(configs.to_dict(config), path)
    if value is configs.ABSENT:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def spread(values: Float64) -> tuple[float, float, float]:
    """Median, least and most of those that are there; three NaN where none is."""
    there = values[~np.isnan(values)]
    return median_and_range(there) if there.size else (math.nan, math.nan, math.nan)


def _leaves(plain: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in plain.items():
        if isinstance(value, Mapping):
            found |= _leaves(value, f"{before}{name}.")
        else:
            found[f"{before}{name}"] = value
    return found

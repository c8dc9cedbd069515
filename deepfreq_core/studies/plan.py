"""Many configs from one: the product of axes, each value a set of changes, times seeds.

    sweep(base, [axis("depth", "net.depth", [1, 2, 3])], seeds=range(4))

gives twelve labelled configs. No torch: the dashboard plans with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from deepfreq_core import config as configs
from deepfreq_core.errors import ConfigError, cut
from deepfreq_core.experiments import reading

MAX_RUNS = 500


@dataclass(frozen=True, slots=True)
class Axis:
    """One thing that varies.

    Attributes:
        name: What it is called, e.g. "depth".
        values: Label of each value, with the settings it makes (`path=value`, see
            `config.override`).
    """

    name: str
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Planned:
    """One run to be.

    Attributes:
        case: Label of each axis by the axis's name; the same for all seeds.
        config: The settings, seed included.
    """

    case: Mapping[str, str]
    config: configs.RunConfig

    @property
    def label(self) -> str:
        """The case on one line, e.g. "depth 3, init pytorch"."""
        return ", ".join(f"{name} {value}" for name, value in self.case.items())


def axis(name: str, path: str, values: Iterable[Any]) -> Axis:
    """An axis along one setting; labels are the values.

    Args:
        name: What it is called.
        path: The setting, e.g. "net.depth".
        values: JSON values it takes.

    Returns:
        The axis.
    """
    return Axis(
        name,
        {_label(value): (f"{path}={json.dumps(value)}",) for value in values},
    )


def sweep(base: configs.RunConfig, axes: Sequence[Axis], seeds: Iterable[int]) -> list[Planned]:
    """Every combination of the axes' values, with every seed.

    Args:
        base: Settings that do not vary.
        axes: What varies; the first varies slowest.
        seeds: Seeds, varying fastest.

    Returns:
        The runs, in order.

    Raises:
        ConfigError: A combination is not allowed (the message names it), there are no runs, or
            there are more than `MAX_RUNS`.
    """
    seeds = list(seeds)
    names = [axis_.name for axis_ in axes]
    combinations = list(product(*(axis_.values.items() for axis_ in axes)))
    n_runs = len(combinations) * len(seeds)
    if not 0 < n_runs <= MAX_RUNS:
        raise ConfigError(
            f"the sweep has {n_runs} runs; allowed are 1 to {MAX_RUNS}. "
            "Change the number of values or seeds"
        )
    planned = []
    for combination in combinations:
        case = {name: label for name, (label, _) in zip(names, combination, strict=True)}
        changes = [change for _, settings in combination for change in settings]
        for seed in seeds:
            try:
                config = reading.override(base, [*changes, f"seed={seed}"])
            except ConfigError as error:
                where = ", ".join(f"{name} {cut(label)}" for name, label in case.items())
                raise ConfigError(f"{where or 'base'}: {error}") from error
            planned.append(Planned(case, config))
    return planned


def _label(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)

"""Which experiments there are: a line here and a folder. Importing it loads no torch."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deepfreq_core.config.run import RunConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments import catalogue as instruments
from deepfreq_core.schema.compose import qualified
from deepfreq_core.schema.run_reader import RunReader

if TYPE_CHECKING:
    from deepfreq_core.experiments.base import Experiment

# `experiment` in a config -> package
EXPERIMENTS = {
    "train": "deepfreq_core.experiments.train",
    "decay": "deepfreq_core.experiments.decay",
    "probe": "deepfreq_core.experiments.probe",
}


def module(name: str, part: str) -> Any:
    """A module of an experiment's folder: "config", "schema", "panels" or "measure".

    Raises:
        ConfigError: There is no such experiment; the message lists those there are.
    """
    if name not in EXPERIMENTS:
        raise ConfigError(f"no experiment {name!r}. There are: {', '.join(EXPERIMENTS)}")
    return importlib.import_module(f"{EXPERIMENTS[name]}.{part}")


def model(name: str) -> type[RunConfig]:
    """The model of an experiment's settings."""
    found: type[RunConfig] = module(name, "config").CONFIG
    return found


def create(config: RunConfig) -> Experiment:
    """The experiment that this config describes, ready to run; may load torch."""
    made: Experiment = module(config.experiment, "measure").EXPERIMENT(config)
    return made


def reader(config: RunConfig) -> RunReader:
    """What the numbers of a run with these settings mean."""
    own = module(config.experiment, "schema").READER(config, config)
    parts = {
        name: instruments.reader(name, settings, config)
        for name, settings in instruments_of(config).items()
    }
    return RunReader({"": own, **parts})


@dataclass(frozen=True, slots=True)
class Plan:
    """How far a run means to go.

    Attributes:
        end: Where its clock stops at the latest.
        may_end_earlier: Whether something else can end it before.
    """

    end: float
    may_end_earlier: bool


def planned(config: RunConfig) -> Plan:
    """How far a run with these settings means to go."""
    return Plan(*config.planned_end())


def instruments_of(config: RunConfig) -> Mapping[str, Any]:
    """Settings of a run's instruments by name; none where the experiment carries none."""
    found: Mapping[str, Any] = getattr(config, "instruments", {})
    return found


def sentences(config: RunConfig) -> dict[str, str]:
    """Headlines by key: the experiment's, and those of its instruments with their names before."""
    packages = {"": EXPERIMENTS[config.experiment]} | {
        name: instruments.INSTRUMENTS[name] for name in instruments_of(config)
    }
    return {
        qualified(owner, key): text
        for owner, package in packages.items()
        for key, text in instruments.sentences(package).items()
    }

"""Which experiments and presets there are. Titles and configs only: importing it loads no torch."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from deepfreq_core import config as configs
from deepfreq_core import settings
from deepfreq_core.errors import ConfigError

if TYPE_CHECKING:
    from deepfreq_core.experiments.base import Experiment

# experiment name in the config -> "module:class"
_EXPERIMENTS = {
    "layers": "deepfreq_core.experiments.layers:LayersExperiment",
}


@dataclass(frozen=True, slots=True)
class Preset:
    """A named config with its story.

    Attributes:
        slug: Name on the command line and in addresses.
        title: One line.
        summary: What it shows, and what would refute it.
        source: Where its settings come from, and which of them are our reading.
        config: The settings.
    """

    slug: str
    title: str
    summary: str
    source: str
    config: configs.RunConfig


@lru_cache(maxsize=1)
def presets() -> dict[str, Preset]:
    """All presets by slug, in the order of their `order` field."""
    texts = [
        json.loads(path.read_text("utf-8")) | {"slug": path.stem}
        for path in (settings.assets() / "presets").glob("*.json")
    ]
    return {
        text["slug"]: Preset(
            slug=text["slug"],
            title=text["title"],
            summary=text["summary"],
            source=text["source"],
            config=configs.from_dict(text["config"]),
        )
        for text in sorted(texts, key=lambda text: (text["order"], text["slug"]))
    }


def preset(slug: str) -> Preset:
    """The preset of this name.

    Raises:
        ConfigError: There is none; the message lists those there are.
    """
    try:
        return presets()[slug]
    except KeyError:
        raise ConfigError(f"no preset {slug!r}. There are: {', '.join(presets())}") from None


def create(config: configs.RunConfig) -> Experiment:
    """The experiment that this config describes, ready to run; loads torch."""
    module, _, name = _EXPERIMENTS[config.experiment].partition(":")
    experiment: Experiment = getattr(importlib.import_module(module), name)(config)
    return experiment

"""The chapters of the story, in order: a line here and a folder with presets, claims and texts.

Titles and settings only: importing it loads no torch, and claims only when they are asked for.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deepfreq_core import config as configs
from deepfreq_core.errors import ConfigError, quoted
from deepfreq_core.experiments import reading
from deepfreq_core.studies import sweep_plan

if TYPE_CHECKING:
    from deepfreq_core.studies.claim import Claim

# title -> package
CHAPTERS = {
    "First steps": "deepfreq_core.chapters.first_steps",
    "The deep frequency principle": "deepfreq_core.chapters.deep_frequency",
    "The frequency principle": "deepfreq_core.chapters.frequency_principle",
    "The upper limit": "deepfreq_core.chapters.upper_limit",
}
# A sentence of a summary that says where to look, up to the stop before the next one.
_LOOK = re.compile(r"(?:^|(?<=[.!?] ))(?:Look at|Watch) .+?[.!?](?=$| [A-Z])")


@dataclass(frozen=True, slots=True)
class Preset:
    """A named config with its story.

    Attributes:
        slug: Name on the command line and in addresses.
        title: One line.
        summary: What it shows, and what would refute it.
        source: Where its settings come from, and which of them are our reading.
        config: The settings.
        paper: Paths of the settings whose value here is the paper's, as its text or code has it.
        chapter: Title of the chapter it belongs to.
    """

    slug: str
    title: str
    summary: str
    source: str
    config: configs.RunConfig
    paper: tuple[str, ...] = ()
    chapter: str = ""

    @property
    def look(self) -> str:
        """The sentence of its summary that says what to look at; empty where none does."""
        found = _LOOK.search(self.summary)
        return found[0] if found else ""

    def paper_values(self, plain: Mapping[str, Any]) -> dict[str, Any]:
        """The paper's values by path, as far as they say something about these settings.

        Args:
            plain: A config that started from this preset. Where a part is of another kind now,
                what the paper sets in it is about something else.
        """
        own = configs.to_dict(self.config)
        return {
            path: configs.lookup(own, path)
            for path in self.paper
            if all(configs.lookup(own, n) == configs.lookup(plain, n) for n in _kinds_above(path))
        }


@lru_cache(maxsize=1)
def presets() -> dict[str, Preset]:
    """All presets by slug, in the order of their `order` field."""
    return {
        text["slug"]: Preset(
            slug=text["slug"],
            title=text["title"],
            summary=text["summary"],
            source=text["source"],
            config=reading.from_dict(text["config"]),
            paper=tuple(text.get("paper", ())),
            chapter=text["chapter"],
        )
        for text in sorted(_preset_texts(), key=lambda text: (text["order"], text["slug"]))
    }


def preset(slug: str) -> Preset:
    """The preset of this name.

    Raises:
        ConfigError: There is none; the message lists those there are.
    """
    try:
        return presets()[slug]
    except KeyError:
        raise ConfigError(f"no preset {quoted(slug)}. There are: {', '.join(presets())}") from None


def presets_by_chapter() -> dict[str, dict[str, Preset]]:
    """Presets of each chapter by slug, in order, by the chapter's title."""
    return {
        title: {slug: one for slug, one in presets().items() if one.chapter == title}
        for title in CHAPTERS
        if any(one.chapter == title for one in presets().values())
    }


def sweepable() -> dict[str, Preset]:
    """Presets whose depth can be swept, the quickest first."""
    found = [one for one in presets().values() if sweep_plan.can_sweep(one.config)]
    return {one.slug: one for one in sorted(found, key=lambda one: sweep_plan.seconds(one.config))}


def claims() -> dict[str, Claim]:
    """All claims by slug, in the page's order."""
    return {claim.slug: claim for found in claims_by_chapter().values() for claim in found}


@lru_cache(maxsize=1)
def claims_by_chapter() -> dict[str, tuple[Claim, ...]]:
    """Claims of each chapter that has any, by its title."""
    return {
        title: importlib.import_module(f"{package}.claims").CLAIMS
        for title, package in CHAPTERS.items()
        if (_folder(package) / "claims.py").is_file()
    }


def claim(slug: str) -> Claim:
    """The claim of this name.

    Raises:
        ConfigError: There is none; the message lists those there are.
    """
    try:
        return claims()[slug]
    except KeyError:
        raise ConfigError(f"no claim {slug!r}. There are: {', '.join(claims())}") from None


def _kinds_above(path: str) -> Iterator[str]:
    """Paths of the choices of kind that a setting depends on; `ABSENT` where a part has none."""
    *parts, last = path.split(".")
    depth = len(parts) - (last == "name")  # its own choice is none above it
    return (".".join([*parts[:n], "name"]) for n in range(1, depth + 1))


def _preset_texts() -> Iterator[dict[str, Any]]:
    for chapter, package in CHAPTERS.items():
        for path in (_folder(package) / "presets").glob("*.json"):
            yield json.loads(path.read_text("utf-8")) | {"slug": path.stem, "chapter": chapter}


def _folder(package: str) -> Path:
    return Path(importlib.import_module(package).__path__[0])

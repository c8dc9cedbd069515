"""The settings a person may choose, in the order of the form.

Texts come from assets for the settings told there; all others are told by the config models: title
and description, and where there is no title their name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from deepfreq_core.ui import parts, texts

MAIN = "main"  # the group that is always in sight
MORE = "more"  # the group of what nobody gave a place
_IN_SIGHT = 5


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of the form.

    Attributes:
        path: Path in the config.
        group: Part of the form it stands in.
        label: Its name for people.
        help: One or two sentences.
        paper: The paper's value, or None where it names none.
        step: What its + and − change; None where it is no number, or 1.
        empty: What an empty input means; None where it cannot be empty.
    """

    path: str
    group: str
    label: str
    help: str
    paper: Any = None
    step: float | None = None
    empty: str | None = None


@lru_cache(maxsize=1)
def told() -> dict[str, Field]:
    """Settings that assets tell, by path, in the order of the form."""
    return {entry["path"]: Field(**entry) for entry in texts.table("controls")["fields"]}


def fields(plain: Mapping[str, Any]) -> list[Field]:
    """All settings of a config, of the kinds chosen in it.

    Args:
        plain: The config as plain values.
    """
    there = dict.fromkeys(parts.paths(plain))
    first = [path for path in told() if path in there]
    found = [
        _field(path, plain) for path in [*first, *(path for path in there if path not in first)]
    ]
    n_free = _IN_SIGHT - sum(field.group == MAIN for field in found)
    promoted = [field.path for field in found if field.group == MORE][: max(0, n_free)]
    return [replace(field, group=MAIN) if field.path in promoted else field for field in found]


def paths() -> tuple[str, ...]:
    """Paths of all settings of all experiments: the whitelist of what a link may change."""
    every = parts.every_path()
    first = [path for path in told() if path in every]
    return (*first, *(path for path in every if path not in first))


def groups(found: list[Field]) -> dict[str, str]:
    """Folded groups of these settings with their titles, in order."""
    titles = {name: title for name, title in texts.table("controls")["groups"].items() if title}
    there = dict.fromkeys(field.group for field in found if field.group != MAIN)
    known = {name: title for name, title in titles.items() if name in there}
    return known | {name: _in_letters(name) for name in there if name not in known}


def in_words(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(in_words, value))
    if isinstance(value, str):
        return str(texts.table("controls")["values"].get(value, value.replace("_", " ")))
    return in_digits(value)


def in_digits(value: float) -> str:
    """A number as short as it can be written without becoming another one."""
    short = f"{value:g}"
    return short if float(short) == value else str(value)


def _field(path: str, plain: Mapping[str, Any]) -> Field:
    """What is known of a setting.

    A model's own title goes before the assets', which tell of trainings: what `data.name` chooses
    there are images, and elsewhere something else.

    Raises:
        KeyError: There is no such setting.
    """
    known = told().get(path)
    info = parts.info(path.removesuffix(".name"), plain)
    if known is not None and (info is None or info.title is None):
        return known
    if info is None:
        raise KeyError(path)
    name = path.removesuffix(".name").rpartition(".")[2]
    return Field(
        path,
        group=known.group if known else _group(path),
        label=info.title or _in_letters(name),
        help=info.description or "",
        empty="none" if info.default is None else None,
    )


def _group(path: str) -> str:
    """Where the settings of its part stand; a group of its own where none does."""
    owner, dot, _ = path.partition(".")
    if not dot:
        return MORE
    beside = (field.group for other, field in told().items() if other.startswith(f"{owner}."))
    return next((group for group in beside if group != MAIN), owner)


def _in_letters(name: str) -> str:
    return name.replace("_", " ").capitalize()

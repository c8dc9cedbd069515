"""The settings a person may choose, in the order of the form. Texts come from assets.

Names of kinds (`….name`) stand before their details, as `url_state` needs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from deepfreq_core.ui import texts

MAIN = "main"  # the group that is always in sight


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
def fields() -> tuple[Field, ...]:
    """All settings of the form."""
    return tuple(Field(**entry) for entry in texts.table("controls")["fields"])


def paths() -> tuple[str, ...]:
    """Their paths: the whitelist of what a link may change."""
    return tuple(field.path for field in fields())


def groups() -> dict[str, str]:
    """Folded groups with their titles, in order."""
    return {name: title for name, title in texts.table("controls")["groups"].items() if title}


def shown(value: Any) -> str:
    """A value as people read it."""
    return (
        str(texts.table("controls")["values"].get(value, value))
        if isinstance(value, str)
        else f"{value:g}"
    )

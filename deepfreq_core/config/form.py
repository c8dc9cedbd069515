"""What a form says of a setting beside its title and description: `Field(…, json_schema_extra=…)`.

A setting without any of this is in the form as well: with its name, in the group of its part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic.config import JsonDict
from pydantic.fields import FieldInfo

# Folded groups with their titles, in the order of the form. Others come after them.
GROUPS = {
    "net": "Network",
    "data": "Samples",
    "training": "Training",
    "measure": "Measuring",
    "machine": "Seed and machine",
    "more": "More",
}
_KEY = "form"


@dataclass(frozen=True, slots=True)
class Form:
    """How a setting is shown.

    Attributes:
        group: Name of the folded group that it stands in, and all inside it that has no group of
            its own; empty is its part's.
        in_sight: Whether it stands above the groups; of a part, the choice of its kind.
        rank: Settings of a group stand in this order, then in that of their models.
        step: What its + and − change; None where it is no number, or 1.
        empty: What an empty input means; None where it cannot be empty, or is "none".
        words: What its values are called, where people call them otherwise.
    """

    group: str = ""
    in_sight: bool = False
    rank: int = 0
    step: float | None = None
    empty: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)


def in_form(
    *,
    group: str = "",
    in_sight: bool = False,
    rank: int = 0,
    step: float | None = None,
    empty: str | None = None,
    words: Mapping[str, str] | None = None,
) -> JsonDict:
    """`json_schema_extra` of a setting: what `Form` says, as plain values."""
    return {
        _KEY: {
            "group": group,
            "in_sight": in_sight,
            "rank": rank,
            "step": step,
            "empty": empty,
            "words": dict(words or {}),
        }
    }


def form_of(info: FieldInfo) -> Form:
    """What a setting says of itself."""
    extra = info.json_schema_extra
    told: Any = extra.get(_KEY, {}) if isinstance(extra, dict) else {}
    return Form(**told)

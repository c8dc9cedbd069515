"""The settings a person may choose, in the order of the form, as the config models tell them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from deepfreq_core.config.form import GROUPS, form_of
from deepfreq_core.config.serial import ABSENT
from deepfreq_core.ui import parts
from deepfreq_core.ui.parts import MORE, Models, Setting

MAIN = "main"  # the group that is always in sight
_IN_SIGHT = 5


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of the form.

    Attributes:
        path: Path in the config.
        group: Part of the form it stands in.
        label: Its name for people.
        help: One or two sentences.
        type: What it holds, without None.
        kinds: Models of the part whose kind it chooses; empty for other settings.
        step: What its + and − change; None where it is no number, or 1.
        empty: What an empty input means; None where it cannot be empty.
        words: What its values are called, where people call them otherwise.
        paper: The paper's value; `ABSENT` where the preset names none.
    """

    path: str
    group: str
    label: str
    help: str
    type: Any = str
    kinds: Models = field(default_factory=dict)
    step: float | None = None
    empty: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    paper: Any = ABSENT

    def word(self, value: Any) -> str:
        """One of its values as people read it."""
        return (self.empty or "none") if value is None else _word(value, self.words)


def fields(
    plain: Mapping[str, Any], paper: Mapping[str, Any] = MappingProxyType({})
) -> list[Field]:
    """All settings of a config, of the kinds chosen in it, as they stand in the form.

    Args:
        plain: The config as plain values.
        paper: The paper's values, by path.
    """
    settings = list(parts.settings(plain))
    in_sight = [one.path for one in settings if form_of(one.info).in_sight]
    rest = [one.path for one in settings if one.group == MORE and one.path not in in_sight]
    in_sight += rest[: max(0, _IN_SIGHT - len(in_sight))]
    found = [
        (
            form_of(one.info).rank,
            replace(
                _field(one),
                group=MAIN if one.path in in_sight else one.group,
                paper=paper.get(one.path, ABSENT),
            ),
        )
        for one in settings
    ]
    order = [MAIN, *groups(one for _, one in found)]
    return [one for _, one in sorted(found, key=lambda it: (order.index(it[1].group), it[0]))]


def paths() -> tuple[str, ...]:
    """Paths of all settings of all experiments: the whitelist of what a link may change."""
    return tuple(dict.fromkeys(one.path for one in parts.every()))


def groups(found: Iterable[Field]) -> dict[str, str]:
    """Folded groups of these settings with their titles, in order."""
    there = dict.fromkeys(field.group for field in found if field.group != MAIN)
    known = {name: title for name, title in GROUPS.items() if name in there}
    return known | {name: _in_letters(name) for name in there if name not in known}


def in_words(value: Any) -> str:
    """A value as people read it, of whichever setting."""
    return _word(value, _every_word())


def in_digits(value: float) -> str:
    """A number as short as it can be written without becoming another one."""
    short = f"{value:g}"
    return short if float(short) == value else str(value)


def _word(value: Any, words: Mapping[str, str]) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_word(one, words) for one in value)
    if isinstance(value, str):
        return words.get(value, value.replace("_", " "))
    return in_digits(value)


def _field(setting: Setting) -> Field:
    """A setting in the words of its model; where it has no title, under its own name."""
    info, form = setting.info, form_of(setting.info)
    inner, may_be_empty = _unwrap(info.annotation)
    name = setting.path.removesuffix(".name").rpartition(".")[2]
    return Field(
        setting.path,
        group=setting.group,
        label=info.title or _in_letters(name),
        help=info.description or "",
        type=inner,
        kinds=setting.kinds,
        step=form.step,
        empty=form.empty or "none" if may_be_empty else None,
        words=_words(setting),
    )


def _words(setting: Setting) -> Mapping[str, str]:
    """What its values are called; of a choice of kind, as each kind calls itself."""
    infos = [kind.model_fields["name"] for kind in setting.kinds.values()] or [setting.info]
    return {value: word for info in infos for value, word in form_of(info).words.items()}


@lru_cache(maxsize=1)
def _every_word() -> Mapping[str, str]:
    """What values are called; where two settings differ, as the first of them calls it."""
    found: dict[str, str] = {}
    for setting in parts.every():
        found = {**_words(setting), **found}
    return found


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """The type without None, and whether None was in it."""
    if get_origin(annotation) in {Union, UnionType}:
        inner = [item for item in get_args(annotation) if item is not NoneType]
        return inner[0], len(inner) < len(get_args(annotation))
    return annotation, False


def _in_letters(name: str) -> str:
    return name.replace("_", " ").capitalize()

"""One input widget for one setting: which kind it is follows from the setting's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from deepfreq_core.data import places
from deepfreq_core.data.places import Place
from deepfreq_core.errors import ConfigError
from deepfreq_core.ui import parts
from deepfreq_core.ui.fields import Field, in_digits, in_words


def draw(
    field: Field, plain: Mapping[str, Any], key: str, on_kind: Callable[[str], None]
) -> Any | None:
    """The widget of a setting; its value goes to and from session state under `key`.

    Args:
        field: The setting.
        plain: The config as plain values; it decides which kinds of parts there are.
        key: Session key of the widget.
        on_kind: Called with the path when another kind of part was chosen.

    Returns:
        What the widget holds, in the form that `to_plain` takes.
    """
    given = options(field, plain)
    if field.path.endswith(".name"):
        return _choice(field, given, key, on_change=on_kind, args=(field.path,))
    if given:
        return _choice(field, given, key)
    info = parts.info(field.path, plain) or FieldInfo()
    inner, may_be_empty = _unwrap(info.annotation)
    if inner is bool:
        return st.toggle(_label(field), key=key, help=field.help)
    if inner in {int, float}:
        return _number(field, info, inner, may_be_empty, key)
    return st.text_input(
        _label(field), key=key, help=field.help, placeholder=field.empty, autocomplete="off"
    )


def options(field: Field, plain: Mapping[str, Any]) -> list[Any]:
    """What a setting may be where that is a choice of a few; else empty."""
    if field.path.endswith(".name"):
        return list(parts.kinds(field.path.removesuffix(".name"), plain))
    info = parts.info(field.path, plain)
    inner, _ = _unwrap(info.annotation if info else None)
    return list(get_args(inner)) if get_origin(inner) is Literal else []


def to_widget(field: Field, plain: Mapping[str, Any], value: Any) -> Any:
    """A config value as its widget holds it: lists are text, whole numbers may stand for floats."""
    if isinstance(value, list | tuple):
        return ", ".join(map(in_digits, value))
    if field.path.endswith(".name"):
        return value
    info = parts.info(field.path, plain)
    inner, _ = _unwrap(info.annotation if info else None)
    if get_origin(inner) is tuple:
        return ""
    return float(value) if inner is float and value is not None else value


def to_plain(field: Field, plain: Mapping[str, Any], value: Any) -> Any:
    """What a widget holds as a config value.

    Raises:
        ConfigError: A list of numbers holds something else.
    """
    info = None if field.path.endswith(".name") else parts.info(field.path, plain)
    if info is None or not isinstance(value, str):
        return value
    inner, may_be_empty = _unwrap(info.annotation)
    if get_origin(inner) is not tuple:
        return value
    if not value.strip():
        return None if may_be_empty else []
    try:
        numbers = [float(item) for item in value.replace(";", ",").split(",") if item.strip()]
    except ValueError:
        name = field.path.rpartition(".")[2]
        raise ConfigError(
            f"{name} is {value!r}. Give numbers separated by commas, e.g. 3, 5"
        ) from None
    whole = get_args(inner)[0] is int
    return [int(item) if whole and item.is_integer() else item for item in numbers]


def _choice(field: Field, options: list[Any], key: str, **more: Any) -> Any:
    def name(option: Any) -> str:
        marks = [" (paper)"] if option == field.paper else []
        if field.path == "data.name" and places.place(option) is Place.OUT_OF_REACH:
            marks.append(" (not on this machine)")
        return in_words(option) + "".join(marks)

    return st.selectbox(field.label, options, key=key, help=field.help, format_func=name, **more)


def _number(field: Field, info: FieldInfo, kind: type, may_be_empty: bool, key: str) -> Any:
    more: dict[str, Any] = {"step": 1} if kind is int else {"format": "%g"}
    if field.step is not None:
        more["step"] = kind(field.step)
    # No limits here: beyond them the browser would silently keep the number before. The config
    # refuses it with a sentence, and there is nothing to launch until it is changed.
    return st.number_input(
        _label(field),
        # What it holds is in session state; a value here as well is a warning in the log.
        value=None if may_be_empty else "min",
        placeholder=field.empty,
        key=key,
        help=field.help,
        **more,
    )


def _label(field: Field) -> str:
    return field.label if field.paper is None else f"{field.label} :gray[(paper {field.paper:g})]"


def _unwrap(annotation: Any) -> tuple[Any, bool]:
    """The type without None, and whether None was in it."""
    if get_origin(annotation) in {Union, UnionType}:
        inner = [item for item in get_args(annotation) if item is not NoneType]
        return inner[0], len(inner) < len(get_args(annotation))
    return annotation, False

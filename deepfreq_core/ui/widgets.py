"""One input widget for one setting: which kind it is follows from the setting's type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

import streamlit as st

from deepfreq_core.config.data import ImageData
from deepfreq_core.config.serial import ABSENT
from deepfreq_core.data import places
from deepfreq_core.data.places import Place
from deepfreq_core.errors import ConfigError
from deepfreq_core.ui.fields import Field, in_digits


def draw(field: Field, key: str, on_kind: Callable[[str], None]) -> Any | None:
    """The widget of a setting; its value goes to and from session state under `key`.

    Args:
        field: The setting.
        key: Session key of the widget.
        on_kind: Called with the path when another kind of part was chosen.

    Returns:
        What the widget holds, in the form that `to_plain` takes.
    """
    given = options(field)
    if field.kinds:
        return _choice(field, given, key, on_change=on_kind, args=(field.path,))
    if given:
        return _choice(field, given, key)
    if field.type is bool:
        return st.toggle(_label(field), key=key, help=field.help)
    if field.type in {int, float}:
        return _number(field, key)
    return st.text_input(
        _label(field), key=key, help=field.help, placeholder=field.empty, autocomplete="off"
    )


def options(field: Field) -> list[Any]:
    """What a setting may be where that is a choice of a few; else empty."""
    if field.kinds:
        return list(field.kinds)
    return list(get_args(field.type)) if get_origin(field.type) is Literal else []


def to_widget(field: Field, value: Any) -> Any:
    """A config value as its widget holds it: lists are text, whole numbers may stand for floats."""
    if get_origin(field.type) is tuple:
        return ", ".join(one if isinstance(one, str) else in_digits(one) for one in value or ())
    return float(value) if field.type is float and value is not None else value


def to_plain(field: Field, value: Any) -> Any:
    """What a widget holds as a config value.

    Raises:
        ConfigError: A list of numbers holds something else.
    """
    if get_origin(field.type) is not tuple or not isinstance(value, str):
        return value
    items = [item.strip() for item in value.replace(";", ",").split(",") if item.strip()]
    if not items:
        return [] if field.empty is None else None
    inner = get_args(field.type)[0]
    if inner not in {int, float}:
        return items
    try:
        numbers = [float(item) for item in items]
    except ValueError:
        name = field.path.rpartition(".")[2]
        raise ConfigError(
            f"{name} is {value!r}. Give numbers separated by commas, e.g. 3, 5"
        ) from None
    return [int(one) if inner is int and one.is_integer() else one for one in numbers]


def place(field: Field, option: str) -> Place:
    """Where the data can be had from that this option stands for; here, if it is no such choice."""
    is_read = issubclass(field.kinds.get(option, object), ImageData)
    return places.place(option) if is_read else Place.HERE


def _choice(field: Field, options: list[Any], key: str, **more: Any) -> Any:
    def name(option: Any) -> str:
        marks = [" (paper)"] if option == field.paper else []
        if place(field, option) is Place.OUT_OF_REACH:
            marks.append(" (not on this machine)")
        return field.word(option) + "".join(marks)

    return st.selectbox(field.label, options, key=key, help=field.help, format_func=name, **more)


def _number(field: Field, key: str) -> Any:
    more: dict[str, Any] = {"step": 1} if field.type is int else {"format": "%g"}
    if field.step is not None:
        more["step"] = field.type(field.step)
    # No limits here: beyond them the browser would silently keep the number before. The config
    # refuses it with a sentence, and there is nothing to launch until it is changed.
    return st.number_input(
        _label(field),
        # What it holds is in session state; a value here as well is a warning in the log.
        value="min" if field.empty is None else None,
        placeholder=field.empty,
        key=key,
        help=field.help,
        **more,
    )


def _label(field: Field) -> str:
    if field.paper is ABSENT:
        return field.label
    return f"{field.label} :gray[(paper {field.word(field.paper)})]"

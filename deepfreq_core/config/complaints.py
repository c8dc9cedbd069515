"""What is wrong with a config, in our words: the setting, its value, what is allowed.

Pydantic knows what is wrong but says "Input should be less than or equal to 64", and puts the
names of kinds (net.mlp.depth) into paths that nobody can type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from deepfreq_core.config.part import Part, every_part
from deepfreq_core.errors import cut, quoted

_MOST = 5  # problems told at once
_NUMBERS = {"int": "a whole number", "float": "a number", "finite": "a finite number"}
_RANGE = {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}


def explain(
    error: ValidationError, model: type[Part], named: Callable[[str], type[Part] | None]
) -> str:
    """One sentence for each problem, with " | " between them.

    Args:
        error: What pydantic says.
        model: The model that was filled.
        named: The model of a part that stands under a name of its own in a mapping of parts.
    """
    found = error.errors(include_url=False)
    told = [_sentence(item, model, named) for item in found[:_MOST]]
    if len(found) > _MOST:
        told.append(f"and {len(found) - _MOST} more")
    return " | ".join(told)


def _sentence(
    item: Mapping[str, Any], root: type[Part], named: Callable[[str], type[Part] | None]
) -> str:
    path, model, field = _walk(item["loc"], root, named)
    kind, context = item["type"], item.get("ctx", {})
    got = f"{path or 'the config'} is {quoted(item['input'])}"
    if kind == "value_error":  # raised in config/ itself, which says all of it
        return _placed(str(context["error"]), path)
    if kind == "extra_forbidden":
        parent = path.rpartition(".")[0] or "a config"
        known = ", ".join(sorted(model.model_fields)) if model else "none"
        return f"{path} is no setting. What {parent} has: {known}"
    if kind == "union_tag_invalid":
        name = f"{path}.name is {quoted(context['tag'])}"
        return f"{name}. Give one of {context['expected_tags']}"
    if kind == "union_tag_not_found":
        return f"{path} does not say of which kind it is. Give {path}.name"
    if kind == "literal_error":
        return f"{got}. Give {context['expected']}"
    number = _number(kind, field)
    if number:
        return f"{got}. Give {number}"
    if kind.startswith("bool_"):
        return f"{got}. Give true or false"
    if kind in {"too_short", "too_long"}:
        limits = {"too_short": ("at least", "min_length"), "too_long": ("at most", "max_length")}
        words, key = limits[kind]
        return f"{path} has {context['actual_length']} values. Give {words} {context[key]}"
    if kind in {"model_type", "model_attributes_type"}:
        return f"{got}. Give its settings by name, as `deepfreq presets show NAME --json` has them"
    return f"{got}. {cut(item['msg'])}"


def _walk(
    location: tuple[int | str, ...],
    root: type[Part],
    named: Callable[[str], type[Part] | None],
) -> tuple[str, type[Part] | None, FieldInfo | None]:
    """Where that is: the path as a person types it, the part it is in, the setting it is."""
    names: list[str] = []
    part: type[Part] | None = root
    field: FieldInfo | None = None
    kinds: dict[str, type[Part]] = {}
    for key in location:
        if key in kinds:
            part, kinds = kinds[str(key)], {}
            continue
        names.append(cut(str(key), 40))
        if field is not None and get_origin(field.annotation) is Mapping:
            part, field = named(str(key)), None
            continue
        field = part.model_fields.get(str(key)) if part else field
        inside = _parts(field.annotation) if field and part else []
        kinds = {name: one for one in inside if len(inside) > 1 for name in _names(one)}
        if inside:
            part = inside[0] if len(inside) == 1 else None
    return ".".join(names), part, field


def _parts(annotation: Any) -> list[type[Part]]:
    """The parts that a setting may hold."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [part for inner in get_args(annotation) for part in _parts(inner)]


def _names(part: type[Part]) -> tuple[str, ...]:
    return get_args(part.model_fields["name"].annotation)


def _number(kind: str, field: FieldInfo | None) -> str:
    """What number a setting takes; nothing where this is about something else."""
    annotation = field.annotation if field else None
    wanted = kind.partition("_")[0]
    if kind in _RANGE:
        wanted = "int" if int in {annotation, *get_args(annotation)} else "float"
    if wanted not in _NUMBERS:
        return ""
    words = f"{_NUMBERS[wanted]} {_limits(field)}".rstrip()
    return f"{words}, or null" if NoneType in get_args(annotation) else words


def _limits(field: FieldInfo | None) -> str:
    """What stands behind "a number": its range, where it has one."""
    given = {type(limit).__name__: limit for limit in (field.metadata if field else ())}
    if "Ge" in given and "Le" in given:
        return f"from {given['Ge'].ge:.10g} to {given['Le'].le:.10g}"
    words = {"Ge": "of at least", "Gt": "above", "Le": "of at most", "Lt": "below"}
    return " and ".join(
        f"{word} {getattr(given[name], name.lower()):.10g}"
        for name, word in words.items()
        if name in given
    )


def _placed(sentence: str, path: str) -> str:
    """A sentence about settings of the part at a path, so that it names them whole."""
    if not path:
        return sentence
    first = sentence.split()[0].partition(".")[0]
    parent, _, last = path.rpartition(".")
    if first == last:  # about the setting itself
        return f"{parent}.{sentence}" if parent else sentence
    is_setting = any(first in part.model_fields for part in every_part())
    return f"{path}.{sentence}" if is_setting else f"{path}: {sentence}"

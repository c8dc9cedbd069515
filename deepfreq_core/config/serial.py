"""Configs to and from JSON, and with single settings replaced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import TypeAdapter, ValidationError

from deepfreq_core.config.complaints import explain
from deepfreq_core.config.part import Part
from deepfreq_core.config.run import RunConfig
from deepfreq_core.errors import ConfigError, quoted

_ADAPTER: TypeAdapter[RunConfig] = TypeAdapter(RunConfig)

# Part models by each name they answer to; names are unique over all parts.
_KINDS: dict[str, type[Part]] = {
    name: model
    for model in Part.__subclasses__()
    if "name" in model.model_fields
    for name in get_args(model.model_fields["name"].annotation)
}


def from_json(text: str) -> RunConfig:
    """Config from its JSON text.

    Raises:
        ConfigError: The text is not JSON, or a value is not allowed; all of them are named.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"the config is not JSON ({error}). Start from a preset") from error
    return from_dict(value)


def from_dict(value: Any) -> RunConfig:
    """Config from plain dicts and lists; missing fields take their defaults.

    Raises:
        ConfigError: A value is not allowed; the message names each field, what it got, and why.
    """
    try:
        return _ADAPTER.validate_python(value)
    except ValidationError as error:
        raise ConfigError(explain(error)) from error


def to_dict(config: RunConfig) -> dict[str, Any]:
    """Plain JSON values; `from_dict(to_dict(config)) == config`."""
    return config.model_dump(mode="json")


def to_json(config: RunConfig) -> str:
    """JSON text with sorted keys, so equal configs have equal text."""
    return json.dumps(to_dict(config), sort_keys=True)


def fingerprint(config: RunConfig) -> str:
    """Twelve hex digits that equal configs share and different ones do not."""
    return hashlib.sha256(to_json(config).encode()).hexdigest()[:12]


def override(config: RunConfig, assignments: Iterable[str]) -> RunConfig:
    """Config with values replaced, each given as `path=value`, e.g. `training.epochs=3`.

    The value is read as JSON where it is JSON, else as text. Setting the `name` of a part to
    another kind (`net.init.name=normal`) starts that part from the new kind's defaults.

    Raises:
        ConfigError: No such setting, or a value that is not allowed.
    """
    value = to_dict(config)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise ConfigError(
                f"--set takes path=value, e.g. training.epochs=3; got {quoted(assignment)}"
            )
        _assign(value, path, path.split("."), _json_or_text(text))
    return from_dict(value)


ABSENT = object()  # equals nothing but itself


def lookup(plain: Mapping[str, Any], path: str) -> Any:
    """Value at a dotted path of a plain config, e.g. "net.depth"; `ABSENT` where there is none."""
    value: Any = plain
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return ABSENT
        value = value[name]
    return value


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # also a number or nesting too long to read
        return text


def _assign(root: dict[str, Any], path: str, keys: list[str], new: Any) -> None:
    parent: Any = root
    for key in keys[:-1]:
        parent = _child(parent, key, path)
    last = keys[-1]
    if not isinstance(parent, dict) or last not in parent:
        raise _unknown(path, last, parent)
    old_kind, new_kind = (_KINDS.get(str(name)) for name in (parent[last], new))
    if last == "name" and new_kind is not None and new_kind is not old_kind:
        parent.clear()
        parent.update(new_kind.model_validate({"name": new}).model_dump(mode="json"))
    parent[last] = new


def _child(parent: Any, key: str, path: str) -> Any:
    if not isinstance(parent, dict) or key not in parent:
        raise _unknown(path, key, parent)
    return parent[key]


def _unknown(path: str, key: str, parent: Any) -> ConfigError:
    known = ", ".join(sorted(parent)) if isinstance(parent, Mapping) else "no parts"
    return ConfigError(f"no setting {quoted(path)}: {quoted(key)} is not one of: {known}")

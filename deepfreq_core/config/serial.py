"""Configs to and from JSON, and with single settings replaced."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from deepfreq_core.config.migrations import moved
from deepfreq_core.config.part import Part, every_part
from deepfreq_core.config.run import RunConfig
from deepfreq_core.errors import ConfigError, quoted


def to_dict(config: RunConfig) -> dict[str, Any]:
    """Plain JSON values; `from_dict(to_dict(config)) == config`."""
    return config.model_dump(mode="json")


def to_json(config: RunConfig) -> str:
    """JSON text with sorted keys, so equal configs have equal text."""
    return json.dumps(to_dict(config), sort_keys=True)


def fingerprint(config: RunConfig) -> str:
    """Twelve hex digits that equal configs share and different ones do not."""
    return hashlib.sha256(to_json(config).encode()).hexdigest()[:12]


def assigned(value: dict[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """A plain config with values replaced, each given as `path=value`: `training.epochs=3`.

    The value is read as JSON where it is JSON, else as text. Setting the `name` of a part to
    another kind (`net.init.name=normal`) starts that part from the new kind's defaults. Paths of
    older versions are understood.

    Args:
        value: The config, changed in place.
        assignments: What to replace.

    Returns:
        The config, not checked.

    Raises:
        ConfigError: No such setting.
    """
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise ConfigError(
                f"--set takes path=value, e.g. training.epochs=3; got {quoted(assignment)}"
            )
        path = moved(path)
        _assign(value, path, path.split("."), _json_or_text(text))
    return value


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
    kinds = _kinds() if last == "name" else {}
    old_kind, new_kind = (kinds.get(str(name)) for name in (parent[last], new))
    if new_kind is not None and new_kind is not old_kind:
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


def _kinds() -> dict[str, type[Part]]:
    """Part models by each name they answer to; names are unique over all parts there are."""
    return {
        name: model
        for model in every_part()
        if "name" in model.model_fields
        for name in get_args(model.model_fields["name"].annotation)
    }

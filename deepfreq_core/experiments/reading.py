"""Configs read: from JSON, from plain values of this version or an older one, with changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from deepfreq_core.config import serial
from deepfreq_core.config.complaints import explain
from deepfreq_core.config.migrations import migrated
from deepfreq_core.config.part import Part
from deepfreq_core.config.run import RunConfig
from deepfreq_core.errors import ConfigError, quoted
from deepfreq_core.experiments import catalogue
from deepfreq_core.instruments import catalogue as instruments


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
    """Config from plain dicts and lists; missing settings take their defaults.

    Raises:
        ConfigError: A value is not allowed; the message names each setting, what it got, and why.
    """
    if not isinstance(value, Mapping):
        raise ConfigError(
            f"the config is {quoted(value)}. Give its settings by name, as "
            "`deepfreq presets show NAME --json` has them"
        )
    plain = migrated(value)
    model = catalogue.model(str(plain.get("experiment")))
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        raise ConfigError(explain(error, model, _instrument)) from error


def override(config: RunConfig, assignments: Iterable[str]) -> RunConfig:
    """Config with values replaced, each given as `path=value`, see `config.serial.assigned`."""
    return from_dict(serial.assigned(serial.to_dict(config), assignments))


def _instrument(name: str) -> type[Part] | None:
    return instruments.config_model(name) if name in instruments.INSTRUMENTS else None

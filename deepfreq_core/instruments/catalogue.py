"""Which instruments there are. A line here and a folder: nothing else knows their names.

What a folder holds is loaded only when it is asked for: `config` and `schema` by everybody,
`panels` where charts are drawn, `measure` where a network is at hand.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from deepfreq_core.config.part import Part
from deepfreq_core.errors import ConfigError, quoted

if TYPE_CHECKING:
    from deepfreq_core.schema.reader import Reader

# name in a config's `instruments` -> package
INSTRUMENTS = {
    "layers": "deepfreq_core.instruments.layers",
    "spectra": "deepfreq_core.instruments.spectra",
    "filtering": "deepfreq_core.instruments.filtering",
    "output": "deepfreq_core.instruments.output",
    "embedding": "deepfreq_core.instruments.embedding",
}


def module(name: str, part: str) -> Any:
    """A module of an instrument's folder: "config", "schema", "panels" or "measure".

    Raises:
        ConfigError: There is no such instrument; the message lists those there are.
    """
    if name not in INSTRUMENTS:
        raise ConfigError(f"no instrument {name!r}. There are: {', '.join(INSTRUMENTS)}")
    return importlib.import_module(f"{INSTRUMENTS[name]}.{part}")


def config_model(name: str) -> type[Part]:
    """The model of an instrument's settings."""
    model: type[Part] = module(name, "config").CONFIG
    return model


def checked(value: Any) -> dict[str, Part]:
    """What a config says of its instruments, each by its own model.

    Args:
        value: Settings by name; where it names none, the first there is.

    Raises:
        ValueError: It is no mapping, or names an instrument that is not there.
    """
    first = next(iter(INSTRUMENTS))
    if not isinstance(value, Mapping):
        raise ValueError(
            f"instruments is {quoted(value)}. Give settings by name of an instrument, e.g. "
            f'{{"{first}": {{}}}}'
        )
    wanted = dict(value) or {first: {}}
    found: dict[str, Part] = {}
    known = list(INSTRUMENTS)
    # In the catalogue's order: that of a mapping does not survive JSON with sorted keys.
    for name in sorted(wanted, key=lambda n: known.index(n) if n in known else len(known)):
        try:
            model = config_model(str(name))
        except ConfigError as error:
            raise ValueError(str(error)) from error
        # As a mapping, so that errors name the instrument before the setting.
        found |= TypeAdapter(dict[str, model]).validate_python({name: wanted[name]})  # type: ignore[valid-type]
    return found


def reader(name: str, config: Part, run: Any) -> Reader:
    """What everybody but the measuring process needs of an instrument."""
    made: Reader = module(name, "schema").READER(config, run)
    return made


@cache
def sentences(package: str) -> Mapping[str, str]:
    """Headlines of an instrument or experiment by key: `words.json` in its folder."""
    found = importlib.import_module(package)
    path = Path(found.__path__[0]) / "words.json"
    texts: dict[str, str] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return texts

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

from deepfreq_core.config.part import Part
from deepfreq_core.errors import ConfigError

if TYPE_CHECKING:
    from deepfreq_core.schema.reader import Reader

# name in a config's `instruments` -> package
INSTRUMENTS = {
    "layers": "deepfreq_core.instruments.layers",
    "spectra": "deepfreq_core.instruments.spectra",
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

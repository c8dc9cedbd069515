"""What older versions stored, as it is read today; nothing stored is rewritten."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.config.migrations import BARE_ARRAYS, BARE_GRID, bare_array_owner
from deepfreq_core.schema import Values, qualified


def arrays(found: Mapping[str, NDArray[Any]], config: str) -> dict[str, NDArray[Any]]:
    """Arrays of a measurement under their owner's name; the grid is a coordinate now.

    Args:
        found: As they are stored.
        config: The run's settings as they are stored.
    """
    owner = _owner(config)
    if not owner:
        return dict(found)
    return {
        qualified(owner, name) if name in BARE_ARRAYS else name: array
        for name, array in found.items()
        if name != BARE_GRID
    }


def coordinates(
    found: Mapping[str, NDArray[Any]], config: str, facts: Mapping[str, Any]
) -> dict[str, Values]:
    """Coordinates of a run that kept its grid with every measurement.

    Args:
        found: Arrays of its first measurement, as they are stored.
        config: Its settings as they are stored.
        facts: Its facts.
    """
    owner = _owner(config)
    if not owner or BARE_GRID not in found:
        return {}
    grid = np.asarray(found[BARE_GRID], dtype=np.float64)
    told: dict[str, Values] = {qualified(owner, BARE_GRID): grid}
    names = facts.get("layer_names")
    if isinstance(names, list) and names:
        told[qualified(owner, "layer")] = tuple(map(str, names))
    return told


def progress(found: Mapping[str, Any]) -> dict[str, Any]:
    """How far a run is; older versions counted epochs."""
    if "epoch" not in found:
        return dict(found)
    more = {name: found[name] for name in ("eta_s", "note") if name in found}
    return {"at": found["epoch"], "end": found["n_epochs"], **more}


@functools.lru_cache(maxsize=2_048)
def _owner(config: str) -> str:
    return bare_array_owner(json.loads(config))

"""One measurement out of those of several seeds that are trained together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.schema import Schema

_MIDDLE: Mapping[str, Callable[..., NDArray[Any]]] = {"mean": np.mean, "median": np.median}
SEEDS = "_seeds"  # at the end of the name of what each seed has


def over_seeds(
    found: Sequence[Mapping[str, NDArray[Any]]], schema: Schema
) -> dict[str, NDArray[Any]]:
    """The arrays that charts draw, and beside them what each seed has.

    Args:
        found: Arrays of each seed, by name; scalars have shape ().
        schema: Says how each is shown over seeds, and where its standard errors are kept.

    Returns:
        Each array as its schema says, `<name>_seeds` (S, …) beside it, but where only the first
        seed's is shown. Standard errors are those of the mean over seeds: what row sampling adds
        to a seed is in their spread.
    """
    arrays = schema.arrays
    errors = {array.error for array in arrays.values() if array.error}
    hows = {name: arrays[name].over_seeds if name in arrays else "mean" for name in found[0]}
    shown = {name: found[0][name] for name, how in hows.items() if how == "first"}
    together = {
        name: np.stack([one[name] for one in found])
        for name in found[0]
        if name not in errors and name not in shown
    }
    for name, values in together.items():
        shown[name] = _MIDDLE[hows[name]](values, axis=0)
        if name in arrays and arrays[name].error:
            shown[arrays[name].error] = values.std(0, ddof=1) / math.sqrt(len(found))
    return shown | {f"{name}{SEEDS}": values for name, values in together.items()}

"""One schema of several: the experiment's own names stay bare, an instrument's get its name before.

composed({"": own, "layers": …}).arrays -> {"train_loss": …, "layers/lfr": …}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from deepfreq_core.schema.arrays import Schema


def qualified(owner: str, name: str) -> str:
    """A name as the whole run knows it."""
    return f"{owner}/{name}" if owner and name else name


def composed(parts: Mapping[str, Schema]) -> Schema:
    """The schema of a whole run.

    Args:
        parts: Schemas by their owner; "" for the experiment, whose clock is everybody's.

    Returns:
        All of them as one.
    """
    dims: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    outcomes: dict[str, Any] = {}
    for owner, part in parts.items():
        for dim in part.dims.values():
            name = qualified(owner, dim.name)
            dims[name] = replace(dim, name=name)
        for array in part.arrays.values():
            name = qualified(owner, array.name)
            arrays[name] = replace(
                array,
                name=name,
                dims=tuple(qualified(owner, dim) for dim in array.dims),
                error=qualified(owner, array.error),
            )
        for outcome in part.outcomes.values():
            name = qualified(owner, outcome.name)
            outcomes[name] = replace(outcome, name=name, dim=qualified(owner, outcome.dim))
    return Schema(parts[""].clock, dims, arrays, outcomes)

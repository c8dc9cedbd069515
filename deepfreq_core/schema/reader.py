"""What everybody but the measuring process needs to know of an experiment or instrument.

A subclass in the owner's `schema.py` says what its numbers mean: which arrays there are, what is
seen in them, which outcomes a finished run has. It works on recorded numbers alone, so better
rules reach old runs too. No torch, no plotly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.records import JsonValue
from deepfreq_core.schema.arrays import Coordinates, Schema
from deepfreq_core.schema.messages import Message
from deepfreq_core.schema.panels import Table

Arrays: TypeAlias = Mapping[str, NDArray[Any]]
OutcomeValue: TypeAlias = "float | Mapping[str, float]"


@dataclass(slots=True)
class Measured:
    """What was measured so far, as one owner sees it.

    Attributes:
        at: The clock of each measurement.
        arrays: Of each measurement, under the owner's own names; plain numbers have shape ().
        scalars: Of each measurement, those of the whole run.
        coordinates: Values along the owner's dims, and arrays that never change.
        facts: What is true of the whole run.
    """

    at: list[float] = field(default_factory=list)
    arrays: list[Arrays] = field(default_factory=list)
    scalars: list[Mapping[str, float]] = field(default_factory=list)
    coordinates: Coordinates = field(default_factory=dict)
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


class Reader:
    """See the module; every method has a default, the smallest owner declares `schema` alone.

    Args:
        config: The owner's settings.
        run: Settings of the whole run.

    Attributes:
        schema: Its arrays.
        status: Scalars that stand beside the state: name, text, whether it is a share.
        headline_cursor: Dim along whose values headlines differ; "" where there is one for all.
        table: The numbers under the charts, or None.
        summary: An array and the dim of its rows, for a table on a terminal, or None.
        top_level: Coordinates that JSON documents have at their top too, scalars that their
            measurements have beside their arrays, and arrays that measurements have under a bare
            name too where several instruments measure; by the key there.
    """

    schema: Schema = Schema()
    status: ClassVar[Sequence[tuple[str, str, bool]]] = ()
    headline_cursor: ClassVar[str] = ""
    table: ClassVar[Table | None] = None
    summary: ClassVar[tuple[str, str] | None] = None
    top_level: ClassVar[Mapping[str, str]] = {}

    def __init__(self, config: Any, run: Any) -> None:
        self.config = config
        self.run = run

    def known(self) -> Coordinates:
        """Coordinates that are known before anything was measured."""
        return {}

    def derived(self, arrays: Arrays, coordinates: Coordinates) -> Arrays:
        """Arrays that charts need beside those of one measurement; never stored."""
        return {}

    def ranges(self, arrays: Arrays, coordinates: Coordinates) -> Mapping[str, tuple[float, float]]:
        """How far one measurement needs axes to reach, {"panel.x": (low, high)}."""
        return {}

    def starts(self, measured: Measured) -> Mapping[str, float | str]:
        """Where cursors stand at first, a value or name by dim, chosen at the first measurement."""
        return {}

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """What is seen at the newest measurement: one message, or one a value of the cursor."""
        return ()

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """Numbers read off a finished run; NaN is not there, infinity was never reached."""
        return {}


def own(arrays: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """An owner's part of a run's arrays, under its own names; "" for the experiment's."""
    if not owner:
        return {name: value for name, value in arrays.items() if "/" not in name}
    prefix = f"{owner}/"
    return {
        name.removeprefix(prefix): value
        for name, value in arrays.items()
        if name.startswith(prefix)
    }


def along(values: Sequence[Any] | NDArray[Any], wanted: float) -> int:
    """Index of the value nearest to `wanted`."""
    return int(np.abs(np.asarray(values, dtype=np.float64) - wanted).argmin())

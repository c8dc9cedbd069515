"""The readers of one run as one: the experiment's, and its instruments' under their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from deepfreq_core.records import JsonValue, Measurement
from deepfreq_core.schema.arrays import Coordinates, Dim, Schema, Values
from deepfreq_core.schema.compose import composed, qualified
from deepfreq_core.schema.messages import Message
from deepfreq_core.schema.panels import table
from deepfreq_core.schema.reader import Arrays, Measured, OutcomeValue, Reader, along, own


class RunReader:
    """What a run's numbers mean, without knowing which instruments there are.

    Args:
        parts: Readers by owner: "" for the experiment, then the instruments in order.

    Attributes:
        schema: Of the whole run; an instrument's names have its own before them.
        parts: The readers.
    """

    def __init__(self, parts: Mapping[str, Reader]) -> None:
        self.parts = dict(parts)
        self.schema: Schema = composed({owner: part.schema for owner, part in parts.items()})

    @property
    def headline_owner(self) -> str:
        """Whose sentence stands on top: the first instrument's, else the experiment's."""
        return next((owner for owner in self.parts if owner), "")

    @property
    def headline_cursor(self) -> str:
        """Dim along which there is a headline for every value; "" where there is one for all."""
        owner = self.headline_owner
        return qualified(owner, self.parts[owner].headline_cursor)

    @property
    def status(self) -> list[tuple[str, str, bool]]:
        """Scalars that stand beside the state."""
        return [
            (qualified(owner, name), text, is_share)
            for owner, part in self.parts.items()
            for name, text, is_share in part.status
        ]

    @property
    def table(self) -> dict[str, Any] | None:
        """The numbers under the charts as the browser takes them."""
        for owner, part in self.parts.items():
            if part.table is not None:
                return table(owner, part.table, self.schema)
        return None

    @property
    def summary(self) -> tuple[str, str] | None:
        """An array and the dim of its rows, for a table on a terminal."""
        for owner, part in self.parts.items():
            if part.summary is not None:
                name, rows = part.summary
                return qualified(owner, name), qualified(owner, rows)
        return None

    @property
    def top_level(self) -> dict[str, str]:
        """What JSON documents have once more, higher up, by the key there: see `Reader`."""
        return {
            key: qualified(owner, name)
            for owner, part in self.parts.items()
            for key, name in part.top_level.items()
        }

    def short(self, name: str) -> str:
        """A name as people write it: without its owner where one instrument measures."""
        return name.partition("/")[2] or name if len(self.parts) <= 2 else name

    def known(self) -> dict[str, Values]:
        """Coordinates that are known before anything was measured."""
        return self._together(lambda part: part.known())

    def derived(self, arrays: Arrays, coordinates: Coordinates) -> dict[str, Any]:
        """Arrays that charts need beside those of one measurement."""
        return {
            qualified(owner, name): value
            for owner, part in self.parts.items()
            for name, value in part.derived(own(arrays, owner), own(coordinates, owner)).items()
        }

    def ranges(self, arrays: Arrays, coordinates: Coordinates) -> dict[str, tuple[float, float]]:
        """How far one measurement needs axes to reach, by panel and axis."""
        return {
            f"{owner}.{name}".strip("."): reach
            for owner, part in self.parts.items()
            for name, reach in part.ranges(own(arrays, owner), own(coordinates, owner)).items()
        }

    def starts(self, measured: Mapping[str, Measured]) -> dict[str, float | str]:
        """Where cursors stand at first, by dim."""
        return {
            qualified(owner, dim): value
            for owner, part in self.parts.items()
            for dim, value in part.starts(measured[owner]).items()
        }

    def headlines(self, measured: Mapping[str, Measured]) -> Sequence[Message]:
        """What is seen at the newest measurement, see `Reader.headlines`.

        Where the experiment itself has something to say, that stands above its instruments.
        """
        return self._said("", measured) or self._said(self.headline_owner, measured)

    def asides(self, measured: Mapping[str, Measured]) -> dict[str, Message]:
        """What instruments other than the one on top see; it stands above the charts of each."""
        found = {}
        for owner, part in self.parts.items():
            if owner in ("", self.headline_owner):
                continue
            if messages := self._said(owner, measured):
                cursor, place = part.headline_cursor, 0
                start = part.starts(measured[owner]).get(cursor)
                if isinstance(start, float):  # its cursor is not asked: where that stood at first
                    place = along(measured[owner].coordinates[cursor], start)
                found[owner] = messages[place]
        return found

    def outcomes(self, measured: Mapping[str, Measured]) -> dict[str, OutcomeValue]:
        """Numbers read off a finished run."""
        return {
            qualified(owner, name): value
            for owner, part in self.parts.items()
            for name, value in part.outcomes(measured[owner]).items()
        }

    def measured(
        self, coordinates: Coordinates, facts: Mapping[str, JsonValue]
    ) -> dict[str, Measured]:
        """Empty series by owner; `add` fills them."""
        return {
            owner: Measured(coordinates=own(coordinates, owner), facts=facts)
            for owner in self.parts
        }

    def add(self, measured: Mapping[str, Measured], measurement: Measurement) -> None:
        """Give every owner its part of one more measurement."""
        scalars = {name: np.float64(value) for name, value in measurement.scalars.items()}
        for owner, series in measured.items():
            series.at.append(float(measurement.at))
            series.arrays.append(own({**scalars, **measurement.arrays}, owner))
            series.scalars.append(measurement.scalars)

    def dim(self, name: str) -> Dim:
        """One of its dims."""
        return self.schema.dims[name]

    def _said(self, owner: str, measured: Mapping[str, Measured]) -> list[Message]:
        """An owner's headlines; keys have its name before them, as sentences do."""
        return [
            replace(message, key=qualified(owner, message.key))
            for message in self.parts[owner].headlines(measured[owner])
        ]

    def _together(self, read: Any) -> dict[str, Values]:
        return {
            qualified(owner, name): values
            for owner, part in self.parts.items()
            for name, values in read(part).items()
        }

"""What every export starts from: a run, its measurements, and what they mean."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepfreq_core.experiments import catalogue
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import Run
from deepfreq_core.schema import Array, Message, Values
from deepfreq_core.schema.reader import Measured, OutcomeValue
from deepfreq_core.schema.run_reader import RunReader
from deepfreq_core.version import __version__


@dataclass(frozen=True, slots=True)
class Content:
    """A run with all it measured.

    Attributes:
        run: The run.
        reader: What its numbers mean.
        measurements: With their numbers from 1, in order.
        coordinates: Values along its dims and arrays that never change, by their whole names.
    """

    run: Run
    reader: RunReader
    measurements: Sequence[tuple[int, Measurement]]
    coordinates: Mapping[str, Values]

    @property
    def clock(self) -> str:
        """Name of the clock."""
        return self.reader.schema.clock.name

    @property
    def scalars(self) -> list[str]:
        """Names of the plain numbers, in order of first appearance."""
        return list(dict.fromkeys(name for _, m in self.measurements for name in m.scalars))

    def arrays(self) -> dict[str, Array]:
        """Declared arrays that were measured, in the schema's order."""
        there = {name for _, m in self.measurements for name in m.arrays}
        schema = self.reader.schema
        return {name: array for name, array in schema.arrays.items() if name in there}

    def measured(self) -> dict[str, Measured]:
        """All measurements as the readers take them."""
        found = self.reader.measured(self.coordinates, self.run.facts)
        for _, measurement in self.measurements:
            self.reader.add(found, measurement)
        return found

    def headline(self) -> Message | None:
        """What is seen at the end, where the cursor stands at first; None without measurements."""
        if not self.measurements:
            return None
        measured = self.measured()
        found = self.reader.headlines(measured)
        if not found:
            return None
        cursor = self.reader.headline_cursor
        if not cursor or len(found) == 1:  # the experiment itself has one thing to say
            return found[0]
        start, values = self.reader.starts(measured).get(cursor), self.coordinates[cursor]
        place = 0
        if isinstance(start, str):
            place = list(values).index(start)
        elif start is not None:
            place = int(np.abs(np.asarray(values, dtype=np.float64) - start).argmin())
        return found[min(place, len(found) - 1)]  # the experiment says one thing at all of them

    def outcomes(self) -> dict[str, OutcomeValue]:
        """Numbers read off the run by their short names; none before it has measured."""
        if not self.measurements:
            return {}
        found = self.reader.outcomes(self.measured())
        return {self.reader.short(name): value for name, value in found.items()}

    def versions(self) -> dict[str, Any]:
        """Versions of the run where its facts tell them, else ours."""
        return dict(self.run.facts.get("versions") or {}) or {
            "deepfreq": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
        }


def content(
    run: Run, measurements: Sequence[tuple[int, Measurement]], coordinates: Mapping[str, Values]
) -> Content:
    """A run as exports take it."""
    reader = catalogue.reader(run.config)
    return Content(run, reader, measurements, reader.known() | dict(coordinates))

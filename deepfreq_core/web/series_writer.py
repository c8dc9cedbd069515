"""A run's measurements as the browser takes them, driven by the run's schema alone.

    "dims":         {name: {"values": [n] or null for names, "labels": [n], "short": [n],
                     "colors": [n] or null, "reference": index or null, "is_log",
                     "start": where its cursor stands at first}}
    "fixed":        {name: array that never changes}
    "ranges":       {"panel.x": [low, high]}                          how far axes reach so far
    "messages":     [{"key", "values"}]
    "measurements": [{"seq", CLOCK: t, "scalars": {}, NAME: array, …, "headline": [i, …],
                      "asides": {INSTRUMENT: i}}]

A headline is an index into the messages for every value of the cursor that it depends on; an aside
is the one of an instrument that does not speak on top.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepfreq_core import theme
from deepfreq_core.exports import numbers
from deepfreq_core.lowpass.frequency import is_logarithmic
from deepfreq_core.records import Measurement
from deepfreq_core.schema import Dim, Values
from deepfreq_core.schema.run_reader import RunReader


@dataclass(frozen=True, slots=True)
class Written:
    """A series as it is at one moment.

    Attributes:
        chunks: JSON of each measurement.
        growing: What may change with every measurement: "ranges", "messages".
        lasting: What does not once there is one: "dims", "fixed".
    """

    chunks: list[bytes]
    growing: dict[str, Any]
    lasting: dict[str, Any]


class SeriesWriter:
    """Written once a measurement, however many look; a reset begins with a new one.

    Args:
        reader: What the run's numbers mean.

    Attributes:
        chunks: JSON of each measurement.
        n_bytes: Their size.
    """

    def __init__(self, reader: RunReader) -> None:
        self.chunks: list[bytes] = []
        self.n_bytes = 0
        self._reader = reader
        self._coordinates: dict[str, Any] = dict(reader.known())
        self._measured = reader.measured(self._coordinates, {})
        self._starts: dict[str, float | str] = {}
        self._ranges: dict[str, tuple[float, float]] = {}
        self._messages: dict[tuple[str, ...], int] = {}
        self._told: list[dict[str, Any]] = []

    def begin(self, coordinates: dict[str, Any], facts: dict[str, Any]) -> None:
        """Take what never changes; before the first measurement is added."""
        self._coordinates |= coordinates
        self._measured = self._reader.measured(self._coordinates, facts)

    def add(self, seq: int, measurement: Measurement) -> None:
        """Write one more measurement."""
        reader, coordinates = self._reader, self._coordinates
        reader.add(self._measured, measurement)
        if not self.chunks:
            self._starts = reader.starts(self._measured)
        derived = reader.derived(measurement.arrays, coordinates)
        for name, (low, high) in reader.ranges(measurement.arrays, coordinates).items():
            before = self._ranges.get(name, (low, high))
            self._ranges[name] = (min(low, before[0]), max(high, before[1]))
        arrays = {name: measurement.arrays[name] for name in self._shown(measurement)} | derived
        parts = [f'"seq": {seq}, {json.dumps(reader.schema.clock.name)}: {measurement.at:.17g}']
        scalars = ", ".join(
            f"{json.dumps(name)}: {numbers.number(value)}"
            for name, value in measurement.scalars.items()
        )
        parts.append(f'"scalars": {{{scalars}}}')
        parts += [f"{json.dumps(name)}: {numbers.array(array)}" for name, array in arrays.items()]
        headlines = [self._index(message) for message in reader.headlines(self._measured)]
        if headlines:
            parts.append(f'"headline": {json.dumps(headlines)}')
        asides = {owner: self._index(m) for owner, m in reader.asides(self._measured).items()}
        if asides:
            parts.append(f'"asides": {json.dumps(asides)}')
        chunk = f"{{{', '.join(parts)}}}".encode()
        self.chunks.append(chunk)
        self.n_bytes += len(chunk)

    def written(self) -> Written:
        """All of it as it is now."""
        dims = self._reader.schema.dims
        growing = {
            "ranges": {name: list(reach) for name, reach in self._ranges.items()},
            "messages": list(self._told),
        }
        lasting = {
            "dims": {
                name: describe(dims[name], values) | self._start(name)
                for name, values in self._coordinates.items()
                if name in dims
            },
            "fixed": {
                name: np.asarray(values).tolist()
                for name, values in self._coordinates.items()
                if name not in dims
            },
        }
        return Written(list(self.chunks), growing, lasting)

    def _start(self, name: str) -> dict[str, float | str]:
        return {"start": self._starts[name]} if name in self._starts else {}

    def _shown(self, measurement: Measurement) -> list[str]:
        """Arrays that charts take: those of the schema, not what single seeds gave."""
        known = self._reader.schema.arrays
        return [name for name in measurement.arrays if name in known and known[name].is_drawn]

    def _index(self, message: Any) -> int:
        key = (message.key, *(part for item in message.values.items() for part in item))
        if key not in self._messages:
            self._messages[key] = len(self._told)
            self._told.append({"key": message.key, "values": dict(message.values)})
        return self._messages[key]


def describe(dim: Dim, values: Values) -> dict[str, Any]:
    """A dim's coordinates as the browser takes them."""
    labels = dim.labels(values)
    is_named = isinstance(values, tuple)
    reference = None if dim.reference is None else range(len(labels))[dim.reference]
    return {
        "values": None if is_named else [float(value) for value in values],
        "labels": list(labels),
        "short": list(dim.short_labels(values)),
        "colors": _colors(dim, len(labels), reference),
        "reference": reference,
        "is_log": not is_named and is_logarithmic(np.asarray(values, dtype=np.float64)),
    }


def _colors(dim: Dim, n: int, reference: int | None) -> list[str] | None:
    if dim.scale == "classes":
        return theme.class_colors(n)
    return theme.scale_colors(n, reference) if dim.scale else None

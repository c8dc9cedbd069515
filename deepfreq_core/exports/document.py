"""A run as one JSON document, with all its digits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from deepfreq_core import config as configs
from deepfreq_core.experiments import catalogue
from deepfreq_core.exports import numbers
from deepfreq_core.exports.content import Content
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import describe
from deepfreq_core.schema import Values, say


def as_json(content: Content) -> Iterator[str]:
    """Config, facts, what is seen, and every measurement.

    Args:
        content: The run.

    Yields:
        Parts of one JSON document.
    """
    run, reader = content.run, content.reader
    message = content.headline()
    head: dict[str, Any] = describe(run) | {
        "config": configs.to_dict(run.config),
        "facts": dict(run.facts),
        "versions": content.versions(),
        "clock": content.clock,
        "headline": say(message, catalogue.sentences(run.config)) if message else "",
        "outcomes": content.outcomes(),
    }
    yield json.dumps(numbers.plain(head))[:-1]
    coordinates = {reader.short(n): _values(v) for n, v in content.coordinates.items()}
    yield f', "coordinates": {_mapping(coordinates)}'
    for key, name in reader.top_level.items():
        if name in content.coordinates:
            yield f", {json.dumps(key)}: {_values(content.coordinates[name])}"
    yield ', "measurements": ['
    for index, (seq, measurement) in enumerate(content.measurements):
        yield ",\n" if index else "\n"
        yield _measurement(content, seq, measurement)
    yield "\n]}\n"


def _measurement(content: Content, seq: int, measurement: Measurement) -> str:
    short = content.reader.short
    scalars = {
        short(name): numbers.number(value, numbers.EXACT)
        for name, value in measurement.scalars.items()
    }
    parts = {"seq": str(seq), content.clock: f"{measurement.at:.17g}"}
    for key, name in content.reader.top_level.items():
        if name in measurement.scalars:
            parts[key] = scalars[short(name)]
    parts["scalars"] = _mapping(scalars)
    for key, name in content.reader.top_level.items():
        if name in measurement.arrays:  # its short name again, where one instrument measures
            parts[key] = numbers.array(measurement.arrays[name], numbers.EXACT)
    parts |= {
        short(name): numbers.array(array, numbers.EXACT)
        for name, array in measurement.arrays.items()
    }
    return _mapping(parts)


def _mapping(parts: Mapping[str, str]) -> str:
    """A JSON object of values that are JSON already."""
    return f"{{{', '.join(f'{json.dumps(name)}: {value}' for name, value in parts.items())}}}"


def _values(values: Values) -> str:
    if isinstance(values, tuple):
        return json.dumps(list(values))
    return numbers.array(np.asarray(values), numbers.EXACT)

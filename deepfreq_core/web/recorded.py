"""Recorded runs that ship with the project, told as the series route tells a run.

A file holds a run as `run --json` writes it: config, facts, coordinates, measurements with arrays
under their owners' names; what charts derive is made here. `benchmarks/record_demo.py` makes one.
Older files, with the grid beside bare arrays, are read too.
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from deepfreq_core import config as configs
from deepfreq_core import settings
from deepfreq_core.errors import RunNotFound
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.exports import numbers
from deepfreq_core.records import Measurement
from deepfreq_core.runs import older
from deepfreq_core.schema import Values
from deepfreq_core.web.series_writer import SeriesWriter

_OWN_KEYS = {"seq", "epoch", "step", "scalars"}
# What a recorded run says of itself in every answer.
_HEAD = (
    *("run", "title", "state", "is_active", "can_resume", "request", "attempt", "progress"),
    *("eta_s", "error", "created", "started", "finished"),
)


def names() -> dict[str, Path]:
    """Files of recorded runs by name."""
    files = sorted((settings.assets() / "recorded").glob("*.json*"))
    return {path.name.partition(".")[0]: path for path in files}


def series(slug: str) -> bytes:
    """The whole series of a recorded run, as JSON.

    Raises:
        RunNotFound: There is none of this name.
    """
    known = names()
    if slug not in known:
        raise RunNotFound(f"no recorded run {slug!r}. There are: {', '.join(sorted(known))}")
    return _series(known[slug], known[slug].stat().st_mtime_ns)


def config(slug: str) -> configs.RunConfig:
    """Settings of a recorded run."""
    return reading.from_dict(_document(names()[slug])["config"])


@functools.lru_cache(maxsize=8)
def _series(path: Path, _mtime_ns: int) -> bytes:
    document = _document(path)
    if "dims" in document:  # as the series route tells it; before there were dims it was converted
        return json.dumps(document).encode()
    stored = json.dumps(document["config"])
    run = reading.from_dict(document["config"])
    reader, rows = catalogue.reader(run), document["measurements"]
    writer = SeriesWriter(reader)
    writer.begin(_coordinates(document, stored), document["facts"])
    for row in rows:
        writer.add(row["seq"], _measurement(row, stored))
    written, planned = writer.written(), catalogue.planned(run)
    head = {name: document[name] for name in _HEAD} | {
        "progress": {"at": rows[-1]["epoch"], "end": planned.end},
        "seq": len(rows),
        "reset": False,
        "facts": document["facts"],
        "config": configs.to_dict(run),
        "planned": {"end": planned.end, "may_end_earlier": planned.may_end_earlier},
        **written.lasting,
        **written.growing,
    }
    text = json.dumps(numbers.plain(head))[:-1]
    return b"".join([
        text.encode(),
        b', "measurements": [',
        b",\n".join(written.chunks),
        b"]}",
    ])


def _coordinates(document: Mapping[str, Any], stored: str) -> dict[str, Values]:
    if "coordinates" not in document:
        first = {"inverse_delta": np.array(document["inverse_delta"], dtype=np.float64)}
        return older.coordinates(first, stored, document["facts"])
    return {
        name: tuple(values) if isinstance(values[0], str) else np.array(values, dtype=np.float64)
        for name, values in document["coordinates"].items()
    }


def _measurement(row: Mapping[str, Any], stored: str) -> Measurement:
    arrays = {
        name: np.array(value, dtype=np.float64)
        for name, value in row.items()
        if name not in _OWN_KEYS
    }
    told = row["scalars"] | {"step": row["step"]}
    scalars = {name: float("nan") if v is None else float(v) for name, v in told.items()}
    return Measurement(float(row["epoch"]), scalars, older.arrays(arrays, stored))


@functools.lru_cache(maxsize=8)
def _document(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    document: dict[str, Any] = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    return document

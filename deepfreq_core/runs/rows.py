"""Runs and measurements to and from rows: JSON for what people read, raw bytes for arrays."""

from __future__ import annotations

import functools
import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from deepfreq_core.config import RunConfig
from deepfreq_core.errors import ShapeError
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs import integrity, older
from deepfreq_core.runs.errors import RunDamaged
from deepfreq_core.runs.state import Request, Run, RunState
from deepfreq_core.schema import Values

_CONFIGS = 2_048  # distinct texts whose configs are kept
_LENGTH = struct.Struct("<I")
_SENSELESS = (ValueError, TypeError, struct.error)  # of a measurement that is none any more


def run_from_row(row: sa.RowMapping) -> Run:
    """The run in a row of `runs`.

    Raises:
        RunDamaged: The row is not as it was written. (`ConfigError`: its config is from another
            version.)
    """
    damage = integrity.run_damage(row)
    if damage:
        raise RunDamaged(integrity.sentence(damage))
    try:
        return _run(row)
    except (ValueError, TypeError) as error:
        damage = f"the row of run {row['id']} is damaged ({error})"
        raise RunDamaged(integrity.sentence(damage)) from error


def _run(row: sa.RowMapping) -> Run:
    return Run(
        id=row["id"],
        title=row["title"],
        owner=row["owner"],
        group=row["group"],
        preset=row["preset"],
        config=config_from_text(row["config"]),
        state=RunState(row["state"]),
        request=Request(row["request"]) if row["request"] else None,
        created=row["created"],
        queued=row["queued"],
        started=row["started"],
        finished=row["finished"],
        heartbeat=row["heartbeat"],
        attempt=row["attempt"],
        progress=older.progress(json.loads(row["progress"])) if row["progress"] else None,
        n_measurements=row["n_measurements"],
        facts=json.loads(row["facts"]),
        error=row["error"],
    )


@functools.lru_cache(maxsize=_CONFIGS)
def config_from_text(text: str) -> RunConfig:
    """The config that a row holds as text, checked once: pages list hundreds of runs at a look."""
    return reading.from_json(text)


def measurement_values(measurement: Measurement) -> dict[str, Any]:
    """The columns of `measurements` that hold this one; facts go to the run."""
    return {
        "at": float(measurement.at),
        "epoch": math.floor(measurement.at),
        "step": 0,
        # NaN and infinity stay, as JSON's usual extension; only Python reads this column.
        "scalars": json.dumps({name: float(x) for name, x in measurement.scalars.items()}),
        "arrays": pack_arrays(measurement.arrays),
    }


def measurement_from_row(row: sa.RowMapping, config: str) -> tuple[int, Measurement]:
    """Sequence number and measurement in a row of `measurements`; its arrays are read-only.

    Args:
        row: The row.
        config: Its run's settings as they are stored; they say in which form it was written.

    Raises:
        RunDamaged: It has no checksum, see `integrity`, and makes no sense.
    """
    try:
        scalars = json.loads(row["scalars"])
        arrays = unpack_arrays(row["arrays"])
        if row["at"] is None:
            scalars |= {"step": float(row["step"])}
        at = float(row["epoch"] if row["at"] is None else row["at"])
        measurement = Measurement(at, scalars, older.arrays(arrays, config))
    except _SENSELESS as error:
        raise RunDamaged(_damage(row, error)) from error
    return row["seq"], measurement


def coordinates_from_rows(
    run: sa.RowMapping, kept: sa.RowMapping | None, first: sa.RowMapping | None
) -> dict[str, Values]:
    """The coordinates of a run; none before it has measured.

    Args:
        run: Its row.
        kept: The row of its coordinates, if there is one.
        first: The row of its first measurement, if there is one.

    Raises:
        RunDamaged: They are not as they were written.
    """
    damage = integrity.coordinates_damage(run, kept, first)
    if damage:
        raise RunDamaged(integrity.sentence(damage))
    if kept is not None:
        return coordinates_from_text(kept["values"])
    if first is None:
        return {}
    if not integrity.is_whole(run, first):
        raise RunDamaged(_damage(first))
    try:
        arrays = unpack_arrays(first["arrays"])
    except _SENSELESS as error:
        raise RunDamaged(_damage(first, error)) from error
    return older.coordinates(arrays, run["config"], run_from_row(run).facts)


def _damage(row: sa.RowMapping, error: Exception | None = None) -> str:
    why = f" ({error})" if error else ""
    return integrity.sentence(f"measurement {row['seq']} of run {row['run_id']} is damaged{why}")


def coordinates_text(values: Mapping[str, Any]) -> str:
    """Coordinates as JSON text; floats come back to the bit."""
    plain = {name: np.asarray(value).tolist() for name, value in values.items()}
    return json.dumps(plain)


def coordinates_from_text(text: str) -> dict[str, Values]:
    """Coordinates from such text: names as tuples, numbers as arrays."""
    return {
        name: tuple(values)
        if values and isinstance(values[0], str)
        else np.array(values, dtype=np.float64)
        for name, values in json.loads(text).items()
    }


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as bytes: length of the header, header [[name, dtype, shape], …] as JSON, data.

    Raises:
        ShapeError: An array is not of numbers.
    """
    header, parts = [], []
    for name, given in arrays.items():
        array = np.asarray(given)
        if array.dtype.kind not in "biuf":
            raise ShapeError(f"array {name!r} has dtype {array.dtype}. Store numbers only")
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        header.append([name, array.dtype.str, list(array.shape)])
        parts.append(array.tobytes())
    text = json.dumps(header).encode()
    text += b" " * (-(_LENGTH.size + len(text)) % 8)  # so that arrays of doubles lie aligned
    return b"".join([_LENGTH.pack(len(text)), text, *parts])


def unpack_arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """Read-only arrays from `pack_arrays`."""
    (length,) = _LENGTH.unpack_from(data)
    offset = _LENGTH.size + length
    arrays: dict[str, NDArray[Any]] = {}
    for name, dtype, shape in json.loads(data[_LENGTH.size : offset]):
        kind = np.dtype(dtype)
        count = int(np.prod(shape, dtype=np.int64))
        arrays[name] = np.frombuffer(data, kind, count, offset).reshape(shape)
        offset += count * kind.itemsize
    return arrays

"""Whether what is stored is what was written: checksums of all that is told of a run.

BLAKE2b with 64 bits, from the standard library: a damage slips through once in 2⁶⁴, against 2³² for
a CRC, and it takes a sixtieth of the time of the transaction that stores a measurement
(docs/reliability.md). It covers what lies in the database, so that nothing is parsed before it is
known to be whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

# The same seeds and settings give the same numbers again.
REMEDY = (
    "Restore a copy of the database, or delete the run and launch it again with its settings "
    "(deepfreq runs show ID --json)"
)
_BYTES = 8


def sentence(damage: str) -> str:
    """What to say about damage that was found, with the next step."""
    return f"{damage}. {REMEDY}; deepfreq doctor --deep lists all damage"


def of_run(run_id: str, config: str, facts: str) -> bytes:
    """Checksum of what a run says of its own measurements: settings and facts."""
    return _digest(run_id, config, facts)


def of_measurement(run_id: str, seq: int, values: Mapping[str, Any] | sa.RowMapping) -> bytes:
    """Checksum of a measurement.

    Args:
        run_id: Its run.
        seq: Its number.
        values: Its columns; `arrays` starts with names, types and shapes.
    """
    clock = () if values["at"] is None else (values["at"],)  # an older DeepFreq had epochs only
    return _digest(*(
        run_id,
        seq,
        values["epoch"],
        values["step"],
        *clock,
        values["scalars"],
        values["arrays"],
    ))


def of_coordinates(run_id: str, values: str) -> bytes:
    """Checksum of what never changes within a run, as JSON text."""
    return _digest(run_id, values)


def _digest(*parts: object) -> bytes:
    digest = hashlib.blake2b(digest_size=_BYTES)
    for part in parts:
        # What is not bytes is taken as text: in SQLite a damaged column can be of any type.
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        digest.update(f"{type(part).__name__} {len(data)} ".encode())
        digest.update(data)
    return digest.digest()


def run_damage(row: sa.RowMapping) -> str | None:
    """What is wrong with the row of a run, or None."""
    if row["unchecked"] is None and row["checksum"] is None:
        return None  # an older DeepFreq wrote it
    if row["checksum"] == of_run(row["id"], row["config"], row["facts"]):
        return None
    return f"the settings or facts of run {row['id']} are damaged"


def measurement_damage(
    run: sa.RowMapping, rows: Sequence[sa.RowMapping], *, since: int = 0
) -> Iterator[str]:
    """What is wrong with the measurements of a run.

    Args:
        run: Its row.
        rows: The rows of its measurements numbered above `since`, in order, of the same moment.
        since: Where they begin.

    Yields:
        One sentence for each that is damaged, missing, or more than the run has.
    """
    name, n_measurements, due = run["id"], run["n_measurements"], since + 1
    for row in rows:
        seq = row["seq"]
        if not isinstance(seq, int) or seq < due:
            yield f"a measurement of run {name} has the impossible number {seq!r}"
            continue
        if seq > due:
            yield _missing(name, due, seq - 1)
        if not is_whole(run, row):
            yield f"measurement {seq} of run {name} is damaged"
        due = seq + 1
    if not isinstance(n_measurements, int) or max(n_measurements, since) < due - 1:
        yield f"run {name} counts {n_measurements!r} measurements, but {due - 1} are there"
    elif n_measurements >= due:
        yield _missing(name, due, n_measurements)


def coordinates_damage(
    run: sa.RowMapping, kept: sa.RowMapping | None, first: sa.RowMapping | None
) -> str | None:
    """What is wrong with the coordinates of a run, or None.

    Args:
        run: Its row.
        kept: The row of its coordinates, if there is one.
        first: The row of its first measurement, if there is one.
    """
    if kept is not None:
        if kept["checksum"] == of_coordinates(run["id"], kept["values"]):
            return None
        return f"the coordinates of run {run['id']} are damaged"
    if first is None or first["at"] is None:  # an older DeepFreq kept them with its measurements
        return None
    return f"the coordinates of run {run['id']} are missing"


def _missing(run_id: str, first: int, last: int) -> str:
    if first == last:
        return f"measurement {first} of run {run_id} is missing"
    return f"measurements {first} to {last} of run {run_id} are missing"


def is_whole(run: sa.RowMapping, row: sa.RowMapping) -> bool:
    """Whether a measurement's checksum fits, or it is of the time before there were any."""
    if row["checksum"] is None:
        return run["unchecked"] is None or row["seq"] <= run["unchecked"]
    return bool(row["checksum"] == of_measurement(row["run_id"], row["seq"], row))

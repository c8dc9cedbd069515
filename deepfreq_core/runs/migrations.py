"""What is changed in a database that an older DeepFreq made, one step a version.

A step is history: it names its columns and types itself and is never edited, so that it does the
same whatever the tables have become since. Steps only add; stored measurements stay as they are.
All of them run in one transaction, so a database is in the old format or in the new one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeEngine


def _claims_and_checksums(connection: sa.Connection) -> None:
    """1 → 2: a claim has a token and a count of returns; runs and measurements have checksums."""
    _add(connection, "runs", "claim", sa.Text())
    _add(connection, "runs", "returned", sa.Integer(), "DEFAULT 0 NOT NULL")
    _add(connection, "runs", "unchecked", sa.Integer())
    _add(connection, "runs", "checksum", sa.LargeBinary())
    _add(connection, "measurements", "checksum", sa.LargeBinary())


def _clock_and_coordinates(connection: sa.Connection) -> None:
    """2 → 3: a clock that need not be a whole epoch; what never changes is kept once a run."""
    _add(connection, "measurements", "at", sa.Double())
    text, data = (kind.compile(connection.dialect) for kind in (sa.Text(), sa.LargeBinary()))
    connection.exec_driver_sql(
        "CREATE TABLE coordinates ("
        "run_id VARCHAR(10) NOT NULL PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE, "
        f'"values" {text} NOT NULL, checksum {data} NOT NULL)'
    )


STEPS: tuple[Callable[[sa.Connection], None], ...] = (
    _claims_and_checksums,
    _clock_and_coordinates,
)
VERSION = 1 + len(STEPS)


def migrate(connection: sa.Connection, version: int) -> None:
    """Take a database of an older version to `VERSION`."""
    for step in STEPS[version - 1 :]:
        step(connection)


def _add(
    connection: sa.Connection, table: str, column: str, kind: TypeEngine[Any], more: str = ""
) -> None:
    kind_name = kind.compile(connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column} {kind_name} {more}")

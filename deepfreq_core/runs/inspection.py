"""The whole store looked through for damage; for the doctor, since it reads everything."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from deepfreq_core.errors import ConfigError
from deepfreq_core.runs import integrity
from deepfreq_core.runs.database import Database, coordinates, measurements, runs
from deepfreq_core.runs.errors import RunDamaged, StoreUnavailable
from deepfreq_core.runs.rows import measurement_from_row, run_from_row

_MOST_COMPLAINTS = 20  # of SQLite; what follows is mostly the same damage


@dataclass(frozen=True, slots=True)
class Inspected:
    """What was found of one run.

    Attributes:
        damage: Sentences, in order.
        n_whole: Measurements whose checksum fits.
        n_unchecked: Measurements that an older DeepFreq stored without one, and that make sense.
    """

    damage: tuple[str, ...]
    n_whole: int
    n_unchecked: int


def complaints(database: Database) -> list[str]:
    """What the database itself finds wrong, and what belongs to no run."""
    found = []
    known = sa.select(runs.c.id)
    try:
        with database.reading() as connection:
            if database.is_sqlite:
                check = f"PRAGMA integrity_check({_MOST_COMPLAINTS})"
                lines = connection.exec_driver_sql(check).scalars().all()
                found += [f"the database says: {line}" for line in lines if line != "ok"]
            for table in (measurements, coordinates):
                orphans = sa.select(table.c.run_id).where(table.c.run_id.not_in(known)).distinct()
                for run_id in connection.scalars(orphans):
                    found.append(f"there are {table.name} of run {run_id}, which is not there")
    except StoreUnavailable as error:
        found.append(str(error))
    return found


def ids(database: Database) -> list[str]:
    """Ids of all runs, oldest first."""
    with database.reading() as connection:
        return list(connection.scalars(sa.select(runs.c.id).order_by(runs.c.created)))


def inspect(database: Database, run_id: str) -> Inspected:
    """Look at one run, its coordinates and all its measurements."""
    of_run = measurements.c.run_id == run_id
    of_all = sa.select(coordinates).where(coordinates.c.run_id == run_id)
    try:
        with database.reading() as connection:
            run = connection.execute(sa.select(runs).where(runs.c.id == run_id)).mappings().first()
            found = sa.select(measurements).where(of_run).order_by(measurements.c.seq)
            rows = connection.execute(found).mappings().all()
            kept = connection.execute(of_all).mappings().first()
    except StoreUnavailable as error:
        return Inspected((f"run {run_id} cannot be read: {error}",), 0, 0)
    if run is None:  # deleted meanwhile, or an index is damaged, which the database says
        return Inspected((), 0, 0)
    damage = []
    try:
        run_from_row(run)
    except RunDamaged:
        damage.append(integrity.run_damage(run) or f"the row of run {run_id} is damaged")
    except ConfigError as error:
        damage.append(f"the settings of run {run_id} cannot be read: {error}")
    lost = integrity.coordinates_damage(run, kept, rows[0] if rows else None)
    damage += [lost] if lost else []
    damage += integrity.measurement_damage(run, rows)
    n_whole = n_unchecked = 0
    for row in rows:
        if row["checksum"] is not None:
            n_whole += integrity.is_whole(run, row)
        elif integrity.is_whole(run, row):
            try:
                measurement_from_row(row, run["config"])
                n_unchecked += 1
            except RunDamaged:
                damage.append(f"measurement {row['seq']} of run {run_id} is damaged")
    return Inspected(tuple(damage), n_whole, n_unchecked)

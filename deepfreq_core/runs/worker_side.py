"""What the store lets the worker of a run do: start it, feed it, end it.

A worker names itself by a token at `start`. From then on only this token may write to the run,
so a worker that was taken for lost and woke up again cannot disturb its successor: it gets
`LeaseLost`, or `RunNotFound` when the run was deleted meanwhile, and ends.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from deepfreq_core.errors import RunNotFound
from deepfreq_core.records import JsonValue, Measurement
from deepfreq_core.runs import integrity
from deepfreq_core.runs.database import Database, coordinates, measurements, runs
from deepfreq_core.runs.errors import LeaseLost, WrongState
from deepfreq_core.runs.rows import coordinates_text, measurement_values, run_from_row
from deepfreq_core.runs.state import Request, Run, RunState


def locked_row(connection: sa.Connection, run_id: str) -> sa.RowMapping:
    """The row of a run, held until the transaction ends.

    Raises:
        RunNotFound: There is none.
    """
    query = sa.select(runs).where(runs.c.id == run_id).with_for_update()
    row = connection.execute(query).mappings().first()
    if row is None:
        raise RunNotFound(no_run(run_id))
    return row


def no_run(run_id: str) -> str:
    """What to say about a run that is not there."""
    return (
        f"no run has the id {run_id!r}; it may have been deleted. "
        "`python -m deepfreq_core runs list` shows those there are"
    )


class WorkerSide(Database):
    """The part of `RunStore` that workers use."""

    def start(
        self,
        run_id: str,
        *,
        worker: str,
        claim: str | None = None,
        place: str = "",
        pid: int | None = None,
        keep: int = 0,
    ) -> Run:
        """Begin an attempt: the run is RUNNING and belongs to this worker.

        Args:
            run_id: A run that waits, or was claimed for this worker.
            worker: Token of the worker; nobody else may write after this.
            claim: Token of the claim that this worker was started for; None where it was by hand.
            place: Host and data folder, so that a dispatcher there can watch the process.
            pid: Process on that host.
            keep: How many measurements stay; later ones are from after the checkpoint.

        Returns:
            The run as it is now.

        Raises:
            WrongState: It is finished, has a worker, or was claimed for another one.
        """
        now = time.time()
        with self.writing() as connection:
            row = locked_row(connection, run_id)
            state = RunState(row["state"])
            claimed = state is RunState.RUNNING and row["worker"] is None
            if state is not RunState.WAITING and not claimed:
                what = "already has a worker" if state is RunState.RUNNING else f"is {state.value}"
                raise WrongState(f"run {run_id} {what}, so it cannot be started")
            if row["claim"] != claim:  # the claim of an orphan, or it is about to get its worker
                raise WrongState(f"run {run_id} is claimed for another worker")
            _rewind(connection, row, keep)
            changed = {
                "state": RunState.RUNNING.value,
                "started": now,
                "heartbeat": now,
                "finished": None,
                "error": None,
                "attempt": row["attempt"] + 1,
                "worker": worker,
                "place": place,
                "pid": pid,
                "claim": None,
                "returned": 0,
                "unchecked": min(keep, row["unchecked"] or 0),
            }
            if row["unchecked"] is None:  # an older DeepFreq wrote what is kept
                checksum = integrity.of_run(run_id, row["config"], row["facts"])
                changed |= {"unchecked": keep, "checksum": checksum}
            connection.execute(runs.update().where(runs.c.id == run_id).values(changed))
            return run_from_row(locked_row(connection, run_id))

    def heartbeat(
        self,
        run_id: str,
        progress: Mapping[str, JsonValue] | None = None,
        *,
        worker: str | None = None,
    ) -> Request | None:
        """Sign of life; tells what was asked of the worker.

        Raises:
            LeaseLost: It is not this worker's any more.
        """
        changed: dict[str, Any] = {"heartbeat": time.time()}
        if progress is not None:
            changed["progress"] = json.dumps(dict(progress))
        update = runs.update().where(runs.c.id == run_id, runs.c.state == RunState.RUNNING.value)
        if worker is not None:
            update = update.where(runs.c.worker == worker)
        with self.writing() as connection:
            row = connection.execute(update.values(changed).returning(runs.c.request)).first()
            if row is None:
                _check_lease(locked_row(connection, run_id), worker)
                raise LeaseLost(f"run {run_id} is not running any more")
        return Request(row[0]) if row[0] else None

    def append(
        self,
        run_id: str,
        measurement: Measurement,
        *,
        progress: Mapping[str, JsonValue] | None = None,
        worker: str | None = None,
    ) -> int:
        """Store one measurement, merging its facts into the run's; returns its number from 1."""
        values = measurement_values(measurement)
        with self.writing() as connection:
            row = locked_row(connection, run_id)
            _check_lease(row, worker)
            seq: int = row["n_measurements"] + 1
            values["checksum"] = integrity.of_measurement(run_id, seq, values)
            connection.execute(measurements.insert().values(run_id=run_id, seq=seq, **values))
            if seq == 1:  # also where there are none: that they are lost can be seen then
                _keep_coordinates(connection, run_id, coordinates_text(measurement.coordinates))
            changed: dict[str, Any] = {"n_measurements": seq, "heartbeat": time.time()}
            if progress is not None:
                changed["progress"] = json.dumps(dict(progress))
            if measurement.facts:
                facts = json.dumps({**run_from_row(row).facts, **measurement.facts})
                checksum = integrity.of_run(run_id, row["config"], facts)
                changed |= {"facts": facts, "checksum": checksum}
            connection.execute(runs.update().where(runs.c.id == run_id).values(changed))
        return seq

    def rewind(self, run_id: str, keep: int, *, worker: str | None = None) -> None:
        """Forget all but the first `keep` measurements and count this as one more attempt.

        Readers tell by the attempt that what they hold is not valid any more.
        """
        with self.writing() as connection:
            row = locked_row(connection, run_id)
            _check_lease(row, worker)
            _rewind(connection, row, keep)
            again = runs.update().where(runs.c.id == run_id)
            connection.execute(again.values(attempt=row["attempt"] + 1))

    def finish(
        self, run_id: str, state: RunState, error: str | None = None, *, worker: str | None = None
    ) -> None:
        """End the attempt: DONE, STOPPED, PAUSED or FAILED.

        Args:
            run_id: A run that is RUNNING.
            state: How it ended.
            error: One sentence why, where it was not by hand.
            worker: Token given at `start`.

        Raises:
            WrongState: `state` is not one a worker can end in.
        """
        if state.is_active or state is RunState.LOST:
            raise WrongState(f"a worker cannot end run {run_id} as {state.value}")
        with self.writing() as connection:
            _check_lease(locked_row(connection, run_id), worker)
            end_attempt(connection, run_id, state, error)


def end_attempt(
    connection: sa.Connection, run_id: str, state: RunState, error: str | None = None
) -> None:
    """Take a run out of RUNNING or WAITING, with nothing asked and nobody at work."""
    changed = {"state": state.value, "error": error, "finished": time.time()}
    freed = {"request": None, "worker": None, "pid": None, "claim": None, "returned": 0}
    connection.execute(runs.update().where(runs.c.id == run_id).values(changed | freed))


def _check_lease(row: sa.RowMapping, worker: str | None) -> None:
    if row["state"] != RunState.RUNNING.value:
        raise LeaseLost(f"run {row['id']} is {row['state']}; only a running run can be written")
    if worker is not None and row["worker"] != worker:
        raise LeaseLost(f"run {row['id']} was given to another worker")


def _rewind(connection: sa.Connection, row: sa.RowMapping, keep: int) -> None:
    if row["n_measurements"] > keep:
        later = (measurements.c.run_id == row["id"]) & (measurements.c.seq > keep)
        connection.execute(measurements.delete().where(later))
        kept = runs.update().where(runs.c.id == row["id"])
        connection.execute(kept.values(n_measurements=keep))


def _keep_coordinates(connection: sa.Connection, run_id: str, values: str) -> None:
    """In place of those of an attempt that began anew."""
    connection.execute(coordinates.delete().where(coordinates.c.run_id == run_id))
    row = {"run_id": run_id, "values": values, "checksum": integrity.of_coordinates(run_id, values)}
    connection.execute(coordinates.insert().values(row))

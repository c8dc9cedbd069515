"""What the store lets a dispatcher do: claim runs that wait, mark the lost, give signs of life."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from deepfreq_core.runs.database import Database, dispatchers, runs
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.worker_side import end_attempt

MOST_RETURNS = 3  # a worker that cannot begin four times in a row will not the fifth time


@dataclass(frozen=True, slots=True)
class DispatcherStatus:
    """What is known about the dispatcher that was heard of last.

    Attributes:
        is_alive: Its last sign of life is less than five seconds old.
        age_s: Seconds since then; None when there never was one.
        slots: Runs it lets go at a time.
        place: Host and data folder.
    """

    is_alive: bool
    age_s: float | None
    slots: int
    place: str


@dataclass(frozen=True, slots=True)
class Lease:
    """Who is at work on a running run.

    Attributes:
        run_id: The run.
        worker: Token of its worker; None when it was claimed and its worker has not yet begun.
        place: Host and data folder of who claimed it, then of its worker.
        pid: Process on that host, where known.
        heartbeat: Last sign of life, by that host's clock.
    """

    run_id: str
    worker: str | None
    place: str
    pid: int | None
    heartbeat: float


class DispatcherSide(Database):
    """The part of `RunStore` that dispatchers use."""

    def queue_length(self) -> int:
        """How many runs wait."""
        count = sa.select(sa.func.count()).where(runs.c.state == RunState.WAITING.value)
        with self.reading() as connection:
            return connection.scalar(count) or 0

    def queue(self) -> list[str]:
        """Ids of the runs that wait, in the order they would be claimed if none ended meanwhile."""
        columns = (runs.c.id, runs.c.owner, runs.c.state)
        active = runs.c.state.in_([RunState.WAITING.value, RunState.RUNNING.value])
        query = sa.select(*columns).where(active).order_by(runs.c.queued, runs.c.id)
        with self.reading() as connection:
            rows = connection.execute(query).all()
        going = Counter(row.owner for row in rows if row.state == RunState.RUNNING.value)
        turns = []
        for place, row in enumerate(rows):
            if row.state == RunState.WAITING.value:
                turns.append((going[row.owner], place, row.id))
                going[row.owner] += 1
        return [run_id for _, _, run_id in sorted(turns)]

    def claim(self, place: str = "", *, token: str | None = None) -> str | None:
        """Take the run whose turn it is and mark it RUNNING; None when none waits.

        The owner with the fewest running runs comes first, then who has waited longest. One
        UPDATE does it, so two dispatchers never get the same run.

        Args:
            place: Host and data folder of the dispatcher.
            token: Names this claim; only a worker that was started with it may begin.

        Returns:
            The id of the run.
        """
        other = runs.alias("other")
        running = (
            sa
            .select(sa.func.count())
            .where(other.c.owner == runs.c.owner, other.c.state == RunState.RUNNING.value)
            .correlate(runs)
            .scalar_subquery()
        )
        turn = (
            sa
            .select(runs.c.id)
            .where(runs.c.state == RunState.WAITING.value)
            .order_by(running, runs.c.queued, runs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        claim = (
            runs
            .update()
            .where(runs.c.id == turn, runs.c.state == RunState.WAITING.value)
            .values(
                state=RunState.RUNNING.value,
                heartbeat=time.time(),
                worker=None,
                place=place,
                pid=None,
                claim=token,
            )
            .returning(runs.c.id)
        )
        with self.writing() as connection:
            claimed: str | None = connection.scalar(claim)
        return claimed

    def leases(self) -> list[Lease]:
        """All running runs with who is at work on them."""
        columns = (runs.c.id, runs.c.worker, runs.c.place, runs.c.pid, runs.c.heartbeat)
        query = sa.select(*columns).where(runs.c.state == RunState.RUNNING.value)
        with self.reading() as connection:
            return [
                Lease(row.id, row.worker, row.place or "", row.pid, row.heartbeat or 0.0)
                for row in connection.execute(query)
            ]

    def mark_lost(self, lease: Lease, error: str) -> bool:
        """Mark a run LOST if nothing has been heard of it since `lease` was read.

        Args:
            lease: The run as it was seen.
            error: One sentence: what happened to its worker, as far as known.

        Returns:
            Whether it was marked.
        """
        with self.writing() as connection:
            if _as_seen(connection, lease) is None:
                return False
            end_attempt(connection, lease.run_id, RunState.LOST, error)
        return True

    def give_back(self, lease: Lease) -> bool:
        """Put a claimed run whose worker never began back into the queue, where it stood.

        Its claim is void: should that worker begin after all, it is refused. Where it was asked to
        stop or pause meanwhile, it does.

        Args:
            lease: The run as it was seen.

        Returns:
            Whether that was done: not when something was heard of it since, and not when its
            claims came to nothing `MOST_RETURNS` times before.
        """
        with self.writing() as connection:
            row = _as_seen(connection, lease)
            if row is None or row["worker"] is not None or row["returned"] >= MOST_RETURNS:
                return False
            if row["request"]:
                stop = row["request"] == Request.STOP.value
                ends = RunState.STOPPED if stop else RunState.PAUSED
                end_attempt(connection, lease.run_id, ends)
                return True
            back = {"state": RunState.WAITING.value, "returned": row["returned"] + 1, "claim": None}
            connection.execute(runs.update().where(runs.c.id == lease.run_id).values(back))
        return True

    def beat_dispatcher(self, place: str, *, pid: int, slots: int) -> None:
        """Sign of life of the dispatcher at `place`; forgets those silent for a day."""
        now = time.time()
        with self.writing() as connection:
            old = (dispatchers.c.place == place) | (dispatchers.c.heartbeat < now - 86_400)
            connection.execute(dispatchers.delete().where(old))
            row = {"place": place, "pid": pid, "heartbeat": now, "slots": slots}
            connection.execute(dispatchers.insert().values(row))

    def dispatcher_status(self) -> DispatcherStatus:
        """The dispatcher that was heard of last."""
        query = sa.select(dispatchers).order_by(dispatchers.c.heartbeat.desc()).limit(1)
        with self.reading() as connection:
            row = connection.execute(query).first()
        if row is None:
            return DispatcherStatus(is_alive=False, age_s=None, slots=0, place="")
        age = max(0.0, time.time() - row.heartbeat)
        return DispatcherStatus(is_alive=age < 5.0, age_s=age, slots=row.slots, place=row.place)


def _as_seen(connection: sa.Connection, lease: Lease) -> sa.RowMapping | None:
    """The row of a running run, locked, if nothing has been heard of it since `lease` was read."""
    unchanged = sa.and_(
        runs.c.id == lease.run_id,
        runs.c.state == RunState.RUNNING.value,
        runs.c.worker.is_not_distinct_from(lease.worker),
        runs.c.heartbeat == lease.heartbeat,
    )
    seen = sa.select(runs).where(unchanged).with_for_update()
    return connection.execute(seen).mappings().first()

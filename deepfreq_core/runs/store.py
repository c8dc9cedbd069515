"""The store of all runs: their configs, states and measurements, in SQLite or PostgreSQL.

One class with three doors: this file is what the dashboard and the command line do (create, look,
ask, rename, delete), `worker_side` what a worker does, `dispatcher_side` what a dispatcher does.
docs/runs.md draws the states and the tables.
"""

from __future__ import annotations

import logging
import secrets
import time
from builtins import list as list_of
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.errors import ConfigError, RunNotFound, quoted
from deepfreq_core.records import Measurement
from deepfreq_core.runs import files, integrity
from deepfreq_core.runs.database import coordinates, measurements, runs
from deepfreq_core.runs.dispatcher_side import DispatcherSide
from deepfreq_core.runs.errors import NotYours, RunDamaged, WrongState
from deepfreq_core.runs.rows import (
    coordinates_from_rows,
    measurement_from_row,
    run_from_row,
)
from deepfreq_core.runs.state import Request, Run, RunHead, RunState
from deepfreq_core.runs.worker_side import WorkerSide, end_attempt, locked_row, no_run
from deepfreq_core.schema import Values

_log = logging.getLogger(__name__)

_APART_S = 1e-6  # runs that are launched together keep their order
_UNDER_WAY = [state.value for state in RunState if state.is_active]
LONGEST_TITLE = 120  # characters; a page has room for one line


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is special to one of several runs that are launched together.

    Attributes:
        config: All settings.
        title: One line for people.
    """

    config: RunConfig
    title: str = ""


class RunStore(WorkerSide, DispatcherSide):
    """All runs of one database. Safe from many threads and processes; open it after a fork.

    Args:
        url: SQLAlchemy URL; `settings.database_url()` when left out.

    A method that is given the id of a run that is not there raises `RunNotFound`; all raise
    `StoreUnavailable` when the database does not answer. Both say what to do.

    What changes a run takes an `owner`: `NotYours` where the run belongs to somebody else, looked
    at in the transaction that changes it. None is the machine's own side, which may do everything:
    the command line and the dispatcher; the web always names who asks.
    """

    def create(
        self,
        config: RunConfig,
        *,
        owner: str = "local",
        title: str = "",
        preset: str | None = None,
        group: str | None = None,
        claim: str | None = None,
    ) -> Run:
        """A new run that waits for its turn.

        Args:
            config: All settings.
            owner: Who launches it.
            title: One line for people; that of the preset, or the experiment, when left out.
            preset: Slug of the preset it started from.
            group: Of runs that were started together.
            claim: Token of a process that will start its worker itself: the run does not wait, so
                no dispatcher takes it, and only a worker with this token may begin it.
        """
        new = NewRun(config, title)
        (run,) = self.create_many([new], owner=owner, preset=preset, group=group, claim=claim)
        return run

    def create_many(
        self,
        new: Sequence[NewRun],
        *,
        owner: str = "local",
        preset: str | None = None,
        group: str | None = None,
        claim: str | None = None,
    ) -> list_of[Run]:
        """New runs in the order given, all of them or none; else as `create`."""
        now = time.time()
        claimed = {"heartbeat": now, "place": files.place(), "claim": claim} if claim else {}
        rows: list_of[dict[str, Any]] = [
            {
                "id": (run_id := new_id()),
                "title": _checked_title(one.title) or preset or one.config.experiment,
                "owner": owner,
                "group": group,
                "preset": preset,
                "config": (config := configs.to_json(one.config)),
                "state": (RunState.RUNNING if claim else RunState.WAITING).value,
                "created": now + k * _APART_S,
                "queued": now + k * _APART_S,
                "attempt": 0,
                "n_measurements": 0,
                "facts": "{}",
                "unchecked": 0,
                "checksum": integrity.of_run(run_id, config, "{}"),
                **claimed,
            }
            for k, one in enumerate(new)
        ]
        with self.writing() as connection:
            for row in rows:
                connection.execute(runs.insert().values(row))
            return [run_from_row(locked_row(connection, row["id"])) for row in rows]

    def get(self, run_id: str) -> Run:
        """The run with this id.

        Raises:
            RunNotFound: There is none.
        """
        with self.reading() as connection:
            query = sa.select(runs).where(runs.c.id == run_id)
            row = connection.execute(query).mappings().first()
        if row is None:
            raise RunNotFound(no_run(run_id))
        return run_from_row(row)

    def exists(self, run_id: str) -> bool:
        """Whether there is a run with this id."""
        query = sa.select(runs.c.id).where(runs.c.id == run_id)
        with self.reading() as connection:
            return connection.execute(query).first() is not None

    def list(
        self,
        *,
        owner: str | None = None,
        group: str | None = None,
        states: Iterable[RunState] | None = None,
        limit: int | None = None,
    ) -> list_of[Run]:
        """Runs, newest first; those whose row this version cannot read are left out."""
        query = sa.select(runs).order_by(runs.c.created.desc(), runs.c.id).limit(limit)
        if owner is not None:
            query = query.where(runs.c.owner == owner)
        if group is not None:
            query = query.where(runs.c.group == group)
        if states is not None:
            query = query.where(runs.c.state.in_([state.value for state in states]))
        with self.reading() as connection:
            rows = connection.execute(query).mappings().all()
        found = []
        for row in rows:
            try:
                found.append(run_from_row(row))
            except (ConfigError, RunDamaged) as error:
                _log.warning("run %s is left out: %s", row["id"], error)
        return found

    def heads(self, groups: Iterable[str]) -> list_of[RunHead]:
        """All runs of these groups in one short look, newest first."""
        columns = (runs.c.id, runs.c.owner, runs.c.group, runs.c.config, runs.c.state, runs.c.error)
        query = sa.select(*columns).where(runs.c.group.in_(list_of(groups)))
        with self.reading() as connection:
            rows = connection.execute(query.order_by(runs.c.created.desc(), runs.c.id)).all()
        return [RunHead(*row[:4], RunState(row.state), row.error) for row in rows]

    def twin(self, config: RunConfig) -> Run | None:
        """The newest run with exactly this config that is under way, else done; None without."""
        query = (
            sa
            .select(runs)
            .where(runs.c.config == configs.to_json(config))  # as `create` writes it
            .where(runs.c.state.in_([*_UNDER_WAY, RunState.DONE.value]))
            .order_by(runs.c.state == RunState.DONE.value, runs.c.created.desc())
            .limit(1)
        )
        with self.reading() as connection:
            row = connection.execute(query).mappings().first()
        if row is None:
            return None
        try:
            return run_from_row(row)
        except RunDamaged as error:  # nothing to join, and no reason against a new run
            _log.warning("run %s is no twin: %s", row["id"], error)
            return None

    def measurements(self, run_id: str, *, since: int = 0) -> list_of[tuple[int, Measurement]]:
        """Measurements numbered above `since`, each with its number, in order."""
        return self.read(run_id, since=since)[1]

    def read(self, run_id: str, *, since: int = 0) -> tuple[Run, list_of[tuple[int, Measurement]]]:
        """A run and its measurements numbered above `since`, both of the same moment.

        Raises:
            RunNotFound: There is no such run.
            RunDamaged: Some of it is not as it was written; nothing of it is told then.
        """
        later = (measurements.c.run_id == run_id) & (measurements.c.seq > since)
        with self.reading() as connection:
            query = sa.select(runs).where(runs.c.id == run_id)
            row = connection.execute(query).mappings().first()
            if row is None:
                raise RunNotFound(no_run(run_id))
            found = sa.select(measurements).where(later).order_by(measurements.c.seq)
            rows = connection.execute(found).mappings().all()
        for damage in integrity.measurement_damage(row, rows, since=since):
            raise RunDamaged(integrity.sentence(damage))
        return run_from_row(row), [measurement_from_row(one, row["config"]) for one in rows]

    def coordinates(self, run_id: str) -> dict[str, Values]:
        """Values along a run's dims and arrays that never change; none before it has measured.

        Raises:
            RunNotFound: There is no such run. (`RunDamaged`: they are not as they were written.)
        """
        with self.reading() as connection:
            run = connection.execute(sa.select(runs).where(runs.c.id == run_id)).mappings().first()
            if run is None:
                raise RunNotFound(no_run(run_id))
            kept = sa.select(coordinates).where(coordinates.c.run_id == run_id)
            row = connection.execute(kept).mappings().first()
            is_first = (measurements.c.run_id == run_id) & (measurements.c.seq == 1)
            look = sa.select(measurements).where(is_first)
            first = None if row else connection.execute(look).mappings().first()
        return coordinates_from_rows(run, row, first)

    def request(self, run_id: str, request: Request, *, owner: str | None = None) -> None:
        """Ask a run to stop or pause. One that waits does so at once, a running one soon.

        Raises:
            WrongState: It is not active.
        """
        with self.writing() as connection:
            state = RunState(_row_of(connection, run_id, owner)["state"])
            if state is RunState.WAITING:
                ends = RunState.STOPPED if request is Request.STOP else RunState.PAUSED
                end_attempt(connection, run_id, ends)
            elif state is RunState.RUNNING:
                asked = runs.update().where(runs.c.id == run_id)
                connection.execute(asked.values(request=request.value))
            elif state is RunState.PAUSED and request is Request.STOP:
                end_attempt(connection, run_id, RunState.STOPPED)
            else:
                raise WrongState(
                    f"run {run_id} is {state.value}, so there is nothing to {request.value}"
                )

    def resume(self, run_id: str, *, owner: str | None = None) -> None:
        """Put a run that was stopped, paused, failed or lost back into the queue.

        Raises:
            WrongState: It is active or done, or a program of somebody's own made it.
        """
        with self.writing() as connection:
            row = _row_of(connection, run_id, owner)
            state = RunState(row["state"])
            if not state.can_resume:
                allowed = ", ".join(s.value for s in RunState if s.can_resume)
                raise WrongState(
                    f"run {run_id} is {state.value}; runs that are {allowed} can be resumed"
                )
            if not run_from_row(row).config.is_launchable:  # a worker would begin it anew
                raise WrongState(
                    f"run {run_id} was made by a program of its own, and only that can train its "
                    "network again. Run the program"
                )
            back = {"state": RunState.WAITING.value, "queued": time.time(), "request": None}
            freed = {"worker": None, "pid": None, "finished": None, "error": None}
            connection.execute(runs.update().where(runs.c.id == run_id).values(back | freed))

    def rename(self, run_id: str, title: str, *, owner: str | None = None) -> None:
        """Give a run another title.

        Raises:
            ConfigError: It is empty, or longer than one line can show.
        """
        title = _checked_title(title)
        if not title:
            raise ConfigError(
                f"the title is empty. Give at least 1 and at most {LONGEST_TITLE} characters"
            )
        with self.writing() as connection:
            _row_of(connection, run_id, owner)
            connection.execute(runs.update().where(runs.c.id == run_id).values(title=title))

    def delete(self, run_id: str, *, stop: bool = False, owner: str | None = None) -> None:
        """Remove a run with its measurements, checkpoint and log, for good.

        Args:
            run_id: The run.
            stop: Also when it runs: its worker finds it gone and ends.
            owner: Who asks.

        Raises:
            WrongState: It is running and `stop` is not set.
        """
        with self.writing() as connection:
            state = _row_of(connection, run_id, owner)["state"]
            if state == RunState.RUNNING.value and not stop:
                raise WrongState(f"run {run_id} is running. Stop it first, then delete it")
            for table in (measurements, coordinates):
                connection.execute(table.delete().where(table.c.run_id == run_id))
            connection.execute(runs.delete().where(runs.c.id == run_id))
        files.remove(run_id)


def new_id() -> str:
    """Ten random characters a-z, 2-7: 50 bits."""
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(10))


def _row_of(connection: sa.Connection, run_id: str, owner: str | None) -> sa.RowMapping:
    """The locked row of a run that this owner may change.

    Raises:
        NotYours: It is somebody else's.
    """
    row = locked_row(connection, run_id)
    if owner is not None and row["owner"] != owner:
        raise NotYours(
            f"run {run_id} was launched by somebody else, who alone may change it. "
            "Watch it, or launch one of your own with its settings"
        )
    return row


def _checked_title(title: str) -> str:
    """The title without line breaks and control characters.

    Raises:
        ConfigError: It is longer than one line can show.
    """
    title = " ".join("".join(char if char.isprintable() else " " for char in title).split())
    if len(title) > LONGEST_TITLE:
        raise ConfigError(
            f"the title {quoted(title)} has {len(title)} characters. Give at least 1 and at most "
            f"{LONGEST_TITLE}"
        )
    return title

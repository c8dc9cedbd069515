"""The database under the run store: tables, connections, and its errors in plain words.

SQLite keeps its journal in WAL mode, so readers never wait for the writer; every writing
transaction takes the write lock at its start (BEGIN IMMEDIATE), because a transaction that reads
first and writes later fails at once, whatever busy_timeout says, when another one wrote meanwhile.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc

from deepfreq_core import settings
from deepfreq_core.errors import ConfigError
from deepfreq_core.runs import migrations
from deepfreq_core.runs.errors import StoreUnavailable

BUSY_TIMEOUT_S = 10.0

metadata = sa.MetaData()

schema = sa.Table("deepfreq_schema", metadata, sa.Column("version", sa.Integer, primary_key=True))

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(10), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False, index=True),
    sa.Column("group", sa.Text, index=True),
    sa.Column("preset", sa.Text),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("state", sa.String(8), nullable=False, index=True),
    sa.Column("request", sa.String(8)),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("queued", sa.Double, nullable=False),
    sa.Column("started", sa.Double),
    sa.Column("finished", sa.Double),
    sa.Column("heartbeat", sa.Double),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("progress", sa.Text),
    sa.Column("n_measurements", sa.Integer, nullable=False),
    sa.Column("facts", sa.Text, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("worker", sa.Text),
    sa.Column("place", sa.Text),
    sa.Column("pid", sa.Integer),
    # Token of the claim whose worker has not begun; only that worker may.
    sa.Column("claim", sa.Text),
    # How often a claim came to nothing since the last start.
    sa.Column("returned", sa.Integer, nullable=False, server_default="0"),
    # An older DeepFreq wrote the measurements up to this one, without checksums; NULL: any of them.
    sa.Column("unchecked", sa.Integer),
    # See `integrity`; NULL while `unchecked` is.
    sa.Column("checksum", sa.LargeBinary),
)

measurements = sa.Table(
    "measurements",
    metadata,
    sa.Column(
        "run_id", sa.String(10), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("seq", sa.Integer, primary_key=True),
    # The clock. NULL: an older DeepFreq wrote it, and its clock is `epoch`.
    sa.Column("at", sa.Double),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("scalars", sa.Text, nullable=False),
    sa.Column("arrays", sa.LargeBinary, nullable=False),
    sa.Column("checksum", sa.LargeBinary),
)

# What never changes within a run: values along its dims, as JSON.
coordinates = sa.Table(
    "coordinates",
    metadata,
    sa.Column(
        "run_id", sa.String(10), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("values", sa.Text, nullable=False),
    sa.Column("checksum", sa.LargeBinary, nullable=False),
)

dispatchers = sa.Table(
    "dispatchers",
    metadata,
    sa.Column("place", sa.Text, primary_key=True),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("heartbeat", sa.Double, nullable=False),
    sa.Column("slots", sa.Integer, nullable=False),
)


class Database:
    """Connections to one database. Safe to use from many threads; not across a fork.

    Args:
        url: SQLAlchemy URL; `settings.database_url()` when left out. One that cannot be used is a
            `ConfigError`, a database that cannot be opened or is newer `StoreUnavailable`.
    """

    def __init__(self, url: str | None = None) -> None:
        self.url = url or settings.database_url()
        self._engine = _engine(self.url)
        self.is_sqlite = self._engine.dialect.name == "sqlite"
        try:
            self._check_version()
        except BaseException:
            self.close()
            raise

    def _check_version(self) -> None:
        with self.reading() as connection:
            version = _version(connection)
        if version is None or version < migrations.VERSION:
            with self.writing() as connection:
                version = _bring_up_to_date(connection)
        if version != migrations.VERSION:
            raise StoreUnavailable(
                f"the runs in {self.name} have format {version}; this DeepFreq knows format "
                f"{migrations.VERSION}. Update DeepFreq, or set DEEPFREQ_HOME to another folder"
            )

    @property
    def name(self) -> str:
        """Where the database is, without a password."""
        if self.is_sqlite:
            return str(self._engine.url.database)
        return self._engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Generator[sa.Connection]:
        """A short transaction in which all reads see the same moment.

        Yields:
            The connection.

        Raises:
            StoreUnavailable: The database cannot be read.
        """
        try:
            with self._engine.connect() as connection:
                level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
                yield connection.execution_options(**level)
        except (exc.SQLAlchemyError, UnicodeDecodeError) as error:
            raise StoreUnavailable(_explain(error, self.name)) from error

    @contextmanager
    def writing(self) -> Generator[sa.Connection]:
        """A short transaction that is kept as a whole or not at all.

        Yields:
            The connection.

        Raises:
            StoreUnavailable: The database cannot be written.
        """
        try:
            with self._engine.connect().execution_options(deepfreq_write=True) as connection:
                with connection.begin():
                    yield connection
        except (exc.SQLAlchemyError, UnicodeDecodeError) as error:
            raise StoreUnavailable(_explain(error, self.name)) from error

    def close(self) -> None:
        """Close all idle connections; a later use opens new ones."""
        self._engine.dispose()


def _version(connection: sa.Connection) -> int | None:
    if not sa.inspect(connection).has_table(schema.name):
        return None
    version: int | None = connection.scalar(sa.select(sa.func.max(schema.c.version)))
    return version or 0  # the table is made with its row: without one it is damaged, not new


def _bring_up_to_date(connection: sa.Connection) -> int:
    if connection.dialect.name == "postgresql":  # two processes may find it old at once
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(72007314)"))
    version = _version(connection)
    if version is None:
        metadata.create_all(connection)
        connection.execute(schema.insert().values(version=migrations.VERSION))
        return migrations.VERSION
    if 0 < version < migrations.VERSION:
        migrations.migrate(connection, version)
        connection.execute(schema.update().values(version=migrations.VERSION))
        return migrations.VERSION
    return version


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return _sqlite_engine(parsed)
        return sa.create_engine(parsed, pool_pre_ping=True)
    except (exc.ArgumentError, ModuleNotFoundError) as error:
        raise ConfigError(
            f"DEEPFREQ_DATABASE_URL cannot be used ({error}). Give sqlite:////path/runs.sqlite, or "
            "postgresql+psycopg://user:password@host/name, whose driver comes with "
            "pip install 'deepfreq[postgres]'"
        ) from error


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if url.database in {None, "", ":memory:"}:
        raise ConfigError(
            "DEEPFREQ_DATABASE_URL names a database in memory, which other processes cannot see. "
            "Give a file: sqlite:////path/runs.sqlite"
        )
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # BEGIN is ours, see below
        # Damaged text shall reach the checksum that finds it, instead of failing by itself.
        connection.text_factory = lambda text: text.decode("utf-8", "replace")
        _keep_journal_as_wal(connection)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        write = connection.get_execution_options().get("deepfreq_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _keep_journal_as_wal(connection: Any) -> None:
    # A new file's journal is changed once. SQLite refuses the change at once, without waiting for
    # its busy timeout, when another process is changing it too, so waiting is ours.
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY  # the low byte: without the reason


_DAMAGED = "is damaged; deepfreq doctor --deep says where. Restore a copy, or move it away"

# Part of the driver's message -> what it means and what to do.
_SENTENCES = (
    ("locked", "is busy: another process holds it for longer than {busy:.0f} s. Try again"),
    ("readonly", "cannot be written. Check the rights of the file and its folder"),
    ("disk is full", "cannot grow: the disk is full. Free some space, then try again"),
    ("disk i/o error", "cannot be used: the disk reports an error. Check space and disk"),
    (
        "malformed",
        "is damaged; deepfreq doctor --deep says where. Restore a copy, or move it away",
    ),
    ("not a database", "is not a database. Move it away, or set DEEPFREQ_HOME to another folder"),
    ("unable to open", "cannot be opened. Check that its folder is there and can be written"),
    ("no such table", "was replaced while in use. Start DeepFreq again"),
)


def _explain(error: exc.SQLAlchemyError | UnicodeDecodeError, name: str) -> str:
    said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    for part, sentence in _SENTENCES:
        if part in said.lower():
            return f"the run database {name} {sentence.format(busy=BUSY_TIMEOUT_S)}"
    return f"the run database {name} does not answer ({said}). Check that it is there and running"

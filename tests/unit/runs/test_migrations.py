"""Databases of older versions: opened, brought up to date, and nothing in them changed."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from deepfreq_core import config as configs
from deepfreq_core import settings
from deepfreq_core.records import Measurement
from deepfreq_core.runs import database, migrations
from deepfreq_core.runs.errors import RunDamaged
from deepfreq_core.runs.rows import pack_arrays
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from tests.fakes import fake_config
from tests.unit.runs.conftest import POSTGRES

RUN = "abcdefghij"
LFR = np.arange(6.0).reshape(2, 3)

# The tables as version 1 made them.
VERSION_1 = """
CREATE TABLE deepfreq_schema (version INTEGER NOT NULL, PRIMARY KEY (version));
CREATE TABLE dispatchers (
    place TEXT NOT NULL, pid INTEGER NOT NULL, heartbeat DOUBLE NOT NULL,
    slots INTEGER NOT NULL, PRIMARY KEY (place));
CREATE TABLE runs (
    id VARCHAR(10) NOT NULL, title TEXT NOT NULL, owner TEXT NOT NULL, "group" TEXT, preset TEXT,
    config TEXT NOT NULL, state VARCHAR(8) NOT NULL, request VARCHAR(8),
    created DOUBLE NOT NULL, queued DOUBLE NOT NULL, started DOUBLE,
    finished DOUBLE, heartbeat DOUBLE, attempt INTEGER NOT NULL, progress TEXT,
    n_measurements INTEGER NOT NULL, facts TEXT NOT NULL, error TEXT, worker TEXT, place TEXT,
    pid INTEGER, PRIMARY KEY (id));
CREATE INDEX ix_runs_group ON runs ("group");
CREATE INDEX ix_runs_owner ON runs (owner);
CREATE INDEX ix_runs_state ON runs (state);
CREATE TABLE measurements (
    run_id VARCHAR(10) NOT NULL, seq INTEGER NOT NULL, epoch INTEGER NOT NULL,
    step INTEGER NOT NULL, scalars TEXT NOT NULL, arrays BLOB NOT NULL,
    PRIMARY KEY (run_id, seq), FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE);
INSERT INTO deepfreq_schema VALUES (1);
"""


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRES else [])])
def engine(request: pytest.FixtureRequest, home: Path) -> Iterator[sa.Engine]:
    """An empty database."""
    url = settings.database_url() if request.param == "sqlite" else POSTGRES
    assert url is not None
    home.mkdir(exist_ok=True)
    engine = sa.create_engine(url)
    database.metadata.drop_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def url(engine):
    """A database that version 1 made, with a run that was stopped after two measurements."""
    now = time.time()
    run = {"id": RUN, "title": "Old", "owner": "ada", "config": configs.to_json(fake_config())}
    run |= {"state": "stopped", "created": now, "queued": now, "attempt": 1, "n_measurements": 2}
    run |= {"facts": '{"backend": "old"}'}
    rows = [
        {"run_id": RUN, "seq": k + 1, "epoch": k, "step": k, "scalars": '{"train_loss": NaN}'}
        | {"arrays": pack_arrays({"lfr": LFR + k})}
        for k in range(2)
    ]
    is_sqlite = engine.dialect.name == "sqlite"
    tables = VERSION_1 if is_sqlite else _for_postgresql(VERSION_1)
    with engine.begin() as connection:
        for statement in filter(str.strip, tables.split(";")):
            connection.exec_driver_sql(statement)
        for table, row in [("runs", run), *(("measurements", row) for row in rows)]:
            names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({marks})"), row)
    return engine.url.render_as_string(hide_password=False)


@pytest.fixture
def store(url):
    store = RunStore(url)
    yield store
    store.close()


def _for_postgresql(tables):
    return tables.replace("BLOB", "BYTEA").replace("DOUBLE", "DOUBLE PRECISION")


def columns(engine):
    look = sa.inspect(engine)
    return {
        table: {
            (column["name"], str(column["type"]), column["nullable"])
            for column in look.get_columns(table)
        }
        for table in look.get_table_names()
    }


def test_an_old_database_gets_the_tables_of_a_new_one(engine, url):
    RunStore(url).close()
    migrated = columns(engine)
    database.metadata.drop_all(engine)
    RunStore(url).close()
    assert columns(engine) == migrated
    with engine.connect() as connection:
        version = connection.exec_driver_sql("SELECT version FROM deepfreq_schema").scalar_one()
    assert version == migrations.VERSION


def test_its_runs_and_measurements_are_as_they_were(store):
    run, rows = store.read(RUN)
    assert (run.title, run.state, run.facts) == ("Old", RunState.STOPPED, {"backend": "old"})
    assert [seq for seq, _ in rows] == [1, 2]
    np.testing.assert_array_equal(rows[1][1].arrays["lfr"], LFR + 1)


def test_what_is_added_to_an_old_run_has_checksums_and_what_is_kept_has_none(store):
    store.resume(RUN)
    store.start(RUN, worker="w", keep=1)
    for _ in range(2):
        store.append(RUN, Measurement(5, 5, {}, {"lfr": LFR}, {"backend": "new"}), worker="w")
    assert [seq for seq, _ in store.measurements(RUN)] == [1, 2, 3]
    forget = sa.text("UPDATE measurements SET checksum = NULL WHERE seq = :seq")
    with store.writing() as connection:
        connection.execute(forget, {"seq": 1})
    assert len(store.measurements(RUN)) == 3
    with store.writing() as connection:
        connection.execute(forget, {"seq": 2})
    with pytest.raises(RunDamaged, match=f"measurement 2 of run {RUN} is damaged"):
        store.measurements(RUN)


def test_a_migration_that_fails_leaves_the_old_version(engine, url, monkeypatch):
    def fail(connection):
        connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN halfway TEXT")
        raise KeyboardInterrupt

    before = columns(engine)
    monkeypatch.setattr(migrations, "STEPS", (fail,))
    with pytest.raises(KeyboardInterrupt):
        RunStore(url)
    assert columns(engine) == before


def test_two_processes_may_bring_it_up_to_date_at_once(url, spawn_python):
    program = f"from deepfreq_core.runs.store import RunStore; RunStore({url!r}).list()"
    processes = [spawn_python(program) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]

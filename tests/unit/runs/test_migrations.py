"""Databases of older versions: opened, brought up to date, and nothing in them changed."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from deepfreq_core import settings
from deepfreq_core.records import Measurement
from deepfreq_core.runs import database, inspection, migrations
from deepfreq_core.runs.errors import RunDamaged
from deepfreq_core.runs.rows import pack_arrays
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from tests.unit.runs.conftest import POSTGRES

RUN = "abcdefghij"
LFR = np.arange(6.0).reshape(2, 3)
GRID = np.array([0.0, 0.1, 1 / 3])
NAMES = ["input", "layer 1"]
# Settings as versions 1 and 2 wrote them.
CONFIG = (
    '{"experiment": "layers", "version": 1, "net": {"name": "mlp", "depth": 1, "width": 8}, '
    '"training": {"epochs": 4}, "measure": {"n_samples": 20, "n_grid": 3}}'
)
# Checksums as version 2 wrote them: of the run below, and of its two measurements.
RUN_CHECKSUM = bytes.fromhex("146f55c4b6d63acd")
CHECKSUMS = [bytes.fromhex("53f43dad49b3e0f9"), bytes.fromhex("76f05a59f4581867")]

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
# What version 2 added.
VERSION_2 = """
ALTER TABLE runs ADD COLUMN claim TEXT;
ALTER TABLE runs ADD COLUMN returned INTEGER DEFAULT 0 NOT NULL;
ALTER TABLE runs ADD COLUMN unchecked INTEGER;
ALTER TABLE runs ADD COLUMN checksum BLOB;
ALTER TABLE measurements ADD COLUMN checksum BLOB;
UPDATE deepfreq_schema SET version = 2;
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


@pytest.fixture(params=[1, 2])
def url(request, engine):
    """A database of an older version, with a run that was stopped after two measurements."""
    return make(engine, request.param)


def make(engine, version):
    now = time.time()
    run = {"id": RUN, "title": "Old", "owner": "ada", "config": CONFIG, "state": "stopped"}
    run |= {"created": now, "queued": now, "attempt": 1, "n_measurements": 2}
    run |= {"facts": json.dumps({"backend": "old", "layer_names": NAMES})}
    run |= {"progress": '{"epoch": 1.5, "step": 15, "n_epochs": 4, "eta_s": 2.5}'}
    rows = [
        {"run_id": RUN, "seq": k + 1, "epoch": k, "step": 10 * k}
        | {"scalars": '{"train_loss": NaN}'}
        | {"arrays": pack_arrays({"inverse_delta": GRID, "lfr": LFR + k})}
        for k in range(2)
    ]
    tables = VERSION_1
    if version == 2:
        tables += VERSION_2
        run |= {"unchecked": 0, "checksum": RUN_CHECKSUM}
        rows = [row | {"checksum": told} for row, told in zip(rows, CHECKSUMS, strict=True)]
    if engine.dialect.name == "postgresql":
        tables = _for_postgresql(tables)
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
    assert (run.title, run.state, run.facts["backend"]) == ("Old", RunState.STOPPED, "old")
    assert run.progress == {"at": 1.5, "end": 4, "eta_s": 2.5}
    assert run.config.instruments["layers"].n_grid == 3
    assert [seq for seq, _ in rows] == [1, 2]
    last = rows[1][1]
    assert last.at == 1.0
    assert last.scalars["step"] == 10.0 and np.isnan(last.scalars["train_loss"])
    assert last.arrays.keys() == {"layers/lfr"}
    np.testing.assert_array_equal(last.arrays["layers/lfr"], LFR + 1)


def test_the_grid_that_came_with_every_measurement_is_a_coordinate(store):
    found = store.coordinates(RUN)
    assert found.keys() == {"layers/inverse_delta", "layers/layer"}
    np.testing.assert_array_equal(found["layers/inverse_delta"], GRID)
    assert found["layers/layer"] == tuple(NAMES)


def test_nothing_that_is_stored_is_rewritten(engine, url):
    def stored():
        with engine.connect() as connection:
            return [
                connection.exec_driver_sql(f"SELECT {', '.join(there)} FROM {table}").all()
                for table, there in before.items()
            ]

    before = {
        table: [f'"{name}"' for name, *_ in sorted(found)]
        for table, found in columns(engine).items()
        if table != "deepfreq_schema"
    }
    kept = stored()
    store = RunStore(url)
    store.read(RUN)
    store.coordinates(RUN)
    assert inspection.inspect(store, RUN).damage == ()
    store.close()
    assert stored() == kept


def test_checksums_of_version_2_still_hold(engine):
    store = RunStore(make(engine, 2))
    assert inspection.inspect(store, RUN) == inspection.Inspected((), 2, 0)
    damage = sa.text("UPDATE measurements SET step = 11 WHERE seq = 1")
    with store.writing() as connection:
        connection.execute(damage)
    for look in (store.read, store.coordinates):
        with pytest.raises(RunDamaged, match=f"^measurement 1 of run {RUN} is damaged"):
            look(RUN)
    store.close()


def test_coordinates_are_not_read_from_a_measurement_that_makes_no_sense(engine):
    store = RunStore(make(engine, 1))
    with store.writing() as connection:
        connection.execute(sa.text("UPDATE measurements SET arrays = :none"), {"none": b""})
    with pytest.raises(RunDamaged, match=f"^measurement 1 of run {RUN} is damaged"):
        store.coordinates(RUN)
    store.close()


def test_an_old_run_that_goes_on_keeps_its_grid_and_one_begun_anew_gets_its_own(store):
    store.resume(RUN)
    store.start(RUN, worker="w", keep=1)
    store.append(RUN, Measurement(0.5, {"step": 5.0}, {"layers/lfr": LFR}), worker="w")
    old, new = (one for _, one in store.measurements(RUN))
    assert (old.at, new.at) == (0.0, 0.5)
    assert old.arrays.keys() == new.arrays.keys()
    np.testing.assert_array_equal(store.coordinates(RUN)["layers/inverse_delta"], GRID)
    store.rewind(RUN, 0, worker="w")
    assert store.coordinates(RUN) == {}
    begun = Measurement(0.0, {}, {}, {"layers/inverse_delta": np.array([7.0])})
    store.append(RUN, begun, worker="w")
    assert store.coordinates(RUN)["layers/inverse_delta"].tolist() == [7.0]


def test_what_is_added_to_an_old_run_has_checksums_and_what_is_kept_has_none(engine):
    store = RunStore(make(engine, 1))
    store.resume(RUN)
    store.start(RUN, worker="w", keep=1)
    for _ in range(2):
        store.append(
            RUN, Measurement(5.0, {}, {"layers/lfr": LFR}, facts={"backend": "new"}), worker="w"
        )
    assert [seq for seq, _ in store.measurements(RUN)] == [1, 2, 3]
    forget = sa.text("UPDATE measurements SET checksum = NULL WHERE seq = :seq")
    with store.writing() as connection:
        connection.execute(forget, {"seq": 1})
    assert len(store.measurements(RUN)) == 3
    with store.writing() as connection:
        connection.execute(forget, {"seq": 2})
    with pytest.raises(RunDamaged, match=f"measurement 2 of run {RUN} is damaged"):
        store.measurements(RUN)
    store.close()


def test_a_migration_that_fails_leaves_the_old_version(engine, url, monkeypatch):
    def fail(connection):
        connection.exec_driver_sql("ALTER TABLE runs ADD COLUMN halfway TEXT")
        raise KeyboardInterrupt

    before = columns(engine)
    monkeypatch.setattr(migrations, "STEPS", (fail, fail))
    with pytest.raises(KeyboardInterrupt):
        RunStore(url)
    assert columns(engine) == before


def test_two_processes_may_bring_it_up_to_date_at_once(url, spawn_python):
    program = f"from deepfreq_core.runs.store import RunStore; RunStore({url!r}).list()"
    processes = [spawn_python(program) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]

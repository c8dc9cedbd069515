"""A database that cannot be used says so in a sentence with a next step."""

import sqlite3
import threading

import pytest

from deepfreq_core.errors import ConfigError
from deepfreq_core.runs import database
from deepfreq_core.runs.errors import StoreUnavailable
from deepfreq_core.runs.store import RunStore
from tests.rehearsal import rehearsal


def path_of(store: RunStore) -> str:
    return store.name


def test_a_newer_database_is_not_touched(store):
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE deepfreq_schema SET version = 99")
    with pytest.raises(StoreUnavailable, match="format 99.*Update DeepFreq"):
        RunStore()


def test_a_file_that_is_no_database(home):
    home.mkdir()
    (home / "runs.sqlite").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(StoreUnavailable, match="is not a database"):
        RunStore()


def test_a_damaged_database(store):
    store.create(rehearsal())
    store.close()
    path = path_of(store)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_000)
    with pytest.raises(StoreUnavailable, match=r"damaged|does not answer"):
        RunStore().list()


def test_a_database_that_another_process_holds(home, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.1)
    store = RunStore()
    other = sqlite3.connect(path_of(store), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreUnavailable, match="is busy"):
            store.create(rehearsal())
        assert store.list() == []  # readers do not wait for the writer
    finally:
        other.close()
        store.close()


@pytest.fixture
def new_file_being_written(home):
    """A connection that writes a new file, whose journal is therefore not WAL yet."""
    home.mkdir()
    other = sqlite3.connect(home / "runs.sqlite", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_a_new_database_that_another_process_is_making_is_waited_for(new_file_being_written):
    release = threading.Timer(0.1, new_file_being_written.execute, ["COMMIT"])
    release.start()
    try:
        assert RunStore().list() == []
    finally:
        release.join()


def test_a_new_database_that_another_process_never_finishes(new_file_being_written, monkeypatch):
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.1)
    with pytest.raises(StoreUnavailable, match="is busy"):
        RunStore()


@pytest.mark.parametrize("name", ["a%20b", "what?x=1", "sp ace", "ünï#1"])
def test_the_folder_may_have_any_name(tmp_path, monkeypatch, name):
    monkeypatch.setenv("DEEPFREQ_HOME", str(tmp_path / name))
    store = RunStore()
    store.create(rehearsal())
    store.close()
    assert (tmp_path / name / "runs.sqlite").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_full_disk(store):
    run = store.create(rehearsal())
    with pytest.raises(StoreUnavailable, match="disk is full"):
        with store.writing() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
            connection.exec_driver_sql(
                "INSERT INTO measurements (run_id, seq, epoch, step, scalars, arrays) "
                "VALUES (?, 1, 0, 0, '', zeroblob(1000000))",
                (run.id,),
            )
    store.close()
    assert store.measurements(run.id) == []


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        RunStore(f"sqlite:///{tmp_path}/missing/runs.sqlite")


@pytest.mark.parametrize("url", ["nonsense", "sqlite://", "nodriver://x", "sqlite:///:memory:"])
def test_an_address_that_cannot_be_used(url):
    with pytest.raises(ConfigError, match="DEEPFREQ_DATABASE_URL"):
        RunStore(url)


def test_a_password_is_never_shown():
    url = "postgresql+psycopg://ada:secret@127.0.0.1:1/x"
    with pytest.raises((StoreUnavailable, ConfigError)) as raised:
        RunStore(url)
    assert "secret" not in str(raised.value)


def test_two_processes_may_open_an_empty_database_at_once(home, spawn_python):
    program = "from deepfreq_core.runs.store import RunStore; RunStore().list()"
    processes = [spawn_python(program) for _ in range(3)]
    assert [process.wait(timeout=30) for process in processes] == [0, 0, 0]

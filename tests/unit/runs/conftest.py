"""A store of each kind, real worker processes, and waiting for conditions instead of sleeping."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from deepfreq_core.runs import database
from deepfreq_core.runs.store import RunStore

ROOT = Path(__file__).resolve().parents[3]
# Read here, because the tests themselves run without any DEEPFREQ_ variable of the user's.
POSTGRES = os.environ.get("DEEPFREQ_TEST_POSTGRES_URL")


@pytest.fixture
def store(home: Path) -> Iterator[RunStore]:
    store = RunStore()
    yield store
    store.close()


@pytest.fixture(params=["sqlite", *(["postgresql"] if POSTGRES else [])])
def any_store(request: pytest.FixtureRequest, home: Path) -> Iterator[RunStore]:
    if request.param == "sqlite":
        store = RunStore()
    else:
        assert POSTGRES is not None
        engine = sa.create_engine(POSTGRES)
        database.metadata.drop_all(engine)
        engine.dispose()
        store = RunStore(POSTGRES)
    yield store
    store.close()


@pytest.fixture(autouse=True)
def _rehearsals(rehearsals: None) -> None:
    """All runs here are rehearsals, or may be."""


@pytest.fixture
def until() -> Callable[..., float]:
    """Wait for a condition; returns the seconds it took."""

    def wait(condition: Callable[[], object], timeout_s: float = 30.0) -> float:
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < timeout_s, "it did not happen"
            time.sleep(0.01)
        return time.monotonic() - began

    return wait


@pytest.fixture
def spawn() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a process of `tests.rehearsal`; what still runs at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.rehearsal", *arguments],
            cwd=ROOT,
            env=os.environ | environment,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def spawn_python() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Start a fresh interpreter on a program; what still runs at the end is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(program: str) -> subprocess.Popen[bytes]:
        started.append(subprocess.Popen([sys.executable, "-c", program], cwd=ROOT))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()

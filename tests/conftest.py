"""What all tests share: a data folder of their own, and the real images where they are."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import deepfreq_core.experiments  # noqa: F401, before torch: tells its threads not to spin
from deepfreq_core.experiments import catalogue
from tests import rehearsal

# A busy machine makes a law slow, not wrong.
settings.register_profile("deepfreq", deadline=None)
settings.load_profile("deepfreq")

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session", autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test may touch the data folder of whoever runs it."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("DEEPFREQ_")}
    for name in kept:
        del os.environ[name]
    os.environ["DEEPFREQ_HOME"] = str(tmp_path_factory.mktemp("home"))
    yield
    del os.environ["DEEPFREQ_HOME"]
    os.environ.update(kept)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder for one test."""
    path = tmp_path / "home"
    monkeypatch.setenv("DEEPFREQ_HOME", str(path))
    return path


@pytest.fixture
def rehearsals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rehearsals are in the catalogue of experiments until the test is over."""
    monkeypatch.setitem(catalogue.EXPERIMENTS, rehearsal.NAME, rehearsal.PACKAGE)


@pytest.fixture
def shared_data(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the real images, and DEEPFREQ_DATA set to it; skips where it is absent."""
    if not (SHARED / "MNIST").is_dir():
        pytest.skip(f"the real images are not in {SHARED}")
    monkeypatch.setenv("DEEPFREQ_DATA", str(SHARED))
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """`-m shared_data` selects the tests that use the real images."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.shared_data)

"""What is loaded is set apart from garbage collection once, and again after more was loaded."""

import gc
import sys
from types import ModuleType

import pytest

from deepfreq_core.ui import memory


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    monkeypatch.setattr(memory, "_settled", 0)
    yield
    gc.unfreeze()


def test_only_what_was_loaded_since_is_set_apart(monkeypatch):
    memory.settle()
    first = gc.get_freeze_count()
    assert first > 1_000
    kept = [[] for _ in range(100)]
    memory.settle()
    assert gc.get_freeze_count() <= first  # nothing was loaded, so lists stay collectable
    monkeypatch.setitem(sys.modules, "one_more", ModuleType("one_more"))
    memory.settle()
    assert gc.get_freeze_count() >= first + len(kept)


def test_garbage_is_not_set_apart(monkeypatch):
    class Told:
        def __del__(self) -> None:
            gone.append(True)

    gone: list[bool] = []
    cycle = [Told()]
    cycle.append(cycle)
    del cycle
    monkeypatch.setitem(sys.modules, "another", ModuleType("another"))
    memory.settle()
    assert gone == [True]

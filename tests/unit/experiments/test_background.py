import threading

import pytest

from deepfreq_core.experiments.background import BackgroundTask


def test_notes_while_working_then_the_result() -> None:
    go_on = threading.Event()

    def work(report):  # type: ignore[no-untyped-def]
        report("half done")
        assert go_on.wait(10)
        return 42

    task = BackgroundTask(work)
    notes = task.notes(0.01)
    while next(notes) != "half done":
        pass
    go_on.set()
    assert set(notes) <= {"half done"}
    assert task.result() == 42


def test_an_error_is_raised_where_it_is_waited_for() -> None:
    def work(report):  # type: ignore[no-untyped-def]
        raise KeyError("lost")

    task = BackgroundTask(work)
    list(task.notes(0.01))
    with pytest.raises(KeyError, match="lost"):
        task.result()

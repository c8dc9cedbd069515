"""The killing and damaging trials: a short one each time, a long one by `make test-slow`."""

import time

import pytest

from deepfreq_core.runs import files
from deepfreq_core.runs.state import RunState
from tests.faults import damage, kills

pytestmark = pytest.mark.usefixtures("rehearsals")


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("n_kills", [6, pytest.param(150, marks=pytest.mark.slow)])
def test_whatever_is_killed_every_run_ends_as_if_nothing_had_been(home, n_kills):
    toll = kills.Trial(seed=n_kills).carry_out(n_kills)
    assert toll.kills.total() > 0
    assert toll.runs >= kills.AT_A_TIME
    assert (toll.not_done, toll.different, toll.false_promises) == ([], [], 0)
    until(lambda: not any(map(files.is_locked, (home / "runs").glob("*/worker.lock"))))


def test_a_fork_server_that_outlives_its_dispatcher_starts_nothing_twice(home):
    run, log = kills.an_orphan_comes_late(until)
    assert (run.state, run.attempt) == (RunState.DONE, 1)
    refused = ("claimed for another worker", "already has", "cannot be started")
    assert any(words in log for words in refused)  # when it comes, and why, is left to chance


@pytest.mark.parametrize("n_trials", [25, pytest.param(1_000, marks=pytest.mark.slow)])
def test_whatever_is_damaged_no_wrong_number_is_read(tmp_path, n_trials):
    counts = damage.trials(tmp_path, n_trials, seed=n_trials)
    found = set().union(*counts.values())
    # A run whose id or index is damaged is not found any more; the doctor finds that, as all else.
    assert found <= {"trials", "harmless", "named", "gone"}
    for way in ("a measurement", "the coordinates"):
        assert counts[way]["named"] == counts[way]["trials"] > 0

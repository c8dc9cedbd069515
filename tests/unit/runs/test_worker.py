"""Real worker processes, forked as the dispatcher forks them: asked, killed, crashed."""

import os
import signal

import pytest

from deepfreq_core.runs import checkpoints, files
from deepfreq_core.runs.capacity import Capacity
from deepfreq_core.runs.launchers.local import LocalLauncher, describe_exit
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.runs.worker import attempt as attempt_module
from deepfreq_core.runs.worker import heart
from tests.rehearsal import rehearsal

pytestmark = pytest.mark.usefixtures("_module_home")
FOR_EVER = {"steps": 100_000, "pause_s": 0.02}


@pytest.fixture(scope="module")
def _module_home(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEEPFREQ_HOME", str(tmp_path_factory.mktemp("workers")))
        yield


@pytest.fixture(scope="module")
def store(_module_home):
    store = RunStore()
    yield store
    store.close()


@pytest.fixture(scope="module")
def launcher(_module_home):
    launcher = LocalLauncher(Capacity(4, 1, ()), ("-m", "tests.rehearsal", "forkserver"))
    launcher.warm_up()
    yield launcher
    launcher.close()


@pytest.fixture
def launch(store, launcher, until):
    """A run with its worker, after so many measurements; ended at the end of the test."""
    launched = []

    def start(n_measurements=0, **kinds):
        run_id = store.create(rehearsal(**kinds)).id
        launched.append(run_id)
        launcher.submit(run_id)
        if n_measurements:
            until(lambda: store.get(run_id).n_measurements >= n_measurements)
        return run_id

    yield start
    for run_id in launched:
        launcher.stop(run_id)


@pytest.fixture
def ended(launcher, until):
    """How the worker of a run ended, once it has."""

    def wait(run_id):
        until(lambda: launcher.status(run_id).alive is False)
        return launcher.status(run_id).reason

    return wait


def lease_of(store, run_id):
    return next(lease for lease in store.leases() if lease.run_id == run_id)


def test_a_worker_carries_out_a_run_and_leaves_a_log(store, launch, ended, launcher):
    run_id = launch()
    assert "status 0" in ended(run_id)
    assert store.get(run_id).state is RunState.DONE
    assert "attempt 1" in launcher.log(run_id)
    assert not files.is_locked(files.worker_lock(run_id))


def test_the_command_line_starts_the_same_worker(store, spawn):
    run_id = store.create(rehearsal()).id
    assert spawn("worker", run_id).wait(timeout=60) == 0
    assert store.get(run_id).state is RunState.DONE


def test_a_failure_keeps_its_traceback_in_the_log(store, launch, ended):
    run_id = launch(fault="raise")
    assert "status 0" in ended(run_id)  # it told the store how it ended
    assert store.get(run_id).error == "ZeroDivisionError: the loss went to 0"
    assert "Traceback" in files.log_tail(run_id)
    assert "_go_wrong" in files.log_tail(run_id)


def test_stop_takes_effect_within_a_second_and_keeps_a_checkpoint(store, launch, ended, until):
    run_id = launch(2, **FOR_EVER)
    assert files.is_locked(files.worker_lock(run_id))
    store.request(run_id, Request.STOP)
    took = until(lambda: store.get(run_id).state is RunState.STOPPED)
    assert took < 1 + 3 * heart.BEAT_S  # one beat on an idle machine
    ended(run_id)
    assert checkpoints.path(run_id).exists()


def test_a_terminated_worker_pauses_its_run(store, launch, ended):
    run_id = launch(2, **FOR_EVER)
    os.kill(lease_of(store, run_id).pid, signal.SIGTERM)
    assert "status 0" in ended(run_id)
    paused = store.get(run_id)
    assert paused.state is RunState.PAUSED
    assert "asked to end" in paused.error
    assert checkpoints.path(run_id).exists()


def test_a_killed_worker_frees_its_lock_and_is_resumed(store, launch, launcher, ended):
    run_id = launch(2, steps=40, pause_s=0.02)
    launcher.stop(run_id)
    assert "SIGKILL" in ended(run_id)
    assert not files.is_locked(files.worker_lock(run_id))
    assert store.get(run_id).state is RunState.RUNNING  # nobody has looked yet
    assert store.mark_lost(lease_of(store, run_id), "gone")
    store.resume(run_id)
    launcher.submit(run_id)
    ended(run_id)
    done = store.get(run_id)
    assert (done.state, done.attempt) == (RunState.DONE, 2)
    assert [m.at for _, m in store.measurements(run_id)] == list(range(41))


def test_a_second_worker_of_the_same_run_ends(store, launch, spawn):
    run_id = launch(1, **FOR_EVER)
    assert spawn("worker", run_id).wait(timeout=60) == 1
    assert store.get(run_id).state is RunState.RUNNING
    assert "already has a living worker" in files.log_tail(run_id)


def test_a_run_deleted_meanwhile_takes_its_folder_along(store, launch, ended):
    run_id = launch(1, **FOR_EVER)
    store.delete(run_id, stop=True)
    assert "status 0" in ended(run_id)
    assert not files.folder(run_id).exists()


def test_a_worker_that_is_still_preparing_stops_at_once(store, launch, ended, until):
    run_id = launch(fault="hang_at_start")
    until(lambda: store.get(run_id).state is RunState.RUNNING)
    store.request(run_id, Request.STOP)
    assert until(lambda: store.get(run_id).state is RunState.STOPPED) < 1 + 3 * heart.BEAT_S
    assert "status 0" in ended(run_id)


def test_a_worker_in_a_long_call_beats_and_is_ended_when_asked(store, launch, ended, until):
    run_id = launch(2, fault="hang")
    beat = store.get(run_id).heartbeat
    until(lambda: store.get(run_id).heartbeat > beat)
    store.request(run_id, Request.PAUSE)
    until(lambda: store.get(run_id).state is RunState.PAUSED)
    assert "status 0" in ended(run_id)
    assert "a little further back" in store.get(run_id).error


def test_no_such_run_is_said_in_a_sentence(launcher, ended):
    launcher.submit("abcdefghij")
    assert "status 1" in ended("abcdefghij")
    assert "no run has the id 'abcdefghij'" in launcher.log("abcdefghij")


def test_a_worker_lowers_its_priority(store, launch):
    run_id = launch(1, **FOR_EVER)
    assert os.getpriority(os.PRIO_PROCESS, lease_of(store, run_id).pid) >= 5


def test_a_fork_server_that_died_is_replaced(store, ended):
    launcher = LocalLauncher(Capacity(4, 1, ()), ("-m", "tests.rehearsal", "forkserver"))
    launcher.warm_up()
    launcher._server.kill()
    launcher._server.wait()
    run_id = store.create(rehearsal()).id
    launcher.submit(run_id)
    try:
        while launcher.status(run_id).alive:
            pass
        assert store.get(run_id).state is RunState.DONE
    finally:
        launcher.close()


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (9, "SIGKILL (by hand, or by the system because memory ran out)"),
        (11, "ended by SIGSEGV"),
        (1 << 8, "status 1"),
        (3 << 8, "run database"),
    ],
)
def test_how_a_process_ended_is_told_in_words(status, words):
    assert words in describe_exit(status)


def test_workers_are_spread_over_gpus(store, until):
    shows = "import os, sys\nfor line in sys.stdin: print(line, file=sys.stderr, flush=True)"
    launcher = LocalLauncher(Capacity(4, 1, ("0", "1")), ("-c", shows))
    for run_id in ("a" * 10, "b" * 10, "c" * 10):
        launcher.submit(run_id)
    assert sorted(launcher._gpus.values()) == ["0", "0", "1"]
    launcher.close()


def test_the_store_is_tried_again_before_giving_up(store, monkeypatch):
    calls = []

    def write():
        calls.append(1)
        if len(calls) < 3:
            raise attempt_module.StoreUnavailable("busy")
        return 7

    monkeypatch.setattr(attempt_module.time, "sleep", lambda _: None)
    attempt = attempt_module.Attempt(store, "abcdefghij")
    assert attempt._patiently(write) == 7


# A fork server whose workers are told apart by their pids only: "end PID" says that one has ended.
_TOLD = """
import sys
n = 0
for line in sys.stdin:
    verb, word, claim = line.split()
    if word.startswith("end-"):
        print(f"ended run {word[4:]} 0", flush=True)
    else:
        n += 1
        print(f"started run {n}", flush=True)
"""


def test_the_end_of_an_attempt_before_is_not_taken_for_the_next_ones(until):
    launcher = LocalLauncher(Capacity(1, 1, ()), ("-c", _TOLD))
    try:
        launcher.submit("run")
        until(lambda: launcher.status("run").alive)
        launcher.submit("run")  # taken up again before the first worker was seen to end
        launcher.submit("end-1")
        launcher.submit("end-2")
        until(lambda: launcher.status("run").alive is False)
        assert "status 0" in launcher.status("run").reason
    finally:
        launcher.close()


def test_a_late_end_leaves_the_next_attempt_alive(until):
    launcher = LocalLauncher(Capacity(1, 1, ()), ("-c", _TOLD))
    try:
        launcher.submit("run")
        launcher.submit("run")
        launcher.submit("end-1")
        launcher.submit("more")  # told after that end, so once it is heard the end was too
        until(lambda: launcher.status("run") and launcher._pids.get("run") == 3)
        assert launcher.status("run").alive
    finally:
        launcher.close()

"""A dispatcher's judgement, with a launcher that is told what to say and a clock that is ours."""

import os

import pytest

from deepfreq_core.runs import checkpoints, files, watch
from deepfreq_core.runs.errors import WrongState
from deepfreq_core.runs.launchers.base import WorkerStatus
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.watch import Watch
from tests.rehearsal import rehearsal


class ToldLauncher:
    name = "told"

    def __init__(self):
        self.submitted = []
        self.claims = {}
        self.says = {}

    def submit(self, run_id, claim=None):
        self.submitted.append(run_id)
        self.claims[run_id] = claim
        self.says[run_id] = WorkerStatus(alive=True)

    def status(self, run_id):
        return self.says.get(run_id, WorkerStatus(alive=None))

    def stop(self, run_id):
        pass

    def log(self, run_id):
        return ""

    def close(self):
        pass


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1000.0

    monkeypatch.setattr(watch.time, "monotonic", lambda: Clock.now)
    return Clock


@pytest.fixture
def launcher():
    return ToldLauncher()


def worker_starts(store, run_id, place, pid=None, claim=None):
    """What a worker does first: lock its folder, tell the store."""
    folder = files.folder(run_id, make=True)
    lock = files.lock(folder / "worker.lock")
    store.start(run_id, worker="w", place=place, pid=pid, claim=claim)
    return lock


def test_free_slots_are_filled_and_no_more(store, launcher):
    runs = [store.create(rehearsal()).id for _ in range(3)]
    looker = Watch(store, launcher, "here", slots=2)
    assert looker.look()
    assert looker.is_starting
    assert launcher.submitted == runs[:2]
    looker.look()
    assert launcher.submitted == runs[:2]
    store.start(runs[0], worker="w", place="here", claim=launcher.claims[runs[0]])
    store.finish(runs[0], RunState.DONE, worker="w")
    looker.look()
    assert launcher.submitted == runs


def test_nothing_to_do_is_idle(store, launcher):
    assert not Watch(store, launcher, "here", slots=2).look()


def test_a_run_elsewhere_takes_no_slot_here(store, launcher, clock):
    away = store.create(rehearsal()).id
    assert store.claim("there") == away
    here = store.create(rehearsal()).id
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    assert launcher.submitted == [here]


def test_a_worker_that_never_reached_the_store_is_tried_three_times_more(store, launcher):
    run = store.create(rehearsal()).id
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    for n in range(2, 6):
        assert store.get(run).state is RunState.RUNNING
        launcher.says[run] = WorkerStatus(alive=False, reason="its process was ended by SIGSEGV")
        looker.look()
        assert len(launcher.submitted) == min(n, 4)
    lost = store.get(run)
    assert lost.state is RunState.LOST
    assert lost.error == (
        "its process was ended by SIGSEGV. It has no checkpoint yet: Resume starts it from the "
        "beginning"
    )
    store.resume(run)
    looker.look()
    launcher.says[run] = WorkerStatus(alive=False, reason="its process was ended by SIGSEGV")
    looker.look()
    assert store.get(run).state is RunState.RUNNING  # asked for by hand: the tries begin anew


def test_a_start_forgets_the_tries_before_it(store, launcher):
    run = store.create(rehearsal()).id
    looker = Watch(store, launcher, "here", slots=1)
    for _ in range(3):
        looker.look()
        launcher.says[run] = WorkerStatus(alive=False, reason="gone")
    looker.look()
    os.close(worker_starts(store, run, "here", claim=launcher.claims[run]))
    launcher.says[run] = WorkerStatus(alive=False, reason="gone")
    looker.look()
    assert store.get(run).state is RunState.LOST
    store.resume(run)
    looker.look()
    launcher.says[run] = WorkerStatus(alive=False, reason="gone")
    looker.look()
    assert store.get(run).state is RunState.RUNNING


def test_lost_promises_a_checkpoint_only_where_there_is_one(store, launcher):
    run = store.create(rehearsal()).id
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    os.close(worker_starts(store, run, "here", claim=launcher.claims[run]))
    checkpoints.save(run, checkpoints.Checkpoint({}, 0, 0.0))
    launcher.says[run] = WorkerStatus(alive=False, reason="ended by SIGKILL")
    looker.look()
    assert store.get(run).error == "ended by SIGKILL. Resume goes on from its last checkpoint"


def test_a_worker_of_a_claim_that_was_given_back_is_refused(store, launcher):
    """An orphaned fork server comes to its request after the next dispatcher took the run."""
    run = store.create(rehearsal()).id
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    orphan = launcher.claims[run]
    launcher.says[run] = WorkerStatus(alive=False, reason="the fork server ended")
    looker.look()
    assert launcher.claims[run] != orphan
    with pytest.raises(WrongState, match="claimed for another worker"):
        store.start(run, worker="o", claim=orphan)
    with pytest.raises(WrongState, match="claimed for another worker"):
        store.start(run, worker="by hand")
    store.start(run, worker="w", claim=launcher.claims[run])
    with pytest.raises(WrongState, match="already has a worker"):
        store.start(run, worker="o", claim=orphan)


def test_work_that_is_given_back_heeds_what_was_asked_meanwhile(store, launcher):
    ends = {Request.STOP: RunState.STOPPED, Request.PAUSE: RunState.PAUSED}
    for request, state in ends.items():
        run = store.create(rehearsal()).id
        looker = Watch(store, launcher, "here", slots=1)
        looker.look()
        store.request(run, request)
        launcher.says[run] = WorkerStatus(alive=False, reason="gone")
        looker.look()
        assert store.get(run).state is state
    assert len(launcher.submitted) == 2


def test_a_released_lock_means_lost_at_once_also_for_an_adopted_run(store, launcher, clock):
    run = store.create(rehearsal()).id
    store.claim("here")
    lock = worker_starts(store, run, "here")
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    assert store.get(run).state is RunState.RUNNING
    os.close(lock)
    looker.look()
    assert store.get(run).state is RunState.LOST
    assert "process is gone" in store.get(run).error


def test_it_waits_for_the_launchers_reason(store, launcher):
    run = store.create(rehearsal()).id
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    os.close(worker_starts(store, run, "here", claim=launcher.claims[run]))
    looker.look()
    assert store.get(run).state is RunState.RUNNING
    launcher.says[run] = WorkerStatus(alive=False, reason="ended by SIGKILL")
    looker.look()
    assert "SIGKILL" in store.get(run).error


def test_a_silent_worker_elsewhere_is_lost_after_ten_seconds_of_our_clock(store, launcher, clock):
    run = store.create(rehearsal()).id
    store.start(run, worker="w", place="there")
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    clock.now += 9
    looker.look()
    store.heartbeat(run, worker="w")
    looker.look()
    clock.now += 9
    looker.look()
    assert store.get(run).state is RunState.RUNNING
    clock.now += 2
    looker.look()
    assert store.get(run).state is RunState.LOST
    assert "machine" in store.get(run).error


@pytest.mark.parametrize("place", ["here", "there"])
def test_a_claim_whose_dispatcher_died_is_taken_over_after_a_while(store, launcher, clock, place):
    run = store.create(rehearsal()).id
    store.claim(place, token="dead")
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    assert launcher.submitted == []
    clock.now += 11
    looker.look()
    assert launcher.submitted == [run]
    assert store.get(run).state is RunState.RUNNING


def test_a_stuck_worker_is_ended_after_a_minute(store, launcher, clock, spawn_python, until):
    run = store.create(rehearsal()).id
    process = spawn_python("import time; time.sleep(60)")
    lock = worker_starts(store, run, "here", pid=process.pid)
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    clock.now += 59
    looker.look()
    assert store.get(run).state is RunState.RUNNING
    clock.now += 2
    looker.look()
    os.close(lock)
    assert store.get(run).state is RunState.LOST
    assert process.wait(timeout=10) == -9


def test_a_run_that_ended_between_two_looks_is_left_alone(store, launcher, monkeypatch):
    run = store.create(rehearsal()).id
    looker = Watch(store, launcher, "here", slots=1)
    looker.look()
    os.close(worker_starts(store, run, "here", claim=launcher.claims[run]))
    launcher.says[run] = WorkerStatus(alive=False, reason="ended")
    leases = store.leases()
    store.finish(run, RunState.DONE, worker="w")
    monkeypatch.setattr(store, "leases", lambda: leases)
    looker.look()
    assert store.get(run).state is RunState.DONE

"""Real dispatchers: started once, killed, adopted, replaced."""

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from deepfreq_core import config as configs
from deepfreq_core.cli import main, watch
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.runs import capacity, dispatcher, files
from deepfreq_core.runs.capacity import Capacity
from deepfreq_core.runs.errors import StoreUnavailable
from deepfreq_core.runs.state import Request, RunState
from tests.rehearsal import rehearsal
from tests.unit.runs.conftest import ROOT

FOR_EVER = {"steps": 100_000, "pause_s": 0.02}


@pytest.fixture(autouse=True)
def _leave_nobody(home):
    """Whatever a test started in its data folder ends with it."""
    yield
    for path in (home / "runs").glob("*/worker.lock"):
        if files.is_locked(path):
            raise AssertionError(f"a worker still lives: {path}")
    assert not dispatcher.is_running()


@pytest.fixture
def stop_runs(store, until):
    yield
    for run in store.list(states=[RunState.RUNNING, RunState.WAITING]):
        store.request(run.id, Request.STOP)
        until(lambda run=run: not files.is_locked(files.worker_lock(run.id)))


def dispatch(spawn, until, slots=2):
    process = spawn("dispatcher", DEEPFREQ_SLOTS=str(slots))
    until(dispatcher.is_running)
    return process


def is_going(store, run_id):
    return store.get(run_id).n_measurements > 0


def test_runs_survive_a_killed_dispatcher_and_are_adopted(store, spawn, until, stop_runs):
    first = dispatch(spawn, until)
    run = store.create(rehearsal(**FOR_EVER))
    until(lambda: is_going(store, run.id))
    first.kill()
    first.wait()
    until(lambda: not dispatcher.is_running())
    count = store.get(run.id).n_measurements
    until(lambda: store.get(run.id).n_measurements > count)

    second = dispatch(spawn, until, slots=1)
    until(lambda: store.dispatcher_status().slots == 1)
    waiting = store.create(rehearsal())
    count = store.get(run.id).n_measurements
    until(lambda: store.get(run.id).n_measurements > count + 5)
    assert store.get(run.id).attempt == 1
    assert store.get(waiting.id).state is RunState.WAITING  # the adopted run holds the slot

    (lease,) = store.leases()
    os.kill(lease.pid, signal.SIGKILL)
    assert until(lambda: store.get(run.id).state is RunState.LOST) < 2
    until(lambda: store.get(waiting.id).state is RunState.DONE)
    second.terminate()
    assert second.wait(timeout=10) == 0


def test_a_killed_worker_is_lost_within_two_seconds_and_resumes(store, spawn, until, stop_runs):
    process = dispatch(spawn, until)
    run = store.create(rehearsal(steps=60, pause_s=0.02))
    until(lambda: is_going(store, run.id))
    os.kill(store.leases()[0].pid, signal.SIGKILL)
    assert until(lambda: store.get(run.id).state is RunState.LOST) < 2
    assert "SIGKILL" in store.get(run.id).error
    store.resume(run.id)
    until(lambda: store.get(run.id).state is RunState.DONE)
    assert [m.at for _, m in store.measurements(run.id)] == list(range(61))
    process.terminate()
    assert process.wait(timeout=10) == 0


def test_two_owners_get_a_slot_each(store, spawn, until, stop_runs):
    ada = [store.create(rehearsal(**FOR_EVER), owner="ada").id for _ in range(3)]
    bob = store.create(rehearsal(**FOR_EVER), owner="bob").id
    process = dispatch(spawn, until)
    until(lambda: is_going(store, ada[0]) and is_going(store, bob))
    assert store.queue() == ada[1:]
    assert [store.get(run).state for run in ada[1:]] == [RunState.WAITING] * 2
    for run in ada[1:]:
        store.delete(run)
    process.terminate()
    assert process.wait(timeout=10) == 0


@pytest.mark.parametrize("slots", ["0", "two", "²"])
def test_a_number_of_slots_that_is_none_is_said_at_once(home, monkeypatch, slots):
    monkeypatch.setenv("DEEPFREQ_SLOTS", slots)
    with pytest.raises(ConfigError, match="DEEPFREQ_SLOTS is"):
        dispatcher.ensure_running()


def test_many_who_ask_start_one(home, until, monkeypatch):
    started = []
    popen = dispatcher.subprocess.Popen

    def sleeper(_command, **options):
        options["stdout"] = options["stderr"] = None
        started.append(popen(["sleep", "60"], **options))
        return started[-1]

    monkeypatch.setattr(dispatcher.subprocess, "Popen", sleeper)
    barrier = threading.Barrier(8)

    def ask(_):
        barrier.wait()
        return dispatcher.ensure_running()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert answers.count(True) == len(started) == 1
    began = time.perf_counter()
    for _ in range(100):
        assert not dispatcher.ensure_running()
    assert (time.perf_counter() - began) / 100 < 0.01  # 0.1 ms on an idle machine
    started[0].kill()
    until(lambda: not dispatcher.is_running())


def test_the_real_thing_from_nothing_to_a_measurement(store, home, until):
    config = reading.from_dict({
        "net": {"name": "mlp", "depth": 1, "width": 8},
        "training": {"epochs": 1},
        "measure": {"n_samples": 20, "n_grid": 3},
    })
    run = store.create(config)
    assert dispatcher.ensure_running()
    assert not dispatcher.ensure_running()
    until(lambda: store.dispatcher_status().is_alive, 60)
    until(lambda: store.get(run.id).state.is_active is False, 120)
    assert store.get(run.id).state is RunState.DONE, files.log_tail(run.id)
    assert store.get(run.id).n_measurements == 2
    again = store.create(config)
    until(lambda: store.get(again.id).state is RunState.DONE, 120)
    (home / "dispatcher.lock").unlink()  # the data folder is taken away: it ends by itself
    until(lambda: "removed or replaced" in dispatcher.log_path().read_text(), 60)


def a_dispatcher(monkeypatch, home):
    monkeypatch.setattr(dispatcher.signal, "signal", lambda *_: None)
    monkeypatch.setattr(dispatcher, "TICK_S", 0.0)
    monkeypatch.setattr(dispatcher, "IDLE_S", -1.0)
    lock = files.lock(dispatcher.lock_path())
    found = dispatcher.Dispatcher(lock)
    monkeypatch.setattr(found._launcher, "warm_up", lambda: None)
    return lock, found


def test_it_ends_when_idle_and_nobody_serves(store, home, monkeypatch):
    lock, found = a_dispatcher(monkeypatch, home)
    found.run()
    os.close(lock)
    assert store.dispatcher_status().is_alive


def test_it_stays_while_a_dashboard_serves(store, home, monkeypatch):
    lock, found = a_dispatcher(monkeypatch, home)
    dispatcher.serving_path().touch()
    looks = []

    def look():
        looks.append(1)
        if len(looks) == 5:
            os.utime(dispatcher.serving_path(), (0, 0))  # the dashboard died long ago
        return False

    monkeypatch.setattr(found._watch, "look", look)
    found.run()
    os.close(lock)
    assert len(looks) == 5


def test_a_database_that_fails_for_a_while_does_not_end_it(store, home, monkeypatch, caplog):
    lock, found = a_dispatcher(monkeypatch, home)
    monkeypatch.setattr(dispatcher.time, "sleep", lambda _: None)
    dispatcher.serving_path().touch()
    looks = []

    def look():
        looks.append(1)
        if len(looks) < 3:
            raise StoreUnavailable("the run database is busy")
        found._end()
        return True

    monkeypatch.setattr(found._watch, "look", look)
    found.run()
    os.close(lock)
    assert len(looks) == 3
    assert "busy" in caplog.text


def test_changed_code_starts_it_anew_with_the_same_lock(store, home, monkeypatch):
    lock, found = a_dispatcher(monkeypatch, home)
    monkeypatch.setattr(dispatcher, "_code_version", lambda: 1.0)
    calls = []

    def execv(program, arguments):
        calls.append((arguments[1:], os.get_inheritable(lock)))
        found._end()

    monkeypatch.setattr(dispatcher.os, "execv", execv)
    found.run()
    os.close(lock)
    assert calls == [(["-m", "deepfreq_core.runs.dispatcher", str(lock)], True)]


def test_while_the_code_is_edited_no_run_starts_with_the_old(store, home, monkeypatch):
    lock, found = a_dispatcher(monkeypatch, home)
    monkeypatch.setattr(dispatcher, "_code_version", time.time)
    restarts = []
    monkeypatch.setattr(dispatcher.os, "execv", lambda *_: restarts.append(1))
    found._follow_code()
    assert not restarts
    store.create(rehearsal())
    assert found._watch.look()
    assert store.queue_length() == 1  # not claimed
    found._follow_code()
    os.close(lock)
    assert restarts


@pytest.mark.parametrize(
    ("cores", "gpus", "wanted", "slots", "threads"),
    [
        (1, (), None, 1, 1),
        (2, (), None, 1, 2),
        (16, (), None, 8, 2),
        (16, ("0",), None, 8, 2),
        (4, ("0",), None, 4, 1),
        (64, ("0", "1"), None, 32, 2),
        (8, (), "3", 3, 2),
        (2, (), "30", 30, 1),
    ],
)
def test_slots_and_threads(monkeypatch, cores, gpus, wanted, slots, threads):
    monkeypatch.setattr(capacity, "n_cores", lambda: cores)
    monkeypatch.setattr(capacity, "gpus", lambda: gpus)
    if wanted:
        monkeypatch.setenv("DEEPFREQ_SLOTS", wanted)
    assert capacity.capacity() == Capacity(slots, threads, gpus)


def test_gpus_follow_cuda_visible_devices(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 3")
    assert capacity.gpus() == ("2", "3")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert capacity.gpus() == ()


def test_threads_that_the_user_set_are_kept(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    environment = Capacity(2, 3, ()).environment()
    assert environment["OMP_NUM_THREADS"] == "7"
    assert environment["NUMBA_NUM_THREADS"] == "3"


def test_a_run_of_the_command_line_is_not_taken_by_a_dispatcher(
    store, spawn, until, tmp_path, monkeypatch
):
    """Its worker is the command's own, with the command's environment."""
    dispatching = dispatch(spawn, until)
    dispatched = store.create(rehearsal())
    until(lambda: store.get(dispatched.id).state is RunState.DONE)  # it claims what waits
    monkeypatch.setattr(watch, "WORKER", ("-m", "tests.rehearsal", "worker"))
    monkeypatch.setenv("DEEPFREQ_TEST_FACT", "of the caller")
    monkeypatch.chdir(ROOT)
    settings = tmp_path / "settings.json"
    settings.write_text(configs.to_json(rehearsal()))
    assert main(["run", str(settings), "--json", "--title", "mine"]) == 0
    (mine,) = [run for run in store.list() if run.title == "mine"]
    assert (mine.state, mine.attempt) == (RunState.DONE, 1)
    assert mine.facts["of"] == "of the caller"
    assert "of" not in store.get(dispatched.id).facts
    dispatching.kill()
    dispatching.wait()


def test_a_command_that_dies_before_its_worker_begins_leaves_its_run_to_the_dispatcher(
    store, spawn, until
):
    run = store.create(rehearsal(), claim="of a command that is gone")
    dispatching = dispatch(spawn, until)
    until(lambda: store.get(run.id).state is RunState.DONE, 60)
    dispatching.kill()
    dispatching.wait()

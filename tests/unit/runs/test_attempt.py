"""One attempt at a run, in this process: every way it can end."""

import numpy as np
import pytest

from deepfreq_core.experiments import catalogue
from deepfreq_core.records import Measurement
from deepfreq_core.runs import checkpoints
from deepfreq_core.runs.launchers.inline import InlineLauncher
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.worker import attempt as attempt_module
from deepfreq_core.runs.worker import heart
from deepfreq_core.runs.worker.attempt import Attempt
from tests.rehearsal import rehearsal
from tests.rehearsal.measure import Rehearsal


def carry_out(store, **kinds):
    run = store.create(rehearsal(**kinds))
    InlineLauncher(store).submit(run.id)
    return store.get(run.id)


def curves(store, run_id):
    return [
        (m.at, m.scalars["step"], m.arrays["layers/lfr"].tolist())
        for _, m in store.measurements(run_id)
    ]


class StopsAt(Rehearsal):
    """Asks for something itself when it has measured `at`, as a person would from outside."""

    at = 2
    ask: staticmethod

    def events(self):
        for event in super().events():
            yield event
            if isinstance(event, Measurement) and event.at == self.at:
                type(self).ask()


def test_a_run_is_carried_out(store):
    run = carry_out(store, steps=3)
    assert (run.state, run.n_measurements, run.attempt, run.error) == (RunState.DONE, 4, 1, None)
    assert run.facts["backend"] == "rehearsal"
    assert run.progress["at"] == 3
    assert not checkpoints.path(run.id).exists()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("raise", "ZeroDivisionError: the loss went to 0"),
        ("out_of_memory", "the GPU ran out of memory. Lower the n_samples of an instrument"),
    ],
)
def test_a_failure_is_told_in_one_sentence(store, caplog, fault, error):
    run = carry_out(store, fault=fault)
    assert run.state is RunState.FAILED
    assert run.error.startswith(error)
    assert "\n" not in run.error
    assert run.n_measurements == 2
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    ("request_", "state"), [(Request.PAUSE, RunState.PAUSED), (Request.STOP, RunState.STOPPED)]
)
def test_resumed_it_gives_the_numbers_of_an_uninterrupted_run(store, monkeypatch, request_, state):
    whole = carry_out(store, steps=5, seed=3)
    monkeypatch.setattr(catalogue, "create", StopsAt)
    monkeypatch.setattr(heart, "BEAT_S", 0.01)
    run = store.create(rehearsal(steps=5, seed=3, pause_s=0.12))
    StopsAt.ask = staticmethod(lambda: store.request(run.id, request_))
    InlineLauncher(store).submit(run.id)
    assert store.get(run.id).state is state
    assert store.get(run.id).n_measurements == 3
    monkeypatch.setattr(catalogue, "create", lambda _: Rehearsal(rehearsal(steps=5, seed=3)))
    store.resume(run.id)
    InlineLauncher(store).submit(run.id)
    assert store.get(run.id).state is RunState.DONE
    assert curves(store, run.id) == curves(store, whole.id)


def test_measurements_after_the_checkpoint_are_made_again(store, monkeypatch):
    whole = carry_out(store, steps=4)
    monkeypatch.setattr(attempt_module, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(attempt_module, "CHECKPOINT_SHARE", 1e9)
    run = carry_out(store, steps=4, fault="raise")
    assert checkpoints.load(run.id)[0].n_measurements == 2
    store.resume(run.id)
    assert store.start(run.id, worker="dies at once", keep=2).n_measurements == 2
    store.append(run.id, Measurement(2.0, {"step": 20.0}, {"layers/lfr": np.zeros((3, 4))}))
    (lease,) = store.leases()
    store.mark_lost(lease, "gone")
    store.resume(run.id)
    InlineLauncher(store).submit(run.id)
    assert [m.at for _, m in store.measurements(run.id)] == [0, 1, 2, 3, 4]
    assert curves(store, run.id) == curves(store, whole.id)


def test_without_a_checkpoint_it_starts_from_the_beginning(store):
    run = carry_out(store, fault="raise")
    checkpoints.discard(run.id)
    store.resume(run.id)
    InlineLauncher(store).submit(run.id)
    assert [m.at for _, m in store.measurements(run.id)] == [0, 1]
    assert store.get(run.id).attempt == 2


@pytest.mark.parametrize("damage", ["cut", "other state"])
def test_a_useless_checkpoint_costs_only_time(store, monkeypatch, damage):
    run = store.create(rehearsal())
    if damage == "cut":
        checkpoints.save(run.id, checkpoints.Checkpoint({}, 0, 0.0))
        checkpoints.path(run.id).write_bytes(b"PK")
    else:
        checkpoints.save(run.id, checkpoints.Checkpoint({"x": np.zeros(1)}, 0, 1.0))
    InlineLauncher(store).submit(run.id)
    assert store.get(run.id).state is RunState.DONE
    assert store.get(run.id).n_measurements == 4


def test_a_checkpoint_ahead_of_the_stored_measurements_is_not_used(store):
    """As after another machine began the run anew, or an older copy of the database came back."""
    whole = carry_out(store, steps=4)
    run = store.create(rehearsal(steps=4))
    state = {"done": np.array(3), "memory": np.array(0.5)}
    checkpoints.save(run.id, checkpoints.Checkpoint(state, 3, 2.0))
    InlineLauncher(store).submit(run.id)
    assert store.get(run.id).state is RunState.DONE
    assert curves(store, run.id) == curves(store, whole.id)


def test_the_checkpoint_is_kept_until_the_run_is_done_in_the_store(store, monkeypatch):
    monkeypatch.setattr(attempt_module, "CHECKPOINT_EVERY_S", 0.0)
    monkeypatch.setattr(attempt_module, "CHECKPOINT_SHARE", 1e9)
    there = []
    finish = store.finish

    def look(run_id, *rest, **more):
        there.append(checkpoints.path(run_id).exists())
        finish(run_id, *rest, **more)

    monkeypatch.setattr(store, "finish", look)
    run = carry_out(store, steps=3)
    assert run.state is RunState.DONE and there == [True]
    assert not checkpoints.path(run.id).exists()


def test_a_full_disk_does_not_end_a_run(store, monkeypatch, caplog):
    monkeypatch.setattr(attempt_module, "CHECKPOINT_EVERY_S", 0.0)
    run = carry_out(store, fault="full_disk")
    assert run.state is RunState.DONE
    assert "could not be written" in caplog.text


def test_a_run_deleted_meanwhile_ends_quietly(store, monkeypatch):
    monkeypatch.setattr(catalogue, "create", StopsAt)
    run = store.create(rehearsal(steps=5))
    StopsAt.ask = staticmethod(lambda: store.delete(run.id, stop=True))
    assert Attempt(store, run.id).carry_out() is None
    assert not store.exists(run.id)


def test_a_run_taken_for_lost_is_not_written_any_more(store, monkeypatch):
    monkeypatch.setattr(catalogue, "create", StopsAt)
    run = store.create(rehearsal(steps=5))
    StopsAt.ask = staticmethod(lambda: store.mark_lost(store.leases()[0], "gone"))
    assert Attempt(store, run.id).carry_out() is None
    lost = store.get(run.id)
    assert (lost.state, lost.n_measurements) == (RunState.LOST, 3)


def test_time_left_is_told_from_this_attempt(store, monkeypatch):
    seen = []
    heartbeat = type(store).append

    def append(self, run_id, measurement, *, progress=None, worker=None):
        seen.append(progress)
        return heartbeat(self, run_id, measurement, progress=progress, worker=worker)

    monkeypatch.setattr(type(store), "append", append)
    carry_out(store, steps=3, pause_s=0.03)
    assert "eta_s" not in seen[0]
    assert all(0 <= progress["eta_s"] < 60 for progress in seen[1:])
    assert seen[-1]["eta_s"] == 0

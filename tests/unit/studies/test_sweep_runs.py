"""Sweeps in the store: found again by their group, whole, with what varies in them."""

import pytest

from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import sweep_plan, sweep_runs
from tests.unit.studies.test_sweep_plan import make


@pytest.fixture
def store(home):
    store = RunStore()
    yield store
    store.close()


SKIPS = sweep_plan.vary("net.residual", ["false", "true"])


def launch(store, owner="me", second=None, *, is_depth=True):
    return sweep_runs.launch(
        store,
        make(second=second),
        owner=owner,
        preset="digits-demo",
        title="Digits",
        is_depth=is_depth,
    )


def test_a_sweep_is_found_again_with_what_varies(store):
    sweep_id = launch(store, second=SKIPS)
    sweep = sweep_runs.find(store, sweep_id)
    assert (sweep.title, sweep.owner, len(sweep.runs)) == ("Digits", "me", 12)
    assert sweep.axes == ("net.depth", "net.residual") and sweep.is_depth
    assert sweep.second == "net.residual" and sweep.target == 0.02
    assert sweep.runs[0].title == "Digits · depth 1, skip connections false, seed 0"
    assert sweep.values("net.residual") == ("false", "true")
    assert sweep.values("net.depth") == ("1", "2", "10")


def test_a_sweep_of_any_settings_is_found_and_listed_as_well(store):
    sweep_id = launch(store, second=SKIPS, is_depth=False)
    assert {run.group for run in store.list()} == {f"study:{sweep_id}"}
    sweep = sweep_runs.find(store, sweep_id)
    assert not sweep.is_depth and sweep.axes == ("net.depth", "net.residual")
    depths = launch(store)
    assert [one.id for one in sweep_runs.sweeps_of(store, "me")] == [depths, sweep_id]


def test_a_title_that_is_too_long_is_cut_so_that_the_sweep_is_still_found_whole(store):
    made = make(second=SKIPS)
    title = ", ".join(map(str, range(500)))
    sweep_id = sweep_runs.launch(store, made, owner="me", preset=None, title=title)
    sweep = sweep_runs.find(store, sweep_id)
    assert len(sweep.runs) == 12 and sweep.title.startswith("0, 1, 2") and sweep.title[-1] == "…"
    assert all(run.title.startswith(f"{sweep.title} · depth ") for run in sweep.runs)
    assert {len(run.title) for run in sweep.runs} <= set(range(100, 121))


def test_depth_and_seed_alone_are_no_second_axis(store):
    assert sweep_runs.find(store, launch(store)).second is None


def test_there_may_be_none(store):
    assert sweep_runs.find(store, "aaaaaaaaaa") is None


def test_an_owner_has_his_own_newest_first(store):
    first, _, last = launch(store), launch(store, owner="other"), launch(store)
    assert [sweep.id for sweep in sweep_runs.sweeps_of(store, "me")] == [last, first]


def test_stop_all_and_resume(store):
    sweep = sweep_runs.find(store, launch(store))
    done = sweep.runs[0]
    store.start(done.id, worker="test")
    store.finish(done.id, RunState.DONE, worker="test")
    sweep_runs.stop(store, sweep.runs)  # with one that ended since it was looked at
    sweep = sweep_runs.find(store, sweep.id)
    assert sweep.states == {RunState.DONE: 1, RunState.STOPPED: 5}
    assert not sweep.is_active and sweep.can_resume
    sweep_runs.resume(store, sweep.runs)
    assert sweep_runs.find(store, sweep.id).states[RunState.WAITING] == 5

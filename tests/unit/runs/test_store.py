"""What every store promises, whichever database is under it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import sqlalchemy as sa

from deepfreq_core.errors import ConfigError, RunNotFound
from deepfreq_core.records import Measurement
from deepfreq_core.runs import files
from deepfreq_core.runs import store as store_module
from deepfreq_core.runs.database import BUSY_TIMEOUT_S, coordinates, measurements
from deepfreq_core.runs.errors import LeaseLost, NotYours, StoreUnavailable, WrongState
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.store import NewRun
from tests.rehearsal import rehearsal
from tests.unit.runs.conftest import POSTGRES

GRID = "layers/inverse_delta"
COORDINATES = {GRID: np.array([0.0, 0.1, 1 / 3]), "layers/layer": ("x", "1")}


def measurement(epoch: int = 0, **facts: object) -> Measurement:
    scalars = {"train_loss": 0.5, "bad": float("nan"), "step": 10.0 * epoch}
    arrays = {"layers/lfr": np.arange(6.0).reshape(2, 3) + epoch}
    return Measurement(float(epoch), scalars, arrays, {} if epoch else COORDINATES, facts)


def start(store, run_id, worker="w"):
    assert store.claim() == run_id
    return store.start(run_id, worker=worker)


def test_a_new_run_waits_and_is_found_again(any_store):
    config = rehearsal(seed=7)
    run = any_store.create(config, owner="ada", title="Depth", preset="demo", group="g")
    assert any_store.get(run.id) == run
    assert (run.state, run.attempt, run.n_measurements) == (RunState.WAITING, 0, 0)
    assert (run.owner, run.title, run.preset, run.group) == ("ada", "Depth", "demo", "g")
    assert run.config == config
    assert any_store.exists(run.id)


def test_without_a_title_it_has_its_presets(any_store):
    assert any_store.create(rehearsal(), preset="demo").title == "demo"
    assert any_store.create(rehearsal()).title == "rehearsal"


def test_list_is_newest_first_and_filters(any_store):
    first = any_store.create(rehearsal(), owner="ada", group="g")
    second = any_store.create(rehearsal(), owner="bob")
    third = any_store.create(rehearsal(), owner="ada")
    any_store.request(second.id, Request.STOP)
    ids = [run.id for run in any_store.list()]
    assert ids == [third.id, second.id, first.id]
    assert [run.id for run in any_store.list(owner="ada")] == [third.id, first.id]
    assert [run.id for run in any_store.list(group="g")] == [first.id]
    assert [run.id for run in any_store.list(states=[RunState.STOPPED])] == [second.id]
    assert [run.id for run in any_store.list(limit=1)] == [third.id]


def test_a_twin_has_the_same_config_and_is_under_way_or_done(any_store):
    config = rehearsal(seed=1)
    assert any_store.twin(config) is None
    done = any_store.create(config)
    start(any_store, done.id)
    any_store.finish(done.id, RunState.DONE, worker="w")
    assert any_store.twin(config).id == done.id
    any_store.create(rehearsal(seed=2))
    waiting = any_store.create(config, owner="ada")
    assert any_store.twin(config).id == waiting.id  # it can be watched
    any_store.request(waiting.id, Request.STOP)
    assert any_store.twin(config).id == done.id


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.get("aaaaaaaaaa"),
        lambda store: store.measurements("aaaaaaaaaa"),
        lambda store: store.coordinates("aaaaaaaaaa"),
        lambda store: store.request("aaaaaaaaaa", Request.STOP),
        lambda store: store.resume("aaaaaaaaaa"),
        lambda store: store.delete("../../etc"),
        lambda store: store.rename("aaaaaaaaaa", "x"),
        lambda store: store.heartbeat("aaaaaaaaaa"),
        lambda store: store.append("aaaaaaaaaa", measurement()),
        lambda store: store.finish("aaaaaaaaaa", RunState.DONE),
        lambda store: store.start("aaaaaaaaaa", worker="w"),
        lambda store: store.rewind("aaaaaaaaaa", 0),
    ],
)
def test_a_run_that_is_not_there_is_named(any_store, call):
    with pytest.raises(RunNotFound, match=r"aaaaaaaaaa|\.\./etc"):
        call(any_store)


def test_measurements_come_back_numbered_from_one(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id)
    assert [any_store.append(run.id, measurement(e), worker="w") for e in range(3)] == [1, 2, 3]
    numbered = any_store.measurements(run.id, since=1)
    assert [seq for seq, _ in numbered] == [2, 3]
    last = numbered[-1][1]
    assert (last.at, last.scalars["step"], last.scalars["train_loss"]) == (2.0, 20.0, 0.5)
    assert np.isnan(last.scalars["bad"])
    np.testing.assert_array_equal(last.arrays["layers/lfr"], measurement(2).arrays["layers/lfr"])
    assert any_store.get(run.id).n_measurements == 3


def test_coordinates_are_kept_once_and_come_back_to_the_bit(any_store):
    run = any_store.create(rehearsal())
    assert any_store.coordinates(run.id) == {}
    start(any_store, run.id)
    for epoch in range(2):
        any_store.append(run.id, measurement(epoch), worker="w")
    found = any_store.coordinates(run.id)
    assert found.keys() == COORDINATES.keys()
    assert found["layers/layer"] == COORDINATES["layers/layer"]
    np.testing.assert_array_equal(found["layers/inverse_delta"], COORDINATES[GRID])
    assert {name for _, one in any_store.measurements(run.id) for name in one.arrays} == {
        "layers/lfr"
    }


def test_coordinates_of_an_attempt_that_begins_anew_take_their_place(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id)
    any_store.append(run.id, measurement(), worker="w")
    any_store.rewind(run.id, 0, worker="w")
    other = {GRID: np.array([7.0])}
    any_store.append(run.id, Measurement(0.0, {}, {}, other), worker="w")
    found = any_store.coordinates(run.id)
    assert found.keys() == {GRID} and found[GRID].tolist() == [7.0]
    any_store.rewind(run.id, 0, worker="w")
    any_store.append(run.id, Measurement(0.0, {}, {}), worker="w")
    assert any_store.coordinates(run.id) == {}


def test_facts_are_merged_into_the_run(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id)
    any_store.append(run.id, measurement(0, backend="cpu", layers=["a"]), worker="w")
    any_store.append(run.id, measurement(1, backend="cuda"), worker="w")
    assert any_store.get(run.id).facts == {"backend": "cuda", "layers": ["a"]}


def test_progress_and_requests_travel_by_heartbeat(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id)
    before = any_store.get(run.id).heartbeat
    assert any_store.heartbeat(run.id, {"at": 0.5, "end": 3.0, "note": "x"}, worker="w") is None
    assert any_store.get(run.id).progress == {"at": 0.5, "end": 3.0, "note": "x"}
    assert any_store.get(run.id).heartbeat >= before
    any_store.request(run.id, Request.PAUSE)
    assert any_store.get(run.id).request is Request.PAUSE
    assert any_store.heartbeat(run.id, worker="w") is Request.PAUSE
    any_store.finish(run.id, RunState.PAUSED, worker="w")
    paused = any_store.get(run.id)
    assert (paused.state, paused.request) == (RunState.PAUSED, None)


@pytest.mark.parametrize(
    ("request_", "state"), [(Request.STOP, RunState.STOPPED), (Request.PAUSE, RunState.PAUSED)]
)
def test_a_waiting_run_stops_and_pauses_at_once(any_store, request_, state):
    run = any_store.create(rehearsal())
    any_store.request(run.id, request_)
    assert any_store.get(run.id).state is state
    assert any_store.claim() is None
    any_store.resume(run.id)
    assert any_store.claim() == run.id


def test_a_paused_run_can_be_stopped(any_store):
    run = any_store.create(rehearsal())
    any_store.request(run.id, Request.PAUSE)
    any_store.request(run.id, Request.STOP)
    assert any_store.get(run.id).state is RunState.STOPPED


def test_resume_starts_another_attempt_and_keeps_what_is_asked(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id)
    for epoch in range(3):
        any_store.append(run.id, measurement(epoch), worker="w")
    any_store.finish(run.id, RunState.FAILED, "it broke", worker="w")
    assert any_store.get(run.id).error == "it broke"
    any_store.resume(run.id)
    assert any_store.get(run.id).error is None
    again = any_store.start(run.id, worker="w2", keep=1)
    assert (again.attempt, again.n_measurements, again.state) == (2, 1, RunState.RUNNING)
    assert [seq for seq, _ in any_store.measurements(run.id)] == [1]
    assert any_store.append(run.id, measurement(9), worker="w2") == 2


def test_rewind_counts_as_another_attempt(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id)
    any_store.append(run.id, measurement(), worker="w")
    any_store.rewind(run.id, 0, worker="w")
    rewound = any_store.get(run.id)
    assert (rewound.attempt, rewound.n_measurements) == (2, 0)
    assert any_store.measurements(run.id) == []


def test_only_the_worker_that_holds_the_run_may_write(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id, worker="old")
    (lease,) = any_store.leases()
    assert any_store.mark_lost(lease, "gone")
    for write in (
        lambda: any_store.append(run.id, measurement(), worker="old"),
        lambda: any_store.heartbeat(run.id, worker="old"),
        lambda: any_store.finish(run.id, RunState.DONE, worker="old"),
        lambda: any_store.rewind(run.id, 0, worker="old"),
    ):
        with pytest.raises(LeaseLost):
            write()
    any_store.resume(run.id)
    start(any_store, run.id, worker="new")
    with pytest.raises(LeaseLost, match="another worker"):
        any_store.append(run.id, measurement(), worker="old")
    with pytest.raises(LeaseLost):
        any_store.heartbeat(run.id, worker="old")
    any_store.append(run.id, measurement(), worker="new")


def test_illegal_steps_say_why(any_store):
    run = any_store.create(rehearsal())
    with pytest.raises(WrongState, match="can be resumed"):
        any_store.resume(run.id)
    start(any_store, run.id)
    with pytest.raises(WrongState, match="already has a worker"):
        any_store.start(run.id, worker="other")
    with pytest.raises(WrongState, match="running"):
        any_store.resume(run.id)
    with pytest.raises(WrongState, match="cannot end"):
        any_store.finish(run.id, RunState.LOST, worker="w")
    any_store.finish(run.id, RunState.DONE, worker="w")
    with pytest.raises(WrongState, match="is done"):
        any_store.resume(run.id)
    with pytest.raises(WrongState, match="nothing to stop"):
        any_store.request(run.id, Request.STOP)
    with pytest.raises(WrongState, match="is done"):
        any_store.start(run.id, worker="w")
    with pytest.raises(WrongState):
        any_store.append(run.id, measurement())


def test_delete_takes_measurements_and_files_along(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id)
    any_store.append(run.id, measurement(), worker="w")
    files.folder(run.id, make=True).joinpath("log.txt").write_text("x")
    with pytest.raises(WrongState, match="Stop it first"):
        any_store.delete(run.id)
    any_store.delete(run.id, stop=True)
    assert not any_store.exists(run.id)
    with any_store.reading() as connection:
        for table in (measurements, coordinates):
            assert connection.execute(sa.select(table)).all() == []
    assert not files.folder(run.id).exists()
    with pytest.raises(RunNotFound):
        any_store.heartbeat(run.id, worker="w")


def test_a_title_has_a_limit_at_every_door(any_store):
    longest = "x" * 120
    assert any_store.create(rehearsal(), title=f" {longest}\n").title == longest
    before = any_store.list()
    with pytest.raises(ConfigError, match="the title 'x+… has 200000 characters. .* at most 120"):
        any_store.create(rehearsal(), title="x" * 200_000)
    with pytest.raises(ConfigError, match="has 121 characters"):
        any_store.rename(before[0].id, "x" * 121)
    assert any_store.list() == before


@pytest.mark.parametrize("stranger", ["bob", "local", ""])
def test_only_its_owner_changes_a_run(any_store, stranger):
    run = any_store.create(rehearsal(), owner="ada", title="Hers")
    start(any_store, run.id)
    before = any_store.get(run.id)

    def all_refused():
        for change in (
            lambda: any_store.request(run.id, Request.STOP, owner=stranger),
            lambda: any_store.request(run.id, Request.PAUSE, owner=stranger),
            lambda: any_store.resume(run.id, owner=stranger),
            lambda: any_store.rename(run.id, "His", owner=stranger),
            lambda: any_store.delete(run.id, owner=stranger),
            lambda: any_store.delete(run.id, stop=True, owner=stranger),
        ):
            with pytest.raises(NotYours, match=f"run {run.id} was launched by somebody else"):
                change()

    all_refused()
    assert any_store.get(run.id) == before
    any_store.request(run.id, Request.STOP, owner="ada")
    any_store.finish(run.id, RunState.STOPPED, worker="w")
    all_refused()
    any_store.resume(run.id, owner="ada")
    any_store.rename(run.id, "Still hers", owner="ada")
    any_store.delete(run.id, owner="ada")
    with pytest.raises(RunNotFound):
        any_store.delete(run.id, owner=stranger)


def test_a_waiting_run_can_be_deleted_and_a_title_changed(any_store):
    run = any_store.create(rehearsal())
    any_store.rename(run.id, " Better\nnow ")
    assert any_store.get(run.id).title == "Better now"
    for title in ("", " ", "x" * 121):
        with pytest.raises(ConfigError, match="at least 1 and at most 120"):
            any_store.rename(run.id, title)
    assert any_store.get(run.id).title == "Better now"
    any_store.delete(run.id)
    assert any_store.list() == []


def test_slots_are_shared_fairly_between_owners(any_store):
    ada = [any_store.create(rehearsal(), owner="ada").id for _ in range(3)]
    bob = [any_store.create(rehearsal(), owner="bob").id for _ in range(2)]
    expected = [ada[0], bob[0], ada[1], bob[1], ada[2]]
    assert any_store.queue() == expected
    assert [any_store.claim() for _ in range(6)] == [*expected, None]


def test_the_queue_knows_who_runs_already(any_store):
    running = any_store.create(rehearsal(), owner="ada").id
    assert any_store.claim() == running
    waiting_ada = any_store.create(rehearsal(), owner="ada").id
    waiting_bob = any_store.create(rehearsal(), owner="bob").id
    assert any_store.queue() == [waiting_bob, waiting_ada]
    assert any_store.queue_length() == 2


def test_many_dispatchers_never_claim_the_same_run(any_store):
    created = {any_store.create(rehearsal(), owner=str(i % 3)).id for i in range(24)}
    barrier = threading.Barrier(4)

    def claim_all(_: int) -> list[str]:
        barrier.wait()
        claimed = []
        misses = 0
        while misses < 3:  # a rival may have taken the very run we looked at
            run_id = any_store.claim()
            misses = 0 if run_id else misses + 1
            claimed += [run_id] if run_id else []
        return claimed

    with ThreadPoolExecutor(4) as pool:
        claimed = [run_id for part in pool.map(claim_all, range(4)) for run_id in part]
    assert sorted(claimed) == sorted(created)


def test_a_lost_mark_needs_a_silent_run(any_store):
    run = any_store.create(rehearsal())
    start(any_store, run.id)
    (seen,) = any_store.leases()
    any_store.heartbeat(run.id, worker="w")
    assert not any_store.mark_lost(seen, "gone")
    (seen,) = any_store.leases()
    assert any_store.mark_lost(seen, "gone")
    lost = any_store.get(run.id)
    assert (lost.state, lost.error) == (RunState.LOST, "gone")
    assert any_store.leases() == []


def test_the_dispatcher_is_known_by_its_beats(any_store):
    assert not any_store.dispatcher_status().is_alive
    any_store.beat_dispatcher("host:/a", pid=1, slots=3)
    any_store.beat_dispatcher("host:/a", pid=2, slots=4)
    status = any_store.dispatcher_status()
    assert (status.is_alive, status.slots, status.place) == (True, 4, "host:/a")


def test_many_threads_read_and_write_at_once(any_store):
    ids = [any_store.create(rehearsal()).id for _ in range(4)]
    for run_id in ids:
        any_store.start(run_id, worker=run_id)

    def work(run_id: str) -> None:
        for epoch in range(10):
            any_store.append(run_id, measurement(epoch), worker=run_id)
            any_store.heartbeat(run_id, {"at": epoch, "end": 9}, worker=run_id)
            any_store.read(run_id)
            any_store.list()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, ids))
    for run_id in ids:
        assert [seq for seq, _ in any_store.measurements(run_id)] == list(range(1, 11))


def test_a_run_of_another_version_is_left_out_of_the_list(store, caplog):
    good = store.create(rehearsal())
    bad = store.create(rehearsal())
    with store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE runs SET config = ?, unchecked = NULL, checksum = NULL WHERE id = ?",
            ('{"experiment": "later"}', bad.id),
        )
    assert [run.id for run in store.list()] == [good.id]
    assert bad.id in caplog.text
    with pytest.raises(ConfigError):
        store.get(bad.id)


def test_the_same_promises_on_postgresql():
    if POSTGRES is None:
        pytest.skip("PostgreSQL was not tried: DEEPFREQ_TEST_POSTGRES_URL is not set")


def test_the_wait_for_a_busy_database_is_bounded():
    assert BUSY_TIMEOUT_S <= 10


def test_many_are_launched_in_the_order_given(any_store):
    new = [NewRun(rehearsal(seed=seed), f"number {seed}") for seed in range(5)]
    made = any_store.create_many(new, owner="ada", preset="demo", group="g")
    assert [run.title for run in made] == [f"number {seed}" for seed in range(5)]
    assert any_store.list(group="g") == made[::-1]
    assert any_store.queue() == [run.id for run in made]
    assert any_store.create_many([]) == []


def test_many_are_launched_all_or_none(any_store, monkeypatch):
    ids = iter(["aaaaaaaaaa", "bbbbbbbbbb", "aaaaaaaaaa"])
    monkeypatch.setattr(store_module, "new_id", lambda: next(ids))
    with pytest.raises(StoreUnavailable):
        any_store.create_many([NewRun(rehearsal())] * 3)
    assert any_store.list() == []


def test_a_run_made_for_its_own_worker_is_never_in_the_queue(any_store):
    run = any_store.create(rehearsal(), claim="mine")
    assert (run.state, run.attempt) == (RunState.RUNNING, 0)
    assert any_store.claim() is None and any_store.queue() == []
    with pytest.raises(WrongState, match="claimed for another worker"):
        any_store.start(run.id, worker="w")
    assert any_store.start(run.id, worker="w", claim="mine").attempt == 1

"""The series answer: what is new, everything after a restart, made once."""

import csv
import io
import json
import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from deepfreq_core import exports, theme
from deepfreq_core.errors import RunNotFound
from deepfreq_core.experiments import catalogue as experiments
from deepfreq_core.experiments import reading
from deepfreq_core.exports import numbers
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import RunState
from deepfreq_core.web.series import SeriesCache
from deepfreq_core.web.series_writer import SeriesWriter
from tests.rehearsal import rehearsal


@pytest.fixture
def cache(store):
    return SeriesCache(store, fresh_s=0.0)


def ask(cache, run_id, **what):
    return json.loads(cache.answer(run_id, **what))


def measurement(epoch):
    lfr = np.full((3, 4), epoch + 1 / 3)
    lfr[0, 0] = math.nan
    return Measurement(
        epoch,
        {"train_loss": 1 / 7, "test_loss": math.inf, "step": 10.0 * epoch},
        {"layers/lfr": lfr, "layers/rdf": lfr / 3, "layers/lfr_se": lfr / 10},
        {} if epoch else {"layers/inverse_delta": np.linspace(0, 1, 4)},
    )


def test_a_whole_answer_holds_everything(cache, carried_out):
    told = ask(cache, carried_out.id)
    assert (told["run"], told["state"], told["is_active"]) == (carried_out.id, "done", False)
    assert (told["seq"], told["attempt"], told["reset"]) == (4, 1, False)
    assert told["title"] == 'Depth, "two"'
    assert told["config"]["steps"] == 3
    assert told["facts"]["backend"] == "rehearsal"
    assert told["dims"]["layers/layer"]["labels"] == ["input", "layer 1", "layer 2"]
    assert np.allclose(told["dims"]["layers/inverse_delta"]["values"], np.linspace(0, 1, 4))
    assert [m["seq"] for m in told["measurements"]] == [1, 2, 3, 4]
    first = told["measurements"][0]
    assert np.shape(first["layers/lfr"]) == np.shape(first["layers/rdf"]) == (3, 4)
    assert first["layers/gradient_norm"][0] is None  # NaN
    assert first["scalars"]["test_loss"] is None
    assert "layers/inverse_delta" not in first
    assert "owner" not in json.dumps(told)
    assert carried_out.owner not in json.dumps(told)


def test_layers_have_the_names_of_their_network_before_and_without_facts(cache, store):
    config = reading.from_dict({"net": {"name": "resnet", "stages": 2}})
    run = store.create(config)
    names = ["input", "stage 1", "stage 2"]
    assert ask(cache, run.id)["dims"]["layers/layer"]["labels"] == names
    store.start(run.id, worker="w")
    store.append(run.id, replace(measurement(0), facts={}), worker="w")
    assert ask(cache, run.id)["dims"]["layers/layer"]["labels"] == names
    run, measured = store.read(run.id)
    content = exports.content(run, measured, store.coordinates(run.id))
    rows = csv.DictReader(io.StringIO("".join(exports.as_csv(content))))
    assert list(dict.fromkeys(row["layer_name"] for row in rows)) == names
    assert json.loads("".join(exports.as_json(content)))["layers"] == names


def test_only_what_is_new_is_sent(cache, carried_out):
    told = ask(cache, carried_out.id, since=3, attempt=1)
    assert [m["seq"] for m in told["measurements"]] == [4]
    assert "config" not in told
    told = ask(cache, carried_out.id, since=4, attempt=1)
    assert (told["measurements"], told["seq"]) == ([], 4)


def test_a_waiting_run_says_when_its_turn_comes_where_that_is_known(cache, store):
    store.beat_dispatcher("here", pid=1, slots=2)
    running = [store.create(rehearsal(seed=seed)) for seed in (0, 1)]
    waiting = [store.create(rehearsal(seed=seed)) for seed in (2, 3, 4)]

    def told():
        answers = [ask(cache, run.id) for run in waiting]
        return [(answer["queue_position"], answer["starts_in_s"]) for answer in answers]

    for run, eta_s in zip(running, (40.0, 9), strict=True):
        store.start(run.id, worker="w")
        store.heartbeat(run.id, {"at": 1, "eta_s": eta_s}, worker="w")
    assert told() == [(0, 9), (1, 40), (2, None)]
    store.heartbeat(running[0].id, {"at": 1}, worker="w")  # it does not know
    assert told() == [(0, None), (1, None), (2, None)]
    store.heartbeat(running[0].id, {"at": 1, "eta_s": 40}, worker="w")
    store.beat_dispatcher("here", pid=1, slots=3)  # a place is free for the first
    assert told() == [(0, None), (1, 9), (2, 40)]
    assert "starts_in_s" not in ask(cache, running[0].id)


def test_a_live_run_grows(cache, store):
    run = store.create(rehearsal())
    waiting = ask(cache, run.id)
    assert (waiting["state"], waiting["queue_position"]) == ("waiting", 0)
    assert waiting["dims"]["layers/layer"]["labels"] == ["input", "layer 1", "layer 2"]
    assert waiting["measurements"] == [] and "layers/inverse_delta" not in waiting["dims"]
    store.start(run.id, worker="w")
    store.append(run.id, measurement(0), worker="w", progress={"at": 0.5, "eta_s": 7.0})
    told = ask(cache, run.id, since=0, attempt=0)
    assert told["reset"]  # the first start is an attempt of its own
    assert len(told["dims"]["layers/inverse_delta"]["values"]) == 4
    assert (told["eta_s"], told["progress"]) == (7.0, {"at": 0.5})
    assert told["measurements"][0]["layers/lfr"][0][:2] == [None, 0.333333]
    assert told["measurements"][0]["layers/lfr_se"][1][1] == 0.0333333
    assert told["measurements"][0]["scalars"] == {
        **{"train_loss": 0.142857, "test_loss": None},
        "step": 0,
    }
    store.append(run.id, measurement(1), worker="w")
    assert [m["seq"] for m in ask(cache, run.id, since=1, attempt=1)["measurements"]] == [2]


def test_another_attempt_sends_everything_again(cache, store):
    run = store.create(rehearsal())
    store.start(run.id, worker="w")
    for epoch in range(3):
        store.append(run.id, measurement(epoch), worker="w")
    assert ask(cache, run.id)["seq"] == 3
    store.finish(run.id, RunState.PAUSED, worker="w")
    store.resume(run.id)
    store.start(run.id, worker="w2", keep=1)
    told = ask(cache, run.id, since=3, attempt=1)
    assert (told["reset"], told["attempt"], told["seq"]) == (True, 2, 1)
    assert [m["epoch"] for m in told["measurements"]] == [0]
    assert "config" in told
    store.append(run.id, measurement(7), worker="w2")
    told = ask(cache, run.id, since=1, attempt=2)
    assert (told["reset"], [m["epoch"] for m in told["measurements"]]) == (False, [7])


def test_a_number_from_the_future_gets_everything(cache, carried_out):
    told = ask(cache, carried_out.id, since=99, attempt=1)
    assert told["reset"]
    assert len(told["measurements"]) == 4


def test_a_deleted_run_is_forgotten(cache, store, carried_out):
    ask(cache, carried_out.id)
    store.delete(carried_out.id)
    with pytest.raises(RunNotFound):
        cache.answer(carried_out.id)
    assert not cache._entries


def test_thirty_viewers_cost_one_look(store, carried_out, monkeypatch):
    reads = []
    read = store.read
    monkeypatch.setattr(store, "read", lambda *a, **k: reads.append(a) or read(*a, **k))
    cache = SeriesCache(store, fresh_s=60.0)
    with ThreadPoolExecutor(30) as pool:
        answers = set(pool.map(lambda _: cache.answer(carried_out.id), range(30)))
    assert len(answers) == 1
    assert len(reads) == 1


def test_the_cache_is_bounded(store):
    runs = []
    for _ in range(4):
        runs.append(store.create(rehearsal()).id)
        store.start(runs[-1], worker="w")
        store.append(runs[-1], measurement(0), worker="w")
    one = SeriesCache(store)
    one.answer(runs[0])
    size = one._entries[runs[0]].n_bytes
    cache = SeriesCache(store, max_bytes=5 * size // 2, fresh_s=0.0)
    for run_id in runs * 2:
        assert ask(cache, run_id)["seq"] == 1
    assert runs[-1] in cache._entries
    assert len(cache._entries) == 2


def test_numbers_are_valid_json_and_keep_six_digits():
    values = np.array([[1 / 3, 1e-12, -1e300], [math.nan, math.inf, 0.0]])
    assert json.loads(numbers.array(values)) == [[0.333333, 1e-12, -1e300], [None, None, 0]]
    exact = json.loads(numbers.array(values[:1], numbers.EXACT))
    assert exact == values[:1].tolist()
    assert json.loads(numbers.array(np.arange(3) + 10_000_000)) == [10**7, 10**7 + 1, 10**7 + 2]
    assert json.loads(numbers.array(np.array(2.5))) == 2.5
    assert json.loads(numbers.array(np.zeros((0, 3)))) == []


def test_what_charts_do_not_take_is_not_sent_and_other_instruments_speak_beside():
    config = reading.from_dict({
        "experiment": "train",
        "version": 2,
        "data": {"name": "digits", "n_train": 60, "n_test": 20},
        "net": {"name": "mlp", "depth": 1, "width": 4},
        "training": {"epochs": 1, "batch_size": 60},
        # As stored: without an order. The catalogue's first speaks on top.
        "instruments": {"embedding": {"n_samples": 12, "n_grid": 2}, "layers": {"n_grid": 3}},
    })
    measurements = [m for m in experiments.create(config).events() if isinstance(m, Measurement)]
    writer = SeriesWriter(experiments.reader(config))
    writer.begin(dict(measurements[0].coordinates), {})
    for seq, one in enumerate(measurements, start=1):
        writer.add(seq, one)
    written = writer.written()
    first = json.loads(written.chunks[0])
    names = {name for name in first if name.startswith("embedding/")}
    assert names == {
        f"embedding/{name}"
        for name in ("scores", "spread", "shown_share", "labels_share", "class_blend")
    }
    messages = written.growing["messages"]
    assert messages[first["headline"][0]]["key"] == "layers/one_layer"
    assert messages[first["asides"]["embedding"]]["key"].startswith("embedding/classes.")
    dims = written.lasting["dims"]
    assert dims["embedding/layer"]["start"] == "layer 1"
    assert dims["embedding/class"]["colors"] == list(theme.CLASS_COLORS)
    assert len(written.lasting["fixed"]["embedding/label"]) == 12

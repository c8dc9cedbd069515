"""`claims run`: states are polled while it waits, measurements are read once, at the end."""

import dataclasses
import json
from dataclasses import replace

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.chapters.deep_frequency import layers
from deepfreq_core.cli import main, waiting
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import claim_runs, records
from deepfreq_core.studies.plan import axis, sweep

GRID = np.linspace(0.0, 40.0, 101)
CLAIM = dataclasses.replace(
    catalogue.claim("layers-digits"),
    plan=lambda: sweep(
        reading.override(layers.digits_config(epochs=2), ["net.depth=2"]),
        [axis("init", "net.init.name", ["glorot_uniform"])],
        range(6),
    ),
)


@pytest.fixture
def store():
    store = RunStore()
    yield store
    store.close()


@pytest.fixture(autouse=True)
def claim(monkeypatch, tmp_path):
    monkeypatch.setattr(catalogue, "claims_by_chapter", lambda: {"A chapter": (CLAIM,)})
    monkeypatch.setattr(records, "recorded_path", lambda one: tmp_path / "none")
    monkeypatch.setattr(dispatcher, "ensure_running", lambda: None)


def carry_out(store: RunStore, run_id: str, ends: RunState = RunState.DONE) -> None:
    store.start(run_id, worker="w")
    for epoch, frequencies in ((0, [3, 1, 1.5]), (2, [3, 2, 1])):
        with np.errstate(divide="ignore"):
            lfr = np.stack([np.exp(-(k**2) / GRID) for k in frequencies])
        arrays = {"lfr": lfr, "rdf": lfr, "gradient_norm": np.ones(3)}
        arrays = {f"layers/{name}": array for name, array in arrays.items()}
        loss = {"train_loss": 0.1 if epoch else 1.0}
        along = {} if epoch else {"layers/inverse_delta": GRID}
        store.append(run_id, Measurement(epoch, loss, arrays, along), worker="w")
    store.finish(run_id, ends, "it broke", worker="w")


def test_while_it_waits_no_measurement_is_read(monkeypatch, store, capsys):
    read, real = [], RunStore.read
    monkeypatch.setattr(RunStore, "read", lambda *a, **m: read.append(a[1]) or real(*a, **m))

    def one_more(_seconds: float) -> None:
        assert not read
        carry_out(store, store.list(states=[RunState.WAITING])[0].id)

    monkeypatch.setattr(waiting.time, "sleep", one_more)
    assert main(["claims", "run", CLAIM.slug, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["finding"]["verdict"] == "holds" and told["finding"]["n_runs"] == 6
    assert len(read) == len(set(read)) == 6


def test_a_run_that_failed_is_told_with_its_reason(monkeypatch, store, capsys):
    def all_but_one(_seconds: float) -> None:
        for i, run in enumerate(store.list(states=[RunState.WAITING])):
            carry_out(store, run.id, RunState.DONE if i else RunState.FAILED)

    monkeypatch.setattr(waiting.time, "sleep", all_but_one)
    assert main(["claims", "run", CLAIM.slug]) == 1
    said = capsys.readouterr().err
    assert "1 of 6 runs failed" in said and "it broke" in said


def test_an_incomplete_plan_is_not_recorded(store, capsys):
    for run in claim_runs.launch(store, CLAIM, owner="local")[:2]:
        carry_out(store, run.id)
    assert main(["claims", "record", CLAIM.slug]) == 2
    assert "2 of its 6 runs" in capsys.readouterr().err


def test_the_list_says_the_chapter_of_each(capsys):
    assert main(["claims", "list"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if CLAIM.slug in line)
    assert "A chapter" in line
    assert main(["claims", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["claims"]
    assert (one["claim"], one["chapter"], one["recorded"]) == (
        *(CLAIM.slug, "A chapter", "not recorded"),
    )


def test_all_does_one_after_the_other_and_names_those_that_failed(monkeypatch, store, capsys):
    other = replace(CLAIM, slug="another")
    gpu = replace(CLAIM, slug="for-a-gpu", minutes=None)
    monkeypatch.setattr(catalogue, "claims_by_chapter", lambda: {"C": (CLAIM, other, gpu)})

    def carry_out_all(_seconds: float) -> None:
        is_first = not store.list(states=[RunState.DONE, RunState.FAILED])
        for run in store.list(states=[RunState.WAITING]):
            carry_out(store, run.id, RunState.FAILED if is_first else RunState.DONE)

    monkeypatch.setattr(waiting.time, "sleep", carry_out_all)
    assert main(["claims", "run", "all"]) == 1
    told = capsys.readouterr()
    assert f"1 of 2 claims failed. {CLAIM.slug}: 6 of 6 runs failed" in told.err
    assert "another: " in told.out and "for-a-gpu" not in told.out
    assert main(["claims", "run", "all", "--json"]) == 2
    assert "Name one claim" in capsys.readouterr().err

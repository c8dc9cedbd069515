"""`sweep`: launched, waited for, read again; with real runs of seconds, carried out here."""

import json

import pytest

from deepfreq_core.cli import main
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.launchers.inline import InlineLauncher
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.sweeps import runs

SMALL = (
    *(
        "sweep",
        "digits-demo",
        "--depths",
        "2,1",
        "--seeds",
        "2",
        "--epochs",
        "2",
        "--target",
        "0.05",
    ),
    *("--set", "net.width=10", "--set", "data.n_train=100", "--set", "measure.n_samples=50"),
    *("--set", "training.optimizer.learning_rate=0.01"),
)


@pytest.fixture
def store():
    store = RunStore()
    yield store
    store.close()


@pytest.fixture
def carried_out(monkeypatch, store):
    """The dispatcher does all that waits before it returns."""

    def carry_out():
        for run in store.list(states=[RunState.WAITING]):
            InlineLauncher(store).submit(run.id)

    monkeypatch.setattr(dispatcher, "ensure_running", carry_out)


def test_a_sweep_is_run_told_and_told_again(capsys, store, carried_out):
    assert main([*SMALL, "--vary", "net.activation=tanh,relu"]) == 0
    first = capsys.readouterr().out
    assert "8 runs" in first and "Loss to reach: 0.05" in first
    (group,) = {run.group for run in store.list()}
    sweep_id = group.removeprefix("sweep:")
    sweep = runs.find(store, sweep_id)
    assert sweep.depths == {1, 2} and sweep.second.path == "net.activation"
    assert {run.config.net.width for run in sweep.runs} == {10}
    assert main(["sweep", sweep_id, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sweep"], told["n_runs"], told["n_done"]) == (sweep_id, 8, 8)
    assert [one["depth"] for one in told["networks"]] == ["1", "2", "1", "2"]
    assert len(told["rows"]) == 4 * 2 + 4 * 3
    assert told["sentence"] in first and "tanh: " in told["sentence"]
    assert len(store.list()) == 8


def test_a_failed_run_is_named(capsys, store, monkeypatch):
    def fail():
        for run in store.list(states=[RunState.WAITING]):
            store.start(run.id, worker="w")
            store.finish(run.id, RunState.FAILED, "out of memory", worker="w")

    monkeypatch.setattr(dispatcher, "ensure_running", fail)
    assert main(list(SMALL)) == 1
    told = capsys.readouterr()
    assert "4 of 4 runs failed" in told.err and "out of memory" in told.err
    assert "No run of sweep" in told.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--vary", "net.width"], "Give a setting and its values"),
        (["--vary", "net.colour=red"], "no second axis 'net.colour'"),
        (["--depths", "0"], "depth 0"),
        (["--set", "net.name=cnn"], "does not come in depths"),
    ],
)
def test_bad_input_starts_nothing(capsys, store, more, message):
    assert main(["sweep", "digits-demo", *more]) == 2
    assert message in capsys.readouterr().err
    assert store.list() == []


def test_stages_are_proposed_for_a_resnet(capsys, store, monkeypatch):
    monkeypatch.setattr(dispatcher, "ensure_running", lambda: _stop_all(store))
    main(["sweep", "resnet-small", "--seeds", "1"])
    assert sorted(run.config.net.stages for run in store.list()) == [1, 2, 3, 4]


def _stop_all(store):
    for run in store.list(states=[RunState.WAITING]):
        store.start(run.id, worker="w")
        store.finish(run.id, RunState.STOPPED, worker="w")

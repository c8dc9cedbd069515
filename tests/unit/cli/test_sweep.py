"""`sweep`: launched, waited for, read again; with real runs of seconds, carried out here."""

import json

import pytest

from deepfreq_core.cli import main
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.launchers.inline import InlineLauncher
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import sweep_runs

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
    *(
        "--set",
        "net.width=10",
        "--set",
        "data.n_train=100",
        "--set",
        "instruments.layers.n_samples=50",
    ),
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
    sweep = sweep_runs.find(store, sweep_id)
    assert sweep.depths == {1, 2} and sweep.second == "net.activation"
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
        (["--vary", "net.colour=red"], "no setting 'net.colour'"),
        (["--depths", "0"], "depth 0"),
        (["--set", "net.name=cnn"], "does not come in depths"),
        (["--outcome", "colour"], "no outcome 'colour' in these runs. There are: train_loss"),
        (["--outcome", "train_loss", "--vary", "net.colour=red"], "no setting 'net.colour'"),
        (["--vary", "net.width=1,2", "--vary", "seed=1"], "seeds by their number"),
        (["--vary", "a=1", "--vary", "b=1", "--vary", "c=1"], "3 settings vary: a, b, c"),
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


def test_any_two_settings_vary_against_any_outcome(capsys, store, carried_out):
    small = [*SMALL[:2], "--seeds", "2", *SMALL[8:], "--epochs", "2"]
    vary = ["--vary", "net.width=5,10", "--vary", "net.activation=tanh,relu"]
    assert main([*small, *vary]) == 0
    first = capsys.readouterr().out
    assert "8 runs" in first and "epochs until the target loss; 8 of 8 runs are done" in first
    (group,) = {run.group for run in store.list()}
    sweep_id = group.partition(":")[2]
    assert {run.config.training.epochs for run in store.list()} == {2}
    assert main(["sweep", sweep_id, "--outcome", "frequency", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["axes"]) == ("layers/frequency", ["width", "activation"])
    assert len(told["rows"]) == 8 * 6 and len(told["table"]) == 4 * 6
    assert [chart["x_title"] for chart in told["charts"]] == ["width", "width"]
    assert [curve["x"] for curve in told["charts"][0]["curves"]] == [[5.0, 10.0]] * 6
    assert len(store.list()) == 8


def test_a_depth_sweep_can_be_asked_for_another_outcome(capsys, store, carried_out):
    assert main(list(SMALL)) == 0
    capsys.readouterr()
    (group,) = {run.group for run in store.list()}
    sweep_id = group.removeprefix("sweep:")
    assert main(["sweep", sweep_id, "--outcome", "train_loss", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["axes"] == ["depth"] and told["n_done"] == 4
    assert [row["depth"] for row in told["table"]] == ["1", "2"]
    assert all(0 < row["value"] < 1 for row in told["rows"])


@pytest.mark.parametrize(
    ("vary", "axes", "x_title"),
    [([], [], "α"), (["--vary", "weight=angular,cycles"], ["weight"], "weight")],
)
def test_what_has_no_network_is_swept_too(capsys, store, carried_out, vary, axes, x_title):
    few = ["--set", "n_cutoffs=3", "--set", "data.name=random_points", "--seeds", "2"]
    assert main(["sweep", "upper-limit-1d", *few, *vary, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["outcome"], told["axes"]) == ("height", axes)
    assert told["n_done"] == told["n_runs"] == 2 * max(1, 2 * len(axes))
    assert len(told["table"]) == 8 * max(1, 2 * len(axes))
    assert [chart["x_title"] for chart in told["charts"]] == [x_title]

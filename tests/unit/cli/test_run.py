"""`run`: a real worker once through, once interrupted; the rest against a store."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.cli import main, summary, watch
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore

SMALL = {
    "experiment": "train",
    "version": 2,
    "data": {"name": "cosines", "n_train": 40, "n_test": 20},
    "net": {"name": "mlp", "depth": 3, "width": 8},
    "training": {"epochs": 3, "batch_size": 10},
    "instruments": {"layers": {"n_samples": 40, "n_grid": 5}},
}

LAYERS = ["layer 1", "layer 2", "layer 3"]
FACTS = {"backend": "cpu", "device": "cpu"}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "small.json"
    path.write_text(json.dumps(SMALL))
    return str(path)


def measurement(epoch, *, lfr, m=3):
    """One with L = 3 hidden layers whose LFR at the first 1/δ is given."""
    table = np.tile(np.array([0.2, *lfr])[:, None], m)
    table[:, 1:] = 0.5
    return Measurement(
        at=epoch,
        scalars={"train_loss": 0.5 / (epoch + 1), "test_loss": float("nan"), "step": 10 * epoch},
        arrays={"layers/lfr": table, "layers/rdf": -table},
        coordinates={} if epoch else {"layers/inverse_delta": np.arange(m) * 0.5},
        facts=FACTS if epoch == 0 else {},
    )


@pytest.fixture
def pretend(monkeypatch):
    """Instead of a worker: what the run is told to have measured, and how it ends."""

    def set_up(state, *, error=None, interrupted=False, measured=()):
        def launch_and_watch(store, run_id, claim):
            store.start(run_id, worker="w", claim=claim)
            for one in measured:
                store.append(run_id, one, worker="w")
            store.finish(run_id, state, error, worker="w")
            return interrupted

        monkeypatch.setattr(watch, "launch_and_watch", launch_and_watch)

    return set_up


TURNED = (measurement(0, lfr=(0.6, 0.5, 0.4)), measurement(9, lfr=(0.6, 0.7, 0.8)))


def test_a_run_from_a_file_to_its_json(capfd, file):
    assert main(["run", file, "--set", "training.epochs=2", "--title", "small", "--json"]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    got = json.loads(captured.out)
    config = reading.from_dict(got["config"])
    assert got["state"] == "done"
    assert config.training.epochs == 2
    assert len(got["inverse_delta"]) == 5
    assert got["measurements"][0]["epoch"] == 0
    assert got["measurements"][-1]["epoch"] == 2
    for one in got["measurements"]:
        assert np.array(one["lfr"]).shape == (4, 5)
        assert one["train_loss"] > 0
    first, last = got["measurements"][0], got["measurements"][-1]
    assert first["lfr"][0] == pytest.approx(last["lfr"][0])  # layer 0 is the raw input
    assert first["lfr"][2] != last["lfr"][2]
    run = RunStore().get(got["run"])
    assert (run.state, run.title) == (RunState.DONE, "small")
    assert got["clock"] == "epoch" and got["headline"]
    assert got["layers"] == got["coordinates"]["layer"] == ["input", *LAYERS]
    assert got["coordinates"]["weights"] == [*LAYERS, "output"]
    assert got["coordinates"]["inverse_delta"] == got["inverse_delta"]
    assert got["outcomes"]["train_loss"] == last["train_loss"]
    assert list(got["outcomes"]["frequency"]) == got["layers"]
    assert {"lfr", "rdf", "gradient_norm", "train_loss", "test_loss", "step"} <= last.keys()


# Mean |h| between the four points, to three digits: EXPONENTS below, M before each row.
HEIGHTS = {
    50: ".063 .183 .214 .240 .297 .307 .289 .284",
    800: ".016 .124 .168 .208 .295 .308 .289 .284",
    12_800: ".004 .087 .138 .189 .294 .308 .289 .284",
}


def test_a_run_of_another_experiment_has_its_own_clock_and_no_place_of_the_layers(capfd):
    assert main(["run", "upper-limit-1d", "--json"]) == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    got = json.loads(captured.out)
    assert {"run", "state", "config", "clock", "headline", "outcomes"} <= got.keys()
    assert got["clock"] == "cutoff" and not {"inverse_delta", "layers"} & got.keys()
    exponents = [0.5, 0.9, 1, 1.1, 1.5, 2, 4, 6]
    assert got["coordinates"]["exponent"] == exponents
    by_cutoff = {one["cutoff"]: one for one in got["measurements"]}
    assert "epoch" not in got["measurements"][0]
    for cutoff, row in HEIGHTS.items():
        heights = [f"{height:.3f}" for height in by_cutoff[cutoff]["height"]]
        assert heights == [f"0{word}" for word in row.split()]
    assert list(got["outcomes"]["height"]) == [f"α = {exponent:g}" for exponent in exponents]
    assert [*got["outcomes"]["height"].values()] == by_cutoff[12_800]["height"]
    assert got["headline"].startswith("α = 0.5 is below 1")
    assert len(by_cutoff[50]["curve"][0]) == len(got["coordinates"]["x"])


@pytest.mark.parametrize(
    ("options", "title"),
    [([], catalogue.preset("digits-demo").title), (["--title", "Mine"], "Mine")],
)
def test_a_run_of_a_preset_has_its_title(capsys, home, pretend, options, title):
    pretend(RunState.DONE)
    assert main(["run", "digits-demo", *options, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == title


def test_ctrl_c_stops_it_with_what_it_measured(file):
    program = [sys.executable, "-m", "deepfreq_core", "run", file, "--json"]
    program += ["--set", "training.epochs=1000000"]
    store = RunStore()
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not (found := store.list()) or found[0].n_measurements < 2:
            assert time.monotonic() < deadline
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == b""
    got = json.loads(out)
    assert got["state"] == "stopped"
    assert len(got["measurements"]) >= 2
    assert store.get(got["run"]).state.can_resume


def test_the_table_and_the_words(capsys, file, pretend):
    pretend(RunState.DONE, measured=TURNED)
    assert main(["run", file]) == 0
    out = capsys.readouterr().out
    assert "at 1/δ = 0 (filter: cpu)" in out
    lines = out.splitlines()
    assert next(line for line in lines if "before" in line).split() == ["before", "epoch", "9"]
    assert next(line for line in lines if "layer 3" in line).split() == "layer 3 0.40 0.80".split()
    assert "Before training deeper layers held higher frequencies; now layer 3" in out
    assert "is done" in out


def test_the_terminal_draws_no_order_from_what_errors_cover(capsys, file, pretend):
    """Rows were sampled: the page calls such layers alike, and so does the terminal."""
    unsure = [
        replace(
            one, arrays={**one.arrays, "layers/lfr_se": np.full_like(one.arrays["layers/lfr"], 0.2)}
        )
        for one in TURNED
    ]
    pretend(RunState.DONE, measured=unsure)
    assert main(["run", file]) == 0
    out = capsys.readouterr().out
    assert "Most layers look alike" in out
    assert "0.80 ± 0.20" in out


def test_the_terminal_draws_no_order_from_a_network_that_learned_nothing(capsys, file, pretend):
    bar = {"mean_answer_loss": 0.05, **FACTS}
    stuck = [replace(one, facts=bar) if one.facts else one for one in TURNED]
    pretend(RunState.DONE, measured=stuck)  # its loss ends at 0.05
    assert main(["run", file]) == 0
    out = capsys.readouterr().out
    assert "nothing is learned" in out and "order" not in out


def test_the_terminal_says_that_a_training_diverged(capsys, file, pretend):
    error = "the loss became nan in epoch 3. Lower training.optimizer.learning_rate (now 10)"
    pretend(RunState.FAILED, error=error, measured=TURNED)
    assert main(["run", file]) == 1
    captured = capsys.readouterr()
    assert "The training diverged" in captured.out and "layers held" not in captured.out
    assert "epoch 3" in captured.err


def test_the_table_takes_the_nearest_inverse_delta(capsys, file, pretend):
    pretend(RunState.DONE, measured=TURNED)
    assert main(["run", file, "--inverse-delta", "0.6"]) == 0
    assert "at 1/δ = 0.5" in capsys.readouterr().out


def test_json_has_null_for_what_is_not_a_number(capsys, file, pretend):
    pretend(RunState.DONE, measured=TURNED)
    assert main(["run", file, "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["measurements"][0]["test_loss"] is None
    assert got["facts"]["backend"] == "cpu"


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_failed_run(capsys, file, pretend, options):
    pretend(RunState.FAILED, error="the GPU ran out of memory")
    assert main(["run", file, *options]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "the GPU ran out of memory" in captured.err
    if options:
        assert json.loads(captured.out)["state"] == "failed"


def test_a_run_that_is_stopped_tells_how_to_go_on(capsys, file, pretend):
    pretend(RunState.STOPPED, interrupted=True, measured=TURNED)
    assert main(["run", file]) == 130
    assert "deepfreq runs resume" in capsys.readouterr().out


def test_a_worker_that_cannot_start_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    store = RunStore()
    run = store.create(reading.from_dict(SMALL), claim="c")
    assert watch.launch_and_watch(store, run.id, "c") is False
    assert store.get(run.id).state is RunState.FAILED


def test_only_our_own_worker_is_buried():
    store = RunStore()
    run = store.create(reading.from_dict(SMALL))
    store.start(run.id, worker="w", pid=11)
    watch._bury(store, run.id, "c", 12)
    assert store.get(run.id).state is RunState.RUNNING
    watch._bury(store, run.id, "c", 11)
    assert store.get(run.id).state is RunState.LOST


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{", "not JSON"),
        ("[]", "'small.json'"),
        ('{"experiment": "nope"}', "nope"),
        ('{"net": {"name": "mlp", "depth": 0}}', "depth"),
        ("\xff", "small.json"),
    ],
)
def test_bad_configs(capsys, tmp_path, monkeypatch, content, named):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.json").write_bytes(content.encode("latin-1"))
    assert main(["run", "small.json"]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert named in captured.err


@pytest.mark.parametrize("assignment", ["epochs=3", "training.epochs", "training.epochs=-1", "="])
def test_bad_assignments(capsys, file, assignment):
    assert main(["run", file, "--set", assignment]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert RunStore().list() == []


def test_few_keeps_first_and_last_and_is_denser_early():
    assert summary.few([0]) == [0]
    assert summary.few([3, 4, 5, 6]) == [0, 1, 2, 3]
    assert summary.few(range(101)) == [0, 1, 3, 10, 32, 100]
    assert summary.few([0, *range(50, 1001, 50)]) == [0, 1, 2, 4, 9, 20]


def test_widest_is_where_rows_differ_most():
    assert summary.widest(np.array([[0.1, 0.2, np.nan], [0.2, 0.9, 0.3]])) == 1


def test_the_table_stands_where_hidden_layers_differ_most(capsys, file, pretend):
    """Whatever the raw input does: it is what the others are compared with."""
    far = [
        replace(one, arrays=one.arrays | {"layers/lfr": one.arrays["layers/lfr"].copy()})
        for one in TURNED
    ]
    for one in far:
        one.arrays["layers/lfr"][0, 2] = 9.0
    pretend(RunState.DONE, measured=far)
    assert main(["run", file]) == 0
    assert "at 1/δ = 0 (" in capsys.readouterr().out


def test_the_file_is_asked_for_before_anything_is_stored(home):
    with pytest.raises(ConfigError):
        from deepfreq_core.cli.run import read_config

        read_config("nowhere/else.json")
    assert not home.exists()

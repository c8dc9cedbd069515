"""`runs`: each verb does what it says in the store, and complains in one line."""

import csv
import json
import os

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.cli import main
from deepfreq_core.config import MlpConfig
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.records import Measurement
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.launchers.inline import InlineLauncher
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.runs.store import RunStore

from .test_run import TURNED


@pytest.fixture
def store():
    return RunStore()


@pytest.fixture
def run_id(store):
    """A run that is going on, with two measurements."""
    run = store.create(
        TrainConfig(net=MlpConfig(depth=3)), owner="ada", title="mine", group="sweep"
    )
    store.start(run.id, worker="w")
    for measurement in TURNED:
        store.append(run.id, measurement, worker="w")
    return run.id


def said(capsys, *arguments):
    assert main(["runs", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def asked(capsys, *arguments):
    return json.loads(said(capsys, *arguments, "--json"))


def refused(capsys, *arguments):
    assert main(["runs", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_no_runs(capsys):
    assert "deepfreq run digits-demo" in said(capsys, "list")
    assert asked(capsys, "list") == {"runs": []}


def test_list(capsys, store, run_id):
    store.create(TrainConfig(), owner="bob")
    line = next(line for line in said(capsys, "list").splitlines() if run_id in line)
    assert {"running", "mine", "2"} <= set(line.split())
    assert "ada" not in line  # an owner's id is a secret
    assert len(asked(capsys, "list")["runs"]) == 2
    for wanted in (["--group", "sweep"], ["--state", "running"]):
        found = asked(capsys, "list", *wanted)["runs"]
        assert [run["run"] for run in found] == [run_id]
    assert len(asked(capsys, "list", "--limit", "1")["runs"]) == 1


def test_show(capsys, run_id):
    out = said(capsys, "show", run_id)
    assert "mine" in out
    assert "train_loss 0.05" in out
    assert '"batch_size": 256' in out
    got = asked(capsys, "show", run_id)
    assert (got["run"], got["state"], got["group"]) == (run_id, "running", "sweep")
    assert "owner" not in got
    assert got["latest"]["epoch"] == 9
    assert got["latest"]["test_loss"] is None


def test_rename(capsys, store, run_id):
    assert asked(capsys, "rename", run_id, "Wider, slower")["title"] == "Wider, slower"
    assert store.get(run_id).title == "Wider, slower"
    assert "at most 120" in refused(capsys, "rename", run_id, "")


def test_stop_and_pause_ask_the_worker(capsys, store, run_id):
    assert asked(capsys, "pause", run_id)["runs"][0]["request"] == "pause"
    said(capsys, "stop", run_id)
    assert store.get(run_id).request is Request.STOP


def test_what_waits_stops_at_once_and_resumes(capsys, store, monkeypatch):
    started = []
    monkeypatch.setattr(dispatcher, "ensure_running", lambda: started.append(True))
    run = store.create(TrainConfig())
    said(capsys, "stop", run.id)
    assert store.get(run.id).state is RunState.STOPPED
    assert run.id in refused(capsys, "stop", run.id)
    said(capsys, "resume", run.id)
    assert store.get(run.id).state is RunState.WAITING
    assert started == [True]
    assert "waiting" in refused(capsys, "resume", run.id)


def test_delete(capsys, store, run_id):
    other = store.create(TrainConfig())
    assert "Stop it first" in refused(capsys, "delete", run_id)
    assert "aaaaaaaaaa" in refused(capsys, "delete", other.id, "aaaaaaaaaa")
    assert len(store.list()) == 2  # nothing is half done
    got = asked(capsys, "delete", run_id, other.id, "--stop")
    assert got["ids"] == [run_id, other.id]
    assert store.list() == []


def test_export_writes_the_file_of_the_dashboard(capsys, tmp_path, monkeypatch, store, run_id):
    monkeypatch.chdir(tmp_path)
    assert "2 measurements" in said(capsys, "export", run_id)
    text = (tmp_path / f"deepfreq-{run_id}.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 2 * 4 * 3  # measurements, layers, values of 1/δ
    said(capsys, "export", run_id, "--output", "all.npz")
    with np.load(tmp_path / "all.npz") as arrays:
        assert arrays["lfr"].shape == (2, 4, 3)
    got = asked(capsys, "export", run_id, "--output", "all.json")
    assert got["format"] == "json"
    whole = json.loads((tmp_path / "all.json").read_text())
    assert whole == asked(capsys, "export", run_id)
    assert [one["epoch"] for one in whole["measurements"]] == [0, 9]
    assert sorted(path.name for path in tmp_path.glob("*.*")) == [
        *("all.json", "all.npz", f"deepfreq-{run_id}.csv"),
    ]


def test_a_table_for_each_set_of_dims_lies_beside_the_first(capsys, tmp_path, store):
    run = store.create(catalogue.preset("upper-limit-1d").config)
    InlineLauncher(store).submit(run.id)
    path = tmp_path / "all.csv"
    got = asked(capsys, "export", run.id, "--output", str(path))
    beside = tmp_path / "all.exponent.csv"
    assert (got["file"], got["files"]) == (str(path), [str(path), str(beside)])
    first, second = (list(csv.DictReader(one.read_text().splitlines())) for one in (path, beside))
    assert list(first[0]) == ["cutoff", "exponent", "x", "curve", "solve_s"]
    assert {"cutoff", "exponent", "height", "least_energy", "condition"} <= second[0].keys()
    assert len(second) == 17 * 8
    heights = {(one["cutoff"], one["exponent"]): float(one["height"]) for one in second}
    assert heights["12800", "1.0"] == pytest.approx(0.138, abs=5e-4)
    said(capsys, "export", run.id, "--output", str(tmp_path / "all.npz"))
    with np.load(tmp_path / "all.npz") as arrays:
        assert arrays["height"].shape == (17, 8)


def test_export_as_netcdf_has_labelled_dims(capsys, tmp_path, run_id):
    pytest.importorskip("h5py", reason="the extra that writes netCDF is not installed")
    xarray = pytest.importorskip("xarray")
    path = tmp_path / "all.nc"
    assert asked(capsys, "export", run_id, "--output", str(path))["format"] == "nc"
    with xarray.open_dataset(path, engine="h5netcdf") as dataset:
        assert dict(dataset["lfr"].sizes) == {"epoch": 2, "layer": 4, "inverse_delta": 3}


def test_export_to_stdout(capfdbinary, run_id):
    assert main(["runs", "export", run_id, "--format", "csv", "--output", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"epoch,layer,layer_name,inverse_delta,lfr,rdf,")


def test_export_leaves_alone_what_is_no_ordinary_file(capsys, tmp_path, run_id):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "is no ordinary file" in refused(capsys, "export", run_id, "--output", str(pipe))
    assert "is no ordinary file" in refused(capsys, "export", run_id, "--output", "/")
    assert pipe.is_fifo()


def test_export_through_a_link_writes_what_it_points_to(capsys, tmp_path, run_id):
    (tmp_path / "real.csv").write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to("real.csv")
    said(capsys, "export", run_id, "--output", str(link))
    assert link.is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("epoch,")


def test_export_that_cannot_be(capsys, run_id):
    assert "no/where" in refused(capsys, "export", run_id, "--output", "no/where.csv")
    assert "stdout" in refused(
        capsys, "export", run_id, "--format", "csv", "--output", "-", "--json"
    )
    assert "xlsx" in refused(capsys, "export", run_id, "--format", "xlsx")


@pytest.fixture
def damaged():
    """A run whose second measurement is not as it was written."""
    store = RunStore()
    run = store.create(TrainConfig())
    store.start(run.id, worker="w")
    for epoch in range(3):
        store.append(run.id, Measurement(epoch, {}, {"lfr": np.ones((2, 2))}))
    store.finish(run.id, RunState.DONE, worker="w")
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE measurements SET at = 7 WHERE seq = 2")
    return run.id


def test_a_damaged_run_is_not_exported(capsys, damaged):
    assert main(["runs", "export", damaged, "--output", "-"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"measurement 2 of run {damaged} is damaged. Restore" in captured.err


def test_a_damaged_run_shows_its_settings_and_can_be_deleted(capsys, damaged):
    assert main(["runs", "show", damaged]) == 0
    assert "DAMAGED" in capsys.readouterr().out
    assert main(["runs", "show", damaged, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert "measurement 2" in told["damage"] and told["latest"] is None
    assert told["config"]["experiment"] == "train"
    assert main(["runs", "delete", damaged]) == 0
    assert RunStore().list() == []


def test_a_run_whose_settings_are_damaged_can_be_deleted(capsys, damaged):
    store = RunStore()
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE runs SET config = '{}'")
    assert main(["runs", "show", damaged]) == 2
    assert "settings or facts" in capsys.readouterr().err
    assert main(["runs", "delete", damaged]) == 0
    assert not store.exists(damaged)

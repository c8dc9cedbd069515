"""`doctor`: says what is wrong and what to do; the exit status follows."""

import importlib.metadata
import json
import sqlite3

import numpy as np
import pytest

from deepfreq_core.cli import checks, main
from deepfreq_core.cli.checks import Check, Level
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.records import Measurement
from deepfreq_core.runs import checkpoints
from deepfreq_core.runs.store import RunStore

PROBE = checks._probe


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Torch and CuPy take seconds to import: say what their probes would say without a GPU."""

    def probe(program):
        if "torch" in program:
            return {"cuda": "13.0", "usable": False, "gpus": []}
        return {"nvrtc": [13, 0], "usable": False}

    monkeypatch.setattr(checks, "_probe", probe)


def test_all_is_well(capsys):
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "DeepFreq can run here." in out
    assert main(["doctor", "--json"]) == 0
    got = json.loads(capsys.readouterr().out)
    assert got["ok"] is True
    names = {check["name"] for check in got["checks"]}
    assert {"python", "packages", "cpu", "torch", "cupy", "filter"} <= names
    assert {"data folder", "run store", "dispatcher", "data sets", "chromium"} <= names


def test_a_problem_makes_the_status_1_and_has_advice(capsys, monkeypatch):
    monkeypatch.setenv("DEEPFREQ_HOME", "/proc/no/such/folder")
    assert main(["doctor", "--json"]) == 1
    got = json.loads(capsys.readouterr().out)
    problems = {check["name"]: check for check in got["checks"] if check["level"] == "problem"}
    assert not got["ok"]
    assert {"data folder", "run store"} <= set(problems)
    assert "DEEPFREQ_HOME" in problems["data folder"]["advice"]


def test_a_database_that_does_not_answer(monkeypatch):
    monkeypatch.setenv("DEEPFREQ_DATABASE_URL", "postgresql+psycopg://me:secret@127.0.0.1:1/none")
    (store,) = checks.database()
    assert store.level is Level.PROBLEM
    assert "secret" not in store.found


def test_a_living_dispatcher():
    RunStore().beat_dispatcher("here", pid=1, slots=3)
    assert [check.found for check in checks.database()][1] == "alive, 3 runs at a time"


def test_packages(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("numpy==0.1  # old\nno-such-thing==1\ncupy==1; sys_platform == 'none'\n")
    found = checks.packages(path)
    assert (found.level, found.found) == (Level.PROBLEM, "missing: no-such-thing")
    path.write_text("numpy==0.1\n")
    assert checks.packages(path).level is Level.NOTE
    assert checks.packages(tmp_path / "none").level is Level.NOTE


def test_what_extras_bring_may_be_missing(tmp_path, monkeypatch):
    def version(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    path = tmp_path / "requirements.txt"
    path.write_text("cupy-cuda13x==1\npsycopg[binary]==1\n")
    found = checks.packages(path)
    assert found.level is Level.NOTE
    assert "deepfreq[cuda,postgres]" in found.advice
    path.write_text("cupy-cuda13x==1\nnumpy==1\n")
    assert checks.packages(path).level is Level.PROBLEM


def test_a_driver_that_torch_cannot_use(monkeypatch):
    monkeypatch.setattr(checks, "gpus", lambda: ("0",))
    torch, cupy = checks.gpu()
    assert torch.level is Level.PROBLEM
    assert "--gpus all" in torch.advice


def test_a_broken_torch_is_a_problem_and_not_a_crash(monkeypatch):
    monkeypatch.setattr(checks, "_probe", lambda program: "ImportError: libcudart.so.13")
    found = list(checks.gpu())
    assert found[0] == Check(
        "torch", Level.PROBLEM, "ImportError: libcudart.so.13", checks._INSTALL
    )


def test_image_data_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("DEEPFREQ_DATA", str(tmp_path))
    (tmp_path / "MNIST/raw").mkdir(parents=True)
    found = checks.image_data()
    assert found.found.startswith("digits, cosines, mnist; not here")


def test_a_probe_gives_an_answer_or_the_last_line_of_the_complaint():
    assert PROBE("print('noise'); print('{\"a\": 1}')") == {"a": 1}
    assert PROBE("import no_such_thing") == "ModuleNotFoundError: No module named 'no_such_thing'"
    assert PROBE("raise SystemExit(3)") == "ended with status 3"


@pytest.fixture
def run():
    """A run with three measurements."""
    store = RunStore()
    made = store.create(TrainConfig())
    store.start(made.id, worker="w")
    for epoch in range(3):
        store.append(made.id, Measurement(epoch, {}, {"lfr": np.ones((2, 2))}))
    store.close()
    return made


def execute(statement):
    store = RunStore()
    with store.writing() as connection:
        connection.exec_driver_sql(statement)
    store.close()


def deep(capsys):
    status = main(["doctor", "--deep", "--json"])
    checks = json.loads(capsys.readouterr().out)["checks"]
    return status, [check for check in checks if check["name"] == "stored data"]


def test_deep_says_that_all_is_whole(capsys, run):
    status, (found,) = deep(capsys)
    assert (status, found["level"]) == (0, "ok")
    assert found["found"] == "measurements that are whole: 3"
    execute("UPDATE runs SET unchecked = NULL, checksum = NULL")
    execute("UPDATE measurements SET checksum = NULL WHERE seq = 1")
    status, (found,) = deep(capsys)
    assert (status, found["level"]) == (0, "ok")
    assert found["found"].endswith("whole: 2; of an older DeepFreq, so without a checksum: 1")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE measurements SET at = 7 WHERE seq = 2", "measurement 2 of run {} is damaged"),
        ("DELETE FROM measurements WHERE seq = 2", "measurement 2 of run {} is missing"),
        ("UPDATE runs SET n_measurements = 4", "measurement 4 of run {} is missing"),
        ("UPDATE runs SET facts = '{{}} '", "the settings or facts of run {} are damaged"),
        (
            "UPDATE runs SET checksum = NULL, unchecked = NULL, config = '{{'",
            "the settings of run {} cannot be read",
        ),
        (
            "UPDATE runs SET checksum = NULL, unchecked = NULL, state = 'x'",
            "the row of run {} is damaged",
        ),
    ],
)
def test_deep_names_damage_and_its_status_is_1(capsys, run, statement, said):
    execute(statement.replace("{{", "{").replace("}}", "}"))
    status, found = deep(capsys)
    assert status == 1
    assert [check["found"].startswith(said.format(run.id)) for check in found[:-1]] == [True]
    assert "launch it again" in found[0]["advice"]
    assert found[-1]["level"] == "ok"  # what is whole is said too


def test_deep_names_a_checkpoint_that_cannot_be_read(capsys, run):
    checkpoints.save(run.id, checkpoints.Checkpoint({}, 0, 0.0))
    checkpoints.path(run.id).write_bytes(b"PK")
    status, found = deep(capsys)
    assert status == 1
    assert run.id in found[0]["found"] and "checkpoint cannot be read" in found[0]["found"]


def test_deep_names_measurements_of_no_run(capsys, run, home):
    connection = sqlite3.connect(home / "runs.sqlite")  # which knows of no foreign keys
    connection.execute("DELETE FROM runs")
    connection.commit()
    connection.close()
    status, found = deep(capsys)
    assert status == 1
    assert found[0]["found"] == f"there are measurements of run {run.id}, which is not there"

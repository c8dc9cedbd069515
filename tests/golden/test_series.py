"""The recorded demo as its route tells it, and what a fresh run of it and its files are made of."""

import asyncio
import csv
import json
import subprocess
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette

from deepfreq_core import web
from deepfreq_core.web import recorded
from tests.golden import series_of
from tests.golden.kept import HERE, kept

DEMO = "digits-demo"
# LFR before training depends on the seed and on rounding in single precision only.
UNTRAINED = 1e-3
# name: what is run. The preset as it was with one instrument; config_v1.json is a config as
# version 1 wrote it. Neither is ever renewed.
CASES = {
    "preset": [str(HERE / "digits_layers.json"), "--set", "training.epochs=2"],
    "old config, three seeds": [
        *(str(HERE / "config_v1.json"), "--set", "n_seeds=3", "--set", "training.epochs=1"),
    ],
}


def test_a_recorded_run_of_before_there_were_dims_is_told_as_it_was(home, monkeypatch):
    monkeypatch.setattr(recorded, "names", lambda: {DEMO: HERE / "recorded_v1.json"})
    app = Starlette(routes=web.routes())

    async def ask():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
            return await client.get(f"/api/recorded/{DEMO}/series")

    answer = asyncio.run(ask())
    assert answer.status_code == 200
    seen = series_of.reduced(answer.json())
    golden = kept("demo_series.json.gz", seen)
    assert golden.keys() == seen.keys()
    for name in ("layers", "epoch", "step"):
        assert seen[name] == golden[name], name
    assert golden["scalars"].items() <= seen["scalars"].items()
    for name in ("inverse_delta", *series_of.ARRAYS):
        # Both have been rounded to six digits.
        np.testing.assert_allclose(seen[name], golden[name], rtol=2e-6, err_msg=name)


def deepfreq(*arguments):
    command = [sys.executable, "-m", "deepfreq_core", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("name", CASES)
def test_a_fresh_run_and_its_files_are_made_as_they_were(name, home, tmp_path):
    document = json.loads(deepfreq("run", *CASES[name], "--json"))
    files = {kind: tmp_path / f"run.{kind}" for kind in ("csv", "npz", "json")}
    for file in files.values():
        deepfreq("runs", "export", document["run"], "--output", str(file))
    seen = {
        "run": series_of.structure(document),
        "untrained": series_of.untrained(document),
        "csv": heading_and_length(files["csv"]),
        "npz": {key: list(array.shape) for key, array in np.load(files["npz"]).items()},
        "json": series_of.structure(json.loads(files["json"].read_text("utf-8"))),
    }
    golden = kept(f"fresh_run_{name.replace(',', '').replace(' ', '_')}.json", seen)
    # Keys may be added; none may go, or be of another kind or shape.
    for file in ("run", "json"):
        for part in ("document", "measurement"):
            assert golden[file][part].items() <= seen[file][part].items(), (file, part)
        assert seen[file]["epochs"] == golden[file]["epochs"]
        assert seen[file]["layers"] == golden[file]["layers"]
        assert set(golden[file]["facts"]) <= set(seen[file]["facts"])
    assert golden["npz"].items() <= seen["npz"].items()
    assert set(golden["csv"]["columns"]) <= set(seen["csv"]["columns"])
    assert seen["csv"]["rows"] == golden["csv"]["rows"]
    for key, values in golden["untrained"].items():
        np.testing.assert_allclose(seen["untrained"][key], values, atol=UNTRAINED, err_msg=key)


def heading_and_length(path: Path) -> dict[str, object]:
    with path.open(newline="") as file:
        columns, *rows = csv.reader(file)
    return {"columns": columns, "rows": len(rows)}

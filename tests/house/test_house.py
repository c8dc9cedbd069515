"""What a bad house fails: an instrument from elsewhere, one renamed, an experiment taken out."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = {
    "instruments": "deepfreq_core/instruments/catalogue.py",
    "experiments": "deepfreq_core/experiments/catalogue.py",
}

# The smallest instrument: one number a measurement, read off the network's output.
SMALLEST = {
    "__init__.py": '"""How far outputs lie from zero."""\n',
    "config.py": """
from deepfreq_core.config.part import Part


class SpreadConfig(Part):
    \"\"\"Nothing to set.\"\"\"


CONFIG = SpreadConfig
""",
    "schema.py": """
from deepfreq_core.schema import Array, Message, Outcome, Schema
from deepfreq_core.schema.reader import Reader


class SpreadReader(Reader):
    schema = Schema.of(
        Array("spread", long_name="spread of the outputs"),
        Outcome("spread", "spread of the outputs at the end"),
    )

    def headlines(self, measured):
        return (Message("spread", {"spread": f"{float(measured.arrays[-1]['spread']):.2f}"}),)

    def outcomes(self, measured):
        return {"spread": float(measured.arrays[-1]["spread"])}


READER = SpreadReader
""",
    "measure.py": """
import numpy as np

from deepfreq_core.instruments.snapshot import MEASURED, Samples


class Spread:
    gradients = frozenset()
    watches = frozenset()

    def __init__(self, config, *, n_seeds):
        pass

    def samples(self, data, *, seed, device):
        return {MEASURED: Samples.of(data, "train", device)}

    def begin(self, snapshots):
        return {}

    def watch(self, snapshot):
        pass

    def read(self, snapshot):
        return {"spread": np.float64(snapshot.output(MEASURED).std())}

    def facts(self):
        return {}

    def state(self):
        return {}

    def restore(self, state):
        pass

    def cost(self, sizes):
        return 0.0


INSTRUMENT = Spread
""",
    "panels.py": """
from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel


def panels(look):
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look),
        y=theme.axis("spread", look),
        meta={"x": "epoch"},
    )
    fill = {"x": {"epoch": {"epoch": "all"}}, "y": {"spread": {"epoch": "all"}}}
    fig.add_scatter(name="spread", line={"width": look.line}, meta={"fill": fill})
    return (Panel("spread", "Spread", "Spread against epoch", theme.as_dict(fig), place="main"),)
""",
    "words.json": '{"spread": "Outputs lie {spread} apart."}',
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the product that a test may change."""
    copy = tmp_path / "tree"
    for name in ("deepfreq_core", "assets", "pages"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "requirements.txt"):
        shutil.copy(ROOT / name, copy)
    return copy


def add_line(tree: Path, kind: str, name: str, package: str) -> None:
    path = tree / CATALOGUES[kind]
    table = f"{kind.upper()} = {{\n"
    text = path.read_text("utf-8")
    assert table in text
    path.write_text(text.replace(table, f'{table}    "{name}": "{package}",\n'))


def python(tree: Path, *arguments: str, home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "DEEPFREQ_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def deepfreq(tree: Path, *arguments: str, home: Path) -> dict:
    return json.loads(python(tree, "-m", "deepfreq_core", *arguments, "--json", home=home))


SMALL = (
    *("--set", "training.epochs=3", "--set", "training.optimizer.learning_rate=0.01"),
    *("--set", "data.n_train=128", "--set", "net.width=16"),
)
EXPORTS = """
import io, json, sys
import numpy as np
from deepfreq_core import exports
from deepfreq_core.runs.store import RunStore
from deepfreq_core.ui.live_chart import declared
from deepfreq_core.web.series import SeriesCache

store = RunStore()
run, rows = store.read(sys.argv[1])
content = exports.content(run, rows, store.coordinates(run.id))
view = declared.view(run.config)
series = json.loads(SeriesCache(store).answer(run.id))
print(json.dumps({
    "tables": exports.table_names(content),
    "csv": next(exports.as_csv(content, exports.table_names(content)[-1])).strip().split(","),
    "npz": sorted(np.load(io.BytesIO(exports.as_npz(content))).files),
    "groups": [g["name"] for s in view["sections"]["screen"] for g in s["groups"]],
    "messages": series["messages"],
    "said": view["headline_cursor"],
}))
"""


def test_an_instrument_from_a_folder_of_its_own_appears_everywhere(tree, tmp_path):
    folder = tree / "elsewhere" / "spread"
    folder.mkdir(parents=True)
    (tree / "elsewhere" / "__init__.py").touch()
    for name, text in SMALLEST.items():
        (folder / name).write_text(text.lstrip("\n"), "utf-8")
    add_line(tree, "instruments", "spread", "elsewhere.spread")
    config = deepfreq(tree, "presets", "show", "digits-demo", home=tmp_path / "home")["config"]
    config["instruments"] = {"spread": {}}
    (tmp_path / "mine.json").write_text(json.dumps(config))

    ran = deepfreq(tree, "run", str(tmp_path / "mine.json"), *SMALL, home=tmp_path / "home")
    assert re.fullmatch(r"Outputs lie \d\.\d\d apart\.", ran["headline"])
    assert ran["outcomes"]["spread"] == ran["measurements"][-1]["spread"]

    seen = json.loads(python(tree, "-c", EXPORTS, ran["run"], home=tmp_path / "home"))
    assert seen["csv"][0] == "epoch" and "spread" in seen["csv"]
    assert "spread" in seen["npz"]
    assert seen["groups"][0] == "spread.spread" and "training" in seen["groups"]
    assert "spread/spread" in {message["key"] for message in seen["messages"]}


def test_two_instruments_stand_beside_each_other(tree, tmp_path):
    folder = tree / "elsewhere" / "spread"
    folder.mkdir(parents=True)
    (tree / "elsewhere" / "__init__.py").touch()
    for name, text in SMALLEST.items():
        (folder / name).write_text(text.lstrip("\n"), "utf-8")
    add_line(tree, "instruments", "spread", "elsewhere.spread")
    home = tmp_path / "home"
    config = deepfreq(tree, "presets", "show", "digits-demo", home=home)["config"]
    config["instruments"] |= {"spread": {}}
    (tmp_path / "mine.json").write_text(json.dumps(config))
    ran = deepfreq(tree, "run", str(tmp_path / "mine.json"), *SMALL, home=home)
    last = ran["measurements"][-1]
    assert {"layers/lfr", "layers/rdf", "spread/spread"} <= set(last)
    seen = json.loads(python(tree, "-c", EXPORTS, ran["run"], home=home))
    assert "spread.spread" in seen["groups"] and "layers.ratio" in seen["groups"]


def test_an_instrument_can_have_another_name(tree, tmp_path):
    """Everything of `layers` still works where it is called `xyzzy`."""
    shutil.move(tree / "deepfreq_core/instruments/layers", tree / "deepfreq_core/instruments/xyzzy")
    words = [
        (r"deepfreq_core\.instruments\.layers", "deepfreq_core.instruments.xyzzy"),
        (r"instruments\.layers\.", "instruments.xyzzy."),
        (r'"layers": \{', '"xyzzy": {'),
        (r'"layers": LayersConfig', '"xyzzy": LayersConfig'),
        (r'"layers": "deepfreq', '"xyzzy": "deepfreq'),
        (r'"instruments": \{"layers"', '"instruments": {"xyzzy"'),
        (r'return "layers" if', 'return "xyzzy" if'),
    ]
    at_home = (
        *(tree / "deepfreq_core").rglob("*.py"),
        *(tree / "deepfreq_core").rglob("*.json"),
    )
    for path in at_home:
        text = path.read_text("utf-8")
        for old, new in words:
            text = re.sub(old, new, text)
        path.write_text(text, "utf-8")
    home = tmp_path / "home"
    ran = deepfreq(tree, "run", "digits-demo", *SMALL, home=home)
    assert "xyzzy" in ran["config"]["instruments"] and "layers" not in ran["config"]["instruments"]
    assert len(ran["measurements"][-1]["xyzzy/lfr"]) == 6
    assert len(ran["measurements"][-1]["lfr"]) == 6
    shown = deepfreq(tree, "claims", "show", "layers-digits", home=home)
    assert shown["finding"]["verdict"] == "holds"


def test_an_experiment_can_be_taken_out(tree, tmp_path):
    shutil.rmtree(tree / "deepfreq_core/experiments/decay")
    shutil.rmtree(tree / "deepfreq_core/chapters/upper_limit")
    for name, line in (
        (CATALOGUES["experiments"], '    "decay": "deepfreq_core.experiments.decay",\n'),
        (
            "deepfreq_core/chapters/catalogue.py",
            '    "The upper limit": "deepfreq_core.chapters.upper_limit",\n',
        ),
    ):
        text = (tree / name).read_text("utf-8")
        assert line in text
        (tree / name).write_text(text.replace(line, ""))
    home = tmp_path / "home"
    ran = deepfreq(tree, "run", "digits-demo", *SMALL, home=home)
    assert ran["state"] == "done"
    presets = deepfreq(tree, "presets", home=home)["presets"]
    assert "upper-limit-1d" not in {one["slug"] for one in presets}
    listed = deepfreq(tree, "claims", home=home)["claims"]
    assert listed and "critical-exponent-1d" not in {one["claim"] for one in listed}

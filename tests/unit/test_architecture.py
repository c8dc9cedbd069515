"""Who may import whom: downwards only, and no torch in the dashboard's process."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from deepfreq_core.experiments.catalogue import EXPERIMENTS
from deepfreq_core.instruments.catalogue import INSTRUMENTS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "deepfreq_core"
MAX_LINES = 400  # the aim is 250; beyond 400 a module is two modules

# Who may import which parts of the package. The longest prefix of a module's name decides; a part
# may always import itself, a slice only itself and what is named here. Lower lines know nothing of
# higher ones.
BASE = {"errors", "records", "config", "settings", "version", "schema"}
MACHINES = {"data", "lowpass", "nets", "training"}
# Training's own numbers are read without torch.
CURVES = {"lowpass", "training.learning", "training.speed"}
INSTRUMENT = {"instruments.base", "instruments.snapshot"}
EXPERIMENT = {"experiments.base", "experiments.background", "experiments.catalogue"}
CONFIGS = {"experiments.catalogue", "experiments.reading", "instruments.catalogue"}
MAY_IMPORT = {
    "": {"lowpass", "version", "exports.opening", "probe"},
    "errors": set(),
    "version": set(),
    "settings": {"errors"},
    "records": {"errors"},
    "schema": {"errors", "records"},
    "config": {"errors"},
    "lowpass": {"errors", "records"},
    "theme": set(),
    "data": BASE,
    "nets": BASE,
    "training": BASE | {"data", "nets"},
    "instruments": BASE | MACHINES | INSTRUMENT | {"theme"},
    "experiments": BASE | MACHINES | INSTRUMENT | EXPERIMENT | {"theme", "instruments.catalogue"},
    "runs": BASE | {"experiments.base"} | CONFIGS,
    # A worker in somebody else's process, with one network to look at.
    "probe": BASE | MACHINES | INSTRUMENT | CONFIGS | {"runs", "experiments.probe.config"},
    "studies": BASE | {"theme", "runs", "training.speed"} | CONFIGS,
    # A chapter stands above the instruments and experiments that it is about.
    "chapters": BASE | CURVES | {"studies", "runs", "experiments", "instruments"},
    "exports": BASE | {"runs"} | CONFIGS,
    "web": BASE | {"lowpass.frequency", "theme", "runs", "exports"} | CONFIGS,
    "ui": BASE
    | CURVES
    | CONFIGS
    | {"data.places", "theme", "runs", "studies", "chapters.catalogue", "exports", "web"},
    # The page and the verb show of a sweep of depths what its chapter finds.
    "ui.sweep_depth": BASE | {"runs", "studies", "chapters", "ui"},
    "cli.sweep": BASE | {"runs", "studies", "chapters", "exports"} | CONFIGS,
    "cli": BASE | {"lowpass", "runs", "studies", "chapters.catalogue", "exports"} | CONFIGS,
    "__main__": {"cli"},
}
SLICED = ("instruments", "experiments", "chapters")

# Libraries that may be imported in these modules, and in what stands below them ("app": app.py
# and pages/); nowhere else.
ONLY_IN = {
    "streamlit": ("ui", "app"),
    "torch": (
        *("nets", "training", "data.images", "runs.worker"),
        *("instruments.base", "instruments.snapshot", "instruments.*.measure"),
        *("experiments.*.measure", "experiments.train.subject", "probe"),
    ),
    "torchvision": ("nets", "data.images", "data.download"),
    "cupy": ("lowpass._cuda",),
    "plotly": ("theme", "instruments.*.panels", "experiments.*.panels", "studies.figure", "ui"),
    "xarray": ("exports.arrays", "exports.opening"),
    "h5netcdf": ("exports.arrays",),
    "h5py": ("exports.arrays",),
    "pandas": (),
    "sqlalchemy": ("runs",),
    "starlette": ("web", "app"),
    "pickle": (),
    "cloudpickle": (),
    "dill": (),
    "joblib": (),
    "shelve": (),
    "marshal": (),
}

# What the dashboard's process loads; none of it may bring torch or CUDA along.
DASHBOARD = (
    *("ui", "web", "exports", "chapters", "studies", "schema", "theme", "config"),
    *("runs.store", "runs.dispatcher", "experiments.catalogue", "experiments.reading"),
    *("training.learning", "training.speed", "training.schedules"),
    *(f"{sort}.*.{part}" for sort in SLICED for part in ("config", "schema", "panels")),
)

# Where a slug may stand beside its own folder and its catalogue: where the story is told, and
# where settings of older versions are brought to today's form.
TELLERS = ("chapters", "config.migrations")
# "train" is also what the training half of a data set is called, here and in torchvision's folders.
HALVES = {
    ("train", name)
    for name in (
        *("data.images", "data.places", "instruments.snapshot", "probe"),
        *("instruments.layers.config", "instruments.layers.measure"),
        *("instruments.spectra.config", "instruments.spectra.measure"),
        *("instruments.output.measure", "instruments.output.schema"),
        *("instruments.embedding.config", "instruments.embedding.measure"),
        *("instruments.filtering.config", "instruments.filtering.measure"),
    )
} | {("output", "instruments.layers.schema")}  # what the last weights make
HTML = {"output"}  # also the name of an element

REQUIRED = [
    "app.py",
    "pages",
    "requirements.txt",
    "requirements-dev.txt",
    "Makefile",
    "Dockerfile",
    "README.md",
    "LICENSE",
    ".ci/run",
    ".streamlit/config.toml",
    *(f"{PACKAGE}/{name}.py" for name in ("errors", "records", "theme", "__main__")),
    *(
        f"{PACKAGE}/{name}"
        for name in (
            *("config", "data", "nets", "lowpass", "training", "experiments"),
            *("schema", "instruments", "runs", "studies", "chapters", "exports"),
            *("ui", "web", "cli"),
        )
    ),
    *(f"tests/{name}" for name in ("reference", "unit", "properties", "gpu", "ui", "browser")),
]


def sources() -> dict[str, Path]:
    """Every Python file of the product by its dotted name below the package, or "app…"."""
    found = {}
    for path in sorted((ROOT / PACKAGE).rglob("*.py")):
        parts = path.relative_to(ROOT / PACKAGE).with_suffix("").parts
        found[".".join(parts).removesuffix("__init__").removesuffix(".")] = path
    for path in [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]:
        if path.exists():
            found[".".join(["app", *path.relative_to(ROOT).with_suffix("").parts])] = path
    return found


SOURCES = sources()


def imports(name: str, path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, anywhere in it, as an absolute name with its line.

    `from a import b` counts as a.b: whether b is a module or a name in one, the rule is the same.
    """
    package = [PACKAGE, *name.split(".")] if name else [PACKAGE]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                depth = len(package) - node.level + (path.name == "__init__.py")
                base = ".".join([*package[:depth], *filter(None, [node.module])])
            yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


def is_in(module: str, part: str) -> bool:
    """Whether a module is a part or stands below it; `*` in a part is any name."""
    return fnmatchcase(module, part) or fnmatchcase(module, f"{part}.*")


def allowed(name: str) -> set[str]:
    """The parts that a module may import."""
    if is_in(name, "app"):
        return BASE | {"runs", "ui", "web", "chapters.catalogue", "studies"}
    part = max((part for part in MAY_IMPORT if part == "" or is_in(name, part)), key=len)
    if part == "" and name != "":
        raise AssertionError(f"{name}: a new part; give it its line in MAY_IMPORT")
    own = name.split(".")[: 2 if name.split(".")[0] in SLICED else 1]
    return MAY_IMPORT[part] | {".".join(own)}


@pytest.mark.parametrize("path", REQUIRED)
def test_the_layout_is_there(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", SOURCES)
def test_imports_point_downwards(name):
    parts = allowed(name)
    wrong = []
    for module, line in imports(name, SOURCES[name]):
        if not is_in(module, PACKAGE):
            continue
        inner = module.removeprefix(PACKAGE).removeprefix(".")
        if inner.split(".")[0] not in {known.split(".")[0] for known in SOURCES}:
            # `from deepfreq_core import ratio_curve`: a name the package passes on.
            inner = "version" if inner == "__version__" else "lowpass"
        if not any(is_in(inner, part) or is_in(part, inner) for part in parts):
            wrong.append(f"{SOURCES[name].relative_to(ROOT)}:{line} imports {module}")
    assert not wrong


@pytest.mark.parametrize("name", SOURCES)
def test_each_library_stays_in_its_room(name):
    wrong = [
        f"{SOURCES[name].relative_to(ROOT)}:{line} imports {module}"
        for module, line in imports(name, SOURCES[name])
        for library, rooms in ONLY_IN.items()
        if is_in(module, library) and not any(is_in(name, room) for room in rooms)
    ]
    assert not wrong


def slugs() -> dict[str, str]:
    """Every instrument, experiment and chapter by its slug: its package, dotted."""
    of_chapters = [path.parent for path in (ROOT / PACKAGE / "chapters").glob("*/__init__.py")]
    found = {folder.name: f"{PACKAGE}.chapters.{folder.name}" for folder in of_chapters}
    found |= EXPERIMENTS | INSTRUMENTS
    return {slug: package.removeprefix(f"{PACKAGE}.") for slug, package in found.items()}


SLUGS = slugs()


def names_slug(text: str, slug: str, package: str) -> bool:
    """Whether a string speaks of this slice: its slug, an array of it, its settings, its folder."""
    spoken_of = re.search(rf"\b{re.escape(package)}\b", text) is not None
    return text == slug or text.startswith(f"{slug}/") or spoken_of


@pytest.mark.parametrize("name", SOURCES)
def test_no_slug_is_known_outside_its_folder_and_its_catalogue(name):
    found = [
        (slug, node.lineno)
        for node in ast.walk(ast.parse(SOURCES[name].read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for slug, package in SLUGS.items()
        if names_slug(node.value, slug, package)
        and not any(
            is_in(name, home)
            for home in (package, f"{package.partition('.')[0]}.catalogue", *TELLERS)
        )
        and (slug, name) not in HALVES
    ]
    assert not found


def test_the_browser_knows_no_slug():
    for path in (ROOT / PACKAGE / "ui" / "live_chart").glob("*.js"):
        text = path.read_text("utf-8")
        for slug in SLUGS.keys() - HTML:
            assert not re.search(rf"""["'`]{slug}["'`/]""", text), f"{path.name} knows {slug}"


def test_every_exception_is_needed():
    """An exception that nothing needs any more would let the next mistake pass."""
    for slug, name in HALVES:
        assert f'"{slug}"' in SOURCES[name].read_text("utf-8"), name


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_unsafe_and_nothing_endless(name):
    text = SOURCES[name].read_text("utf-8")
    assert text.count("\n") <= MAX_LINES
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"eval", "exec", "compile", "os.system"}, f"line {node.lineno}"
            for keyword in node.keywords:
                given = ast.unparse(keyword.value)
                assert (keyword.arg, given) not in {
                    ("unsafe_allow_html", "True"),
                    ("allow_pickle", "True"),
                    ("weights_only", "False"),
                    ("shell", "True"),
                }, f"line {node.lineno}"


def loaded_after(statement: str) -> set[str]:
    """Top-level modules in `sys.modules` of a fresh interpreter after one statement."""
    program = f"import sys\n{statement}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


TORCH = {"torch", "torchvision", "cupy"}
ARRAYS = {"xarray", "pandas", "h5netcdf"}  # each takes a second


def test_the_dashboard_loads_neither_torch_nor_labelled_arrays():
    names = [
        f"{PACKAGE}.{name}" if name else PACKAGE
        for name in SOURCES
        if any(is_in(name, part) for part in DASHBOARD)
    ]
    assert f"{PACKAGE}.instruments.layers.panels" in names
    loaded = loaded_after(f"import {', '.join(names)}")
    assert "streamlit" in loaded
    assert not loaded & (TORCH | ARRAYS)


def test_presets_are_listed_with_little_loaded():
    loaded = loaded_after(
        "import contextlib, io\n"
        "from deepfreq_core.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['presets', '--json'])"
    )
    assert not loaded & (TORCH | ARRAYS | {"plotly", "streamlit", "numba", "sqlalchemy", "scipy"})


def test_the_rule_itself_can_fail(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text("def f():\n    from ..runs import store\n    import torch.nn as nn\n")
    assert list(imports("lowpass.wrong", file)) == [
        ("deepfreq_core.runs.store", 2),
        ("torch.nn", 3),
    ]
    assert not any(is_in("runs.store", part) for part in allowed("lowpass.wrong"))
    assert not any(is_in("experiments.decay.config", part) for part in allowed("runs.store"))
    # Slices do not know each other, nor does a catalogue import one.
    for stranger in ("instruments.spectra.schema", "instruments.catalogue", "instruments.base"):
        assert not any(is_in("instruments.layers.order", part) for part in allowed(stranger))
    layers = SLUGS["layers"]
    for text in ("layers", "layers/lfr", "instruments.layers.n_grid", "a.instruments.layers"):
        assert names_slug(text, "layers", layers)
    for text in ("layers 1 to 5", "hidden layers", "instruments.layers2", "n_layers"):
        assert not names_slug(text, "layers", layers)

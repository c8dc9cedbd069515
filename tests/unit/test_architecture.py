"""Who may import whom: downwards only, and no torch in the dashboard's process."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "deepfreq_core"
MAX_LINES = 400  # the aim is 250; beyond 400 a module is two modules

# Who may import which parts of the package. The longest prefix of a module's name decides; a part
# may always import itself. Lower lines know nothing of higher ones.
BASE = {"errors", "records", "config", "settings", "version"}
WEB = {"runs.store", "runs.dispatcher", "runs.state", "experiments.catalog"}
FORM = {"experiments.sweep", "data.places"}  # what can be started, and on which data
MAY_IMPORT = {
    "": {"spectrum", "version"},
    "errors": set(),
    "version": set(),
    "settings": {"errors"},
    "records": {"errors"},
    "config": {"errors"},
    "analysis": {"errors", "records"},
    "spectrum": {"errors", "records", "config"},
    "data": BASE,
    "nets": BASE,
    "training": BASE | {"data", "nets", "spectrum"},
    "experiments": BASE | {"analysis", "data", "nets", "spectrum", "training"},
    "experiments.catalog": BASE | {"experiments"},
    "runs": BASE | {"runs"},
    "runs.worker": BASE | {"runs", "experiments"},
    "claims": BASE | {"analysis", "experiments", "spectrum"},
    "claims.runs": BASE | {"runs", "experiments.sweep"},
    "sweeps": BASE | {"analysis", "experiments.catalog", "experiments.sweep"},
    "sweeps.runs": BASE | {"analysis", "runs", "experiments.sweep"},
    "figures": {"errors", "records", "settings", "analysis"},
    "web": BASE | WEB | {"runs", "analysis", "claims"},
    "ui": BASE
    | WEB
    | FORM
    | {"runs", "analysis", "claims", "sweeps", "figures", "spectrum", "web"},
    "cli": BASE
    | {"runs", "analysis", "claims", "sweeps", "experiments.catalog", "spectrum", "web"}
    | {"figures.words"},
    "__main__": {"cli"},
}

# Libraries that may be imported in these parts and nowhere else ("app": app.py and pages/).
ONLY_IN = {
    "streamlit": ("ui", "app"),
    "torch": ("nets", "training", "experiments", "data.images", "runs.worker", "runs.launch"),
    "torchvision": ("nets", "data.images", "data.download"),
    "cupy": ("spectrum._cuda",),
    "plotly": ("figures", "ui"),
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
    *("ui", "web", "figures", "analysis", "claims", "sweeps"),
    *("runs.store", "runs.dispatcher", "config", "experiments.catalog"),
)

REQUIRED = [
    "app.py",
    "pages",
    "assets/presets",
    "requirements.txt",
    "requirements-dev.txt",
    "Makefile",
    "Dockerfile",
    "README.md",
    "LICENSE",
    ".ci/run",
    ".streamlit/config.toml",
    *(f"{PACKAGE}/{name}.py" for name in ("errors", "records", "__main__")),
    *(
        f"{PACKAGE}/{name}"
        for name in (
            *("config", "data", "nets", "spectrum", "training", "experiments"),
            *("runs", "figures", "ui", "web", "cli"),
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
    return module == part or module.startswith(f"{part}.")


def allowed(name: str) -> set[str]:
    """The parts that a module may import."""
    if is_in(name, "app"):
        return BASE | WEB | {"runs", "ui", "web", "figures", "analysis", "claims"}
    part = max((part for part in MAY_IMPORT if part == "" or is_in(name, part)), key=len)
    if part == "" and name != "":
        raise AssertionError(f"{name}: a new part; give it its line in MAY_IMPORT")
    return MAY_IMPORT[part] | {name.split(".")[0]}


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
            inner = "version" if inner == "__version__" else "spectrum"
        if not any(is_in(inner, part) or is_in(part, inner) for part in parts):
            wrong.append(f"{SOURCES[name].relative_to(ROOT)}:{line} imports {module}")
    assert not wrong


@pytest.mark.parametrize("name", SOURCES)
def test_each_library_stays_in_its_room(name):
    wrong = [
        f"{SOURCES[name].relative_to(ROOT)}:{line} imports {module}"
        for module, line in imports(name, SOURCES[name])
        for library, rooms in ONLY_IN.items()
        if is_in(module, library) and not any(name.startswith(room) for room in rooms)
    ]
    assert not wrong


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


def test_the_dashboard_loads_neither_torch_nor_cuda():
    names = [
        f"{PACKAGE}.{name}" if name else PACKAGE
        for name in SOURCES
        if any(is_in(name, part) for part in DASHBOARD)
    ]
    loaded = loaded_after(f"import {', '.join(names)}")
    assert "streamlit" in loaded
    assert not loaded & {"torch", "torchvision", "cupy"}


def test_the_command_line_loads_no_torch_before_it_trains():
    loaded = loaded_after(
        "import contextlib, io\n"
        "from deepfreq_core.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['presets', '--json'])"
    )
    assert not loaded & {"torch", "torchvision", "cupy", "streamlit", "numba", "sqlalchemy"}


def test_the_rule_itself_can_fail(tmp_path):
    file = tmp_path / "wrong.py"
    file.write_text("def f():\n    from ..runs import store\n    import torch.nn as nn\n")
    assert list(imports("spectrum.wrong", file)) == [
        ("deepfreq_core.runs.store", 2),
        ("torch.nn", 3),
    ]
    assert not any(is_in("runs.store", part) for part in allowed("spectrum.wrong"))

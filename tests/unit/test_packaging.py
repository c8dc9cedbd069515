"""What ships: Dockerfile, Makefile, requirements, README. Checked by reading, all of it."""

import ast
import importlib.metadata
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deepfreq_core import cli, settings

ROOT = Path(__file__).resolve().parents[2]
# Imported, but pinned by who needs it: library -> the requirement that brings it.
BROUGHT_ALONG = {
    "starlette": "streamlit",
    "packaging": "streamlit",
    "llvmlite": "numba",
}
DISTRIBUTION = {"sklearn": "scikit-learn", "cupy": "cupy-cuda13x", "PIL": "pillow"}


def read(path):
    return (ROOT / path).read_text("utf-8")


def instructions():
    """Every instruction of the Dockerfile with what stands behind it, on one line each."""
    lines = [line for line in read("Dockerfile").splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


def instruction(name):
    found = [text for key, text in instructions() if key == name]
    assert len(found) == 1, f"{name} stands {len(found)} times"
    return found[0]


def environment():
    return dict(re.findall(r"(\w+)=(\S+)", instruction("ENV")))


# --- the image ------------------------------------------------------------------------------


def test_the_base_is_a_slim_python_that_is_new_enough():
    version = re.fullmatch(r"python:3\.(\d+)-slim", instruction("FROM"))
    assert int(version[1]) >= 11


def test_all_that_is_copied_is_there_and_not_ignored():
    rules = [
        line.rstrip("/")
        for line in read(".dockerignore").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    kept = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    copied = set()
    for name, text in instructions():
        if name == "COPY":
            *sources, _ = text.split()
            copied.update(sources)
    names = {source.removeprefix("./") for source in copied}
    assert names == kept
    for name in names:
        assert (ROOT / name).exists(), name


def test_the_image_command_is_one_that_the_command_line_takes():
    command = json.loads(instruction("CMD"))
    assert command[:3] == ["python", "-m", "deepfreq_core"]
    options = cli.parse(command[3:])
    assert options.verb == "serve"
    assert options.host == "0.0.0.0"
    assert instruction("EXPOSE") == str(options.port)
    assert json.loads(instruction("ENTRYPOINT"))[0] in " ".join(
        text for name, text in instructions() if name == "RUN" and "apt-get install" in text
    )


def test_the_health_check_asks_a_route_that_is_there():
    check = instruction("HEALTHCHECK")
    program = json.loads(check[check.index("[") :])
    assert program[:2] == ["python", "-c"]
    port, route = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)'", program[2]).groups()
    compile(program[2], "HEALTHCHECK", "exec")
    assert port == instruction("EXPOSE")
    routes = "".join(path.read_text("utf-8") for path in (ROOT / "deepfreq_core/web").glob("*.py"))
    assert f'"{route}"' in routes


def test_the_image_runs_as_nobody_special_with_its_data_in_the_volume():
    user = instruction("USER")
    assert user not in {"root", "0"}
    assert any(f"useradd --create-home --uid 1000 {user}" in text for _, text in instructions())
    names = [name for name, _ in instructions()]
    assert "RUN" not in names[names.index("USER") :]
    volume = instruction("VOLUME")
    values = environment()
    assert values["DEEPFREQ_HOME"] == volume
    for cache in ("NUMBA_CACHE_DIR", "CUPY_CACHE_DIR"):
        assert values[cache].startswith(f"{volume}/")
    source = Path(settings.__file__).read_text("utf-8")
    for name in values:
        assert not name.startswith("DEEPFREQ_") or f'"{name}"' in source


def test_the_large_layer_does_not_depend_on_our_code():
    steps = [f"{name} {text}" for name, text in instructions()]
    install = next(k for k, step in enumerate(steps) if "pip install" in step)
    copies = [step for step in steps[:install] if step.startswith("COPY")]
    assert copies == ["COPY requirements.txt ./"]


# --- requirements ---------------------------------------------------------------------------


def pins(path):
    lines = [line.partition(" #")[0].strip() for line in read(path).splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


@pytest.mark.parametrize("path", ["requirements.txt", "requirements-dev.txt"])
def test_every_version_is_pinned_and_installed(path):
    for line in pins(path):
        name, version = re.fullmatch(r"([\w.-]+)(?:\[\w+\])?==([\w.]+)(?:;.*)?", line).groups()
        assert importlib.metadata.version(name).partition("+")[0] == version


def test_all_that_is_imported_is_required():
    required = {line.partition("==")[0].lower() for line in pins("requirements.txt")}
    sources = [ROOT / "app.py", *(ROOT / "pages").glob("*.py")]
    sources += (ROOT / "deepfreq_core").rglob("*.py")
    imported = set()
    for path in filter(Path.exists, sources):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.split(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"deepfreq_core"}
    names = {BROUGHT_ALONG.get(name, DISTRIBUTION.get(name, name)).lower() for name in foreign}
    assert names <= required


def test_the_package_declares_the_same_requirements():
    """Bounds and pins name the same libraries, and every pin is within its bound."""
    project = tomllib.loads(read("pyproject.toml"))["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *(line for extra in extras.values() for line in extra)]
    bounds = {one.name.lower(): one for one in map(Requirement, declared)}
    pinned = {one.name.lower(): one for one in map(Requirement, pins("requirements.txt"))}
    assert set(bounds) == set(pinned)
    for name, bound in bounds.items():
        (version,) = (specifier.version for specifier in pinned[name].specifier)
        assert bound.specifier.contains(version), name
        assert [specifier.operator for specifier in bound.specifier] == [">="], name
        assert (bound.extras, bound.marker) == (pinned[name].extras, pinned[name].marker), name
    module, _, name = project["scripts"]["deepfreq"].partition(":")
    assert callable(getattr(sys.modules[module], name))
    assert project["license"] == "MIT"


def test_no_registry_and_no_machine_path_is_written_down():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    texts = {".md", ".txt", ".toml", ".py", ".cfg", ".yaml", ".yml", "", ".sh", ".json"}
    # Written in pieces, so that this file does not find itself.
    words = ["--index" + "-url", "/ro" + "ot/", "/wo" + "rk/"]
    for line in listed.stdout.splitlines():
        path = ROOT / line
        if path.suffix in texts and path.is_file() and path.stat().st_size < 500_000:
            text = path.read_text("utf-8", errors="replace")
            assert not [word for word in words if word in text], line


# --- make and CI ----------------------------------------------------------------------------


def test_make_knows_its_targets():
    for target in ("run", "test", "lint", "test-slow", "bench"):
        done = subprocess.run(
            ["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_ci_runs_the_commands_of_the_readme():
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert "make test" in read(".ci/run")
    assert "make lint" in read(".ci/run")
    assert ".ci/browser.py" in read("Makefile")
    assert (ROOT / ".ci/browser.py").exists()


# --- words ----------------------------------------------------------------------------------

PAGES = ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]


def blocks(path):
    """Lines of all fenced code blocks, comments and prompts taken off."""
    text = read(path).replace("\\\n", " ")
    for block in re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S):
        for line in block.splitlines():
            yield line.strip().removeprefix("$ ")


def test_the_readme_begins_with_the_two_commands():
    commands = [line.partition("#")[0].strip() for line in blocks("README.md")]
    assert commands[:2] == ["make run", "make test"]


@pytest.mark.parametrize("path", PAGES)
def test_every_command_in_the_docs_can_be_typed(path):
    for line in blocks(path):
        found = re.search(r"(?:^|/)(?:deepfreq|python3? -m deepfreq_core)( .*)$", line)
        if found and not line.startswith(("docker", "#")):
            words = shlex.split(found[1], comments=True)
            words = [word for word in words[: (words + ["|"]).index("|")] if word != "&"]
            if ">" in words:
                words = words[: words.index(">")]
            cli.parse(words)


@pytest.mark.parametrize("path", PAGES)
def test_every_link_in_the_docs_leads_somewhere(path):
    for target in re.findall(r"\]\(([^)\s]+)\)", read(path)):
        if not fnmatch(target, "*://*"):
            file = (ROOT / path).parent / target.partition("#")[0]
            assert file.exists(), f"{path} points to {target}"


def test_the_licence_is_mit():
    assert read("LICENSE").startswith("MIT License")
    assert "DeepFreq authors" in read("LICENSE")

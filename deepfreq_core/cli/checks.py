"""What the doctor looks at, one function a question.

Whatever may crash an interpreter or holds a GPU (torch, CuPy) is asked in a process of its own.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from deepfreq_core import settings
from deepfreq_core.errors import DeepFreqError
from deepfreq_core.runs.capacity import capacity, gpus, n_cores

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LITTLE_SPACE = 1_000_000_000  # bytes; MNIST with its archives and a hundred runs fit in less
_INSTALL = "Install them: make run, or pip install -r requirements.txt"

# What pyproject.toml leaves to extras: its name there -> the extra
_EXTRAS = {"cupy-cuda13x": "cuda", "psycopg": "postgres"}

# Folder in torchvision's layout -> name in the config
_IMAGE_FOLDERS = {
    "MNIST/raw": "mnist",
    "FashionMNIST/raw": "fashion_mnist",
    "cifar-10-batches-py": "cifar10",
}

_TORCH_PROBE = """
import json, torch
gpus = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
print(json.dumps({"cuda": torch.version.cuda, "usable": torch.cuda.is_available(), "gpus": gpus}))
"""
_CUPY_PROBE = """
import json, cupy
print(json.dumps({"nvrtc": list(cupy.cuda.nvrtc.getVersion()), "usable": cupy.is_available()}))
"""


class Level(StrEnum):
    """How a check came out."""

    OK = "ok"
    NOTE = "note"  # works, but worth knowing
    PROBLEM = "problem"  # something will not work


@dataclass(frozen=True, slots=True)
class Check:
    """One answer.

    Attributes:
        name: What was looked at.
        level: How it came out.
        found: What is there.
        advice: What to do about it; empty where nothing needs doing.
    """

    name: str
    level: Level
    found: str
    advice: str = ""


def all_checks() -> Iterator[Check]:
    """Every check, each done when it is asked for.

    Yields:
        Answers, the basic ones first.
    """
    yield python()
    yield packages()
    yield cpu()
    yield from gpu()
    yield filter_backends()
    yield data_folder()
    yield from database()
    yield image_data()
    yield browser()


def python() -> Check:
    """Which interpreter is this? An old one would not have come this far."""
    return Check("python", Level.OK, f"{platform.python_version()} ({sys.executable})")


def packages(requirements: Path | None = None) -> Check:
    """Are the pinned versions installed?"""
    path = requirements or settings.project() / "requirements.txt"
    if not path.is_file():
        return Check(
            "packages", Level.NOTE, "no requirements.txt beside the package to compare with"
        )
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    pins = [pin for pin in map(Requirement, filter(None, lines)) if _applies(pin)]
    missing, other = [], []
    for pin in pins:
        try:
            installed = importlib.metadata.version(pin.name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(pin.name)
            continue
        if installed not in pin.specifier:
            other.append(f"{pin.name} {installed} (pinned: {pin.specifier})")
    if set(missing) - set(_EXTRAS):
        return Check("packages", Level.PROBLEM, f"missing: {', '.join(missing)}", _INSTALL)
    if missing:
        extras = ",".join(_EXTRAS[name] for name in missing)
        advice = f"For a GPU, or PostgreSQL: pip install 'deepfreq[{extras}]'"
        return Check("packages", Level.NOTE, f"not here: {', '.join(missing)}", advice)
    if other:
        return Check("packages", Level.NOTE, ", ".join(other), f"Tried were the pins. {_INSTALL}")
    return Check("packages", Level.OK, f"all {len(pins)} at their pinned versions")


def _applies(pin: Requirement) -> bool:
    return pin.marker is None or pin.marker.evaluate()


def cpu() -> Check:
    """How many cores may be used, and how many runs go at a time?"""
    try:
        capable = capacity()
    except DeepFreqError as error:
        return Check("cpu", Level.PROBLEM, str(error))
    cores = f"{n_cores()} of {os.cpu_count()} cores, {platform.machine()}"
    plan = f"runs at a time: {capable.slots}, threads each: {capable.threads}"
    return Check("cpu", Level.OK, f"{cores}; {plan}")


def gpu() -> Iterator[Check]:
    """Is there a GPU, and can torch and CuPy use it?

    Yields:
        One check for each of the two.
    """
    has_driver = bool(gpus()) or shutil.which("nvidia-smi") is not None
    torch = _probe(_TORCH_PROBE)
    if isinstance(torch, str):
        yield Check("torch", Level.PROBLEM, torch, _INSTALL)
    elif torch["usable"]:
        yield Check("torch", Level.OK, f"CUDA {torch['cuda']}, {', '.join(torch['gpus'])}")
    elif has_driver and torch["cuda"]:
        yield Check(
            "torch",
            Level.PROBLEM,
            f"a GPU driver is here, but torch (CUDA {torch['cuda']}) cannot use it",
            "Update the driver to one for this CUDA, or start the container with --gpus all",
        )
    else:
        yield Check("torch", Level.OK, "no GPU here: runs use the CPU")
    cupy = _probe(_CUPY_PROBE)
    if isinstance(cupy, str):
        yield Check("cupy", Level.PROBLEM if has_driver else Level.NOTE, cupy, _INSTALL)
    else:
        version = ".".join(map(str, cupy["nvrtc"]))
        use = "uses the GPU" if cupy["usable"] else "no GPU to use"
        yield Check("cupy", Level.OK, f"NVRTC {version}, {use}")


def _probe(program: str) -> dict[str, Any] | str:
    """What a program prints as JSON, or the last line of its complaint."""
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "gave no answer within two minutes"
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        return said[-1] if said else f"ended with status {done.returncode}"
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def filter_backends() -> Check:
    """Which backends of the filter are there?"""
    from deepfreq_core.lowpass import available_backends, resolve_backend

    names = list(available_backends())
    return Check("filter", Level.OK, f"{', '.join(names)}; auto takes {resolve_backend('auto')}")


def data_folder() -> Check:
    """Can the data folder be written, and is there room?"""
    advice = "Set DEEPFREQ_HOME to a folder that can be written"
    try:
        home = settings.home()
        with tempfile.TemporaryFile(dir=home):
            free = shutil.disk_usage(home).free
    except (DeepFreqError, OSError) as error:
        return Check("data folder", Level.PROBLEM, str(error), advice)
    found = f"{home}, {free / 1e9:.0f} GB free"
    if free < _LITTLE_SPACE:
        return Check("data folder", Level.NOTE, found, f"Make room, or: {advice}")
    return Check("data folder", Level.OK, found)


def database() -> Iterator[Check]:
    """Does the run store answer, and is its dispatcher alive?

    Yields:
        The store, then the dispatcher where the store answers.
    """
    try:
        from deepfreq_core.runs.store import RunStore

        url = re.sub(r"//[^/@]*@", "//…@", settings.database_url())  # no password on a screen
        store = RunStore()
        waiting, status = store.queue_length(), store.dispatcher_status()
    except (DeepFreqError, OSError) as error:
        yield Check(
            "run store", Level.PROBLEM, str(error), "Check DEEPFREQ_DATABASE_URL and DEEPFREQ_HOME"
        )
        return
    yield Check("run store", Level.OK, f"{url}, {waiting} waiting")
    if status.is_alive:
        yield Check("dispatcher", Level.OK, f"alive, {status.slots} runs at a time")
    else:
        found = "not running" if status.age_s is None else f"silent for {status.age_s:.0f} s"
        yield Check("dispatcher", Level.NOTE, found, "It starts with: deepfreq serve")


def image_data() -> Check:
    """Which image data sets are on this machine?"""
    try:
        roots = dict.fromkeys((settings.data_root(), settings.home() / "data"))
    except DeepFreqError as error:
        return Check("data sets", Level.PROBLEM, str(error))
    found = [
        name
        for folder, name in _IMAGE_FOLDERS.items()
        if any((root / folder).is_dir() for root in roots)
    ]
    there = ", ".join(["digits", "cosines", *found])
    missing = [name for name in _IMAGE_FOLDERS.values() if name not in found]
    if not missing:
        return Check("data sets", Level.OK, there)
    return Check(
        "data sets",
        Level.NOTE,
        f"{there}; not here: {', '.join(missing)}",
        "They are downloaded when a run first asks; without a network set DEEPFREQ_DATA",
    )


def browser() -> Check:
    """Is there a Chromium for the browser tests?"""
    installed = filter(None, map(shutil.which, CHROMIUMS))
    path = os.environ.get("CHROMIUM") or next(installed, None)
    if path is None:
        return Check(
            "chromium", Level.NOTE, "none installed", "Only tests need it: make test sees to it"
        )
    return Check("chromium", Level.OK, path)

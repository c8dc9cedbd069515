"""What is built is whole: installed elsewhere, without the checkout, it runs and serves.

Nothing is downloaded: the wheel is built with the setuptools that is here and installed without
what it depends on, which is found where it is.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("deepfreq_core", "pages", "assets", ".streamlit")
OFFLINE = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
LONGEST_S = 240  # a busy machine is slow; nothing here waits that long where all is well


def run(*command: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=cwd,
        env=environment or None,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy: a build leaves folders in what it builds."""
    tmp = tmp_path_factory.mktemp("wheel")
    copy = tmp / "checkout"
    copy.mkdir()
    for name in NEEDED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy(path, copy)
    build = ("-m", "pip", "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", str(tmp), ".")
    run(*build, cwd=copy)
    (built,) = tmp.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment in which only the installed package is found, and its data folder is empty."""
    tmp = tmp_path_factory.mktemp("installed")
    site = tmp / "site"
    run("-m", "pip", "install", *OFFLINE, "--target", str(site), str(wheel), cwd=tmp)
    return os.environ | {"PYTHONPATH": str(site), "DEEPFREQ_HOME": str(tmp / "home")}


def test_the_wheel_has_all_that_the_checkout_has(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix("deepfreq_core/") for name in archive.namelist()}
    wanted = {"_bundle/app.py", "_bundle/requirements.txt", "_bundle/.streamlit/config.toml"}
    wanted |= {f"_bundle/{path.relative_to(ROOT)}" for path in (ROOT / "pages").glob("*.py")}
    for folder, prefix in ((ROOT / "assets", "_bundle/assets"), (ROOT / "deepfreq_core", "")):
        wanted |= {
            str(Path(prefix, path.relative_to(folder)))
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
    assert wanted <= packed
    assert {name for name in packed - wanted if ".dist-info/" not in name} == set()


def test_from_another_folder_it_runs_a_preset(installed: dict[str, str], tmp_path: Path):
    where = "from deepfreq_core import settings; print(settings.__file__, settings.project())"
    for place in run("-c", where, cwd=tmp_path, **installed).stdout.split():
        assert place.startswith(installed["PYTHONPATH"])
    command = ("-m", "deepfreq_core")
    listed = json.loads(run(*command, "presets", "--json", cwd=tmp_path, **installed).stdout)
    presets = {path.stem for path in (ROOT / "deepfreq_core" / "chapters").glob("*/presets/*.json")}
    assert {one["slug"] for one in listed["presets"]} == presets
    short = ("--set", "training.epochs=1", "--set", "data.n_train=100", "--set", "net.width=8")
    told = run(*command, "run", "digits-demo", *short, "--set", "training.batch_size=50", "--json",
               cwd=tmp_path, **installed)  # fmt: skip
    assert json.loads(told.stdout)["state"] == "done"


def test_from_another_folder_it_serves_its_pages(installed: dict[str, str], tmp_path: Path):
    command = [sys.executable, "-m", "deepfreq_core", "serve", "--port", "0", "--json"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=installed, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            url = json.loads(process.stdout.readline())["url"]
            series = "/api/recorded/digits-demo/series"
            for path, words in (("/", "<title>"), (series, '"layers/lfr"')):
                with urllib.request.urlopen(url + path, timeout=LONGEST_S) as answer:
                    assert words in answer.read().decode()
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(LONGEST_S) == 0
    # A page itself is a script that a websocket asks for: run as Streamlit runs it.
    page = """if True:
        from streamlit.testing.v1 import AppTest
        from deepfreq_core import settings
        at = AppTest.from_file(str(settings.project() / "app.py"), default_timeout=120).run()
        assert not at.exception, at.exception
        print(at.title[0].value)
    """
    assert "deeper networks" in run("-c", page, cwd=tmp_path, **installed).stdout

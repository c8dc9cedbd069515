"""A real Chromium against a real dashboard, both started here, on a data folder of their own.

The browser is the one in CHROMIUM (`make test` finds or installs one), else an installed Chromium
or Chrome, else Playwright's own. Without any, the tests are skipped by name; in CI they fail.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from deepfreq_core.runs.state import Request
from deepfreq_core.runs.store import RunStore

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = [
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--no-first-run", "--disable-gpu", "--disable-quic"),
]
START_S = 60
PATIENCE_MS = 45_000  # for what takes a moment on a free machine and long on a busy one


@dataclass(frozen=True)
class Dashboard:
    url: str
    store: RunStore
    home: Path
    started: dict[str, subprocess.Popen[bytes]]

    @property
    def log(self) -> Path:
        """What the server has written."""
        return self.home / "serve.log"

    def start(self, name: str, *command: str) -> None:
        """A process of the dashboard; its environment is that of every other."""
        with (self.home / f"{name}.log").open("ab") as log:
            self.started[name] = subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=os.environ | {"DEEPFREQ_HOME": str(self.home), "DEEPFREQ_SLOTS": "1"},
                stdout=log,
                stderr=log,
            )

    def serve(self) -> None:
        """Start the server, and wait until it answers."""
        port = self.url.rpartition(":")[2]
        address = ("--server.port", port, "--server.address", "127.0.0.1")
        self.start("serve", "streamlit", "run", "app.py", *address)
        wait_until_up(self.url, self.home / "serve.log")

    def kill_server(self) -> None:
        """End the server without a chance to say goodbye."""
        self.started["serve"].kill()
        self.started["serve"].wait(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    named = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=named, args=arguments)
        except Error as error:
            why = f"no Chromium starts here: {str(error).splitlines()[0]}"
            if os.environ.get("CI") == "true":
                pytest.fail(why)
            pytest.skip(why)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """The dashboard as a person starts it, and its dispatcher; both end with the module."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    store = RunStore(f"sqlite:///{home / 'runs.sqlite'}")
    dashboard = Dashboard(f"http://127.0.0.1:{port}", store, home, {})
    try:
        # Started here, not by the dashboard, so that it is ours to end.
        dashboard.start("dispatcher", "deepfreq_core.runs.dispatcher")
        dashboard.serve()
        yield dashboard
    finally:
        for run in store.list():
            if run.state.is_active:
                store.request(run.id, Request.STOP)
        for process in reversed(dashboard.started.values()):
            process.terminate()
            process.wait(timeout=30)
        store.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a new visitor; errors in the page's script fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems


def wait_until_up(url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        with (
            suppress(OSError),
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"the dashboard did not start:\n{log.read_text('utf-8')}")

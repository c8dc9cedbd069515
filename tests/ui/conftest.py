"""Pages without a browser, on a data folder of their own, with runs in every state."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.launchers.inline import InlineLauncher
from deepfreq_core.runs.state import Run
from deepfreq_core.runs.store import RunStore
from deepfreq_core.ui import owner
from deepfreq_core.web.owner import COOKIE
from tests.rehearsal import rehearsal

ROOT = Path(__file__).resolve().parents[2]
ME = "A" * 32  # an owner id of the form that the web layer gives
TIMEOUT_S = 60  # the first page of a process loads plotly and pandas; a loaded machine is slow


@pytest.fixture(autouse=True)
def cookies(monkeypatch) -> dict[str, str]:
    """What this browser sends: AppTest sends nothing, and a test may change what is sent here."""
    sent = {COOKIE: ME}
    monkeypatch.setattr(owner, "_cookies", lambda: sent)
    return sent


@pytest.fixture(autouse=True)
def _rehearsals(rehearsals):
    """All runs here are rehearsals, or may be."""


@pytest.fixture
def launched(monkeypatch) -> list[bool]:
    """No page starts a real dispatcher; the list grows with every launch."""
    calls: list[bool] = []
    monkeypatch.setattr(dispatcher, "ensure_running", lambda: not calls.append(True))
    return calls


@pytest.fixture
def page(home, launched) -> Callable[..., AppTest]:
    """Opens a page by its file name, with a query string."""
    st.cache_resource.clear()

    def open_page(name: str, **query: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=TIMEOUT_S)
        for key, value in query.items():
            at.query_params[key] = value
        return at.run()

    return open_page


@pytest.fixture
def store(home) -> Iterator[RunStore]:
    store = RunStore()
    yield store
    store.close()


@pytest.fixture
def done(store) -> Run:
    return carry_out(store, "none")


@pytest.fixture
def failed(store) -> Run:
    return carry_out(store, "raise")


@pytest.fixture
def running(store) -> Run:
    run = store.create(rehearsal(steps=5), owner=ME, title="Running one")
    store.start(run.id, worker="test")
    return store.get(run.id)


def carry_out(store: RunStore, fault: str) -> Run:
    config = rehearsal(steps=2, fault=fault)
    run = store.create(config, owner=ME, title=f"One with {fault}")
    InlineLauncher(store).submit(run.id)
    return store.get(run.id)


def view(at: AppTest) -> dict:
    """What the live view on a page was handed."""
    assert not at.exception, at.exception[0].stack_trace
    (element,) = at.get("bidi_component")
    return json.loads(element.proto.json or element.proto.mixed.json)


def button(at: AppTest, key: str):
    """The button whose key starts so; the rest of the key counts the clicks."""
    (found,) = [one for one in at.button if one.key.startswith(key)]
    return found

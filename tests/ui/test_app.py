"""The entry, the about page, and what happens to errors."""

import ast
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from deepfreq_core.runs.errors import StoreUnavailable
from deepfreq_core.runs.store import RunStore
from tests.ui.conftest import ROOT, TIMEOUT_S

PAGES = sorted((ROOT / "pages").glob("*.py"))


def test_the_app_opens_on_the_first_page(home, launched):
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT_S).run()
    assert not at.exception
    assert at.title[0].value == "Why deeper networks learn faster"


def test_about_names_formula_and_sources(page):
    text = page("about").markdown[0].value
    for part in ("LFR", "RDF", "2007.14313", "1901.06523", "our reading", "refuted"):
        assert part in text


def test_our_errors_are_shown_as_they_are(page, monkeypatch):
    def closed(self, **_):
        raise StoreUnavailable("the database does not answer. Try again")

    monkeypatch.setattr(RunStore, "list", closed)
    at = page("runs")
    assert not at.exception
    assert at.error[0].value == "the database does not answer. Try again"


def test_bugs_go_to_the_log_whole(page, monkeypatch, caplog):
    def broken(self, **_):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(RunStore, "list", broken)
    assert page("runs").exception
    assert "ZeroDivisionError" in caplog.text and "run_table.py" in caplog.text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_pages_are_thin(path: Path):
    text = path.read_text("utf-8")
    assert text.count("\n") <= 60
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    assert not names & {"np", "go", "open"}
    assert not any(isinstance(node, ast.Try) for node in ast.walk(ast.parse(text)))

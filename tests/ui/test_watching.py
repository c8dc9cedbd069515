"""Who has no id of ours watches: no page offers anything else, and no trick gets it done."""

import ast
from pathlib import Path

import pytest

from deepfreq_core.runs.errors import NotYours
from deepfreq_core.runs.state import Request, RunState
from deepfreq_core.ui import actions, owner
from deepfreq_core.web.owner import COOKIE
from tests.rehearsal import rehearsal
from tests.ui.conftest import ME, ROOT, view

NOT_OURS = {
    "none": {},
    "the command line's name": {COOKIE: "local"},
    "empty": {COOKIE: ""},
    "somebody's text": {COOKIE: "ada"},
    "too short": {COOKIE: "A" * 31},
    "too long": {COOKIE: "A" * 33},
    "other letters": {COOKIE: "A" * 31 + "."},
    "a line more": {COOKIE: "A" * 32 + "\n"},
}
ACTIONS = {"Run it now", "Launch", "Start together", "Reproduce here"}
PAGES = ("home", "live", "claims", "sweep", "runs")


@pytest.fixture(params=NOT_OURS, ids=lambda name: name.replace(" ", "_"))
def stranger(request, cookies):
    cookies.clear()
    cookies.update(NOT_OURS[request.param])


def test_only_our_own_form_is_an_owner(stranger, store):
    assert owner.current() == owner.NOBODY
    assert not owner.is_mine(store.create(rehearsal()))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_why_nothing_can_be_done(page, cookies, name):
    cookies.clear()
    at = page(name)
    assert not at.exception
    assert sum(owner.WATCH_ONLY in one.value for one in at.caption) == 1
    assert all(one.disabled for one in at.button if one.label in ACTIONS)
    cookies[COOKIE] = ME
    at = at.run()
    assert not any(owner.WATCH_ONLY in one.value for one in at.caption)


@pytest.mark.parametrize("value", ["local", None])
def test_nobody_may_touch_what_the_command_line_launched(page, store, running, cookies, value):
    cookies.clear()
    if value:
        cookies[COOKIE] = value
    mine = store.create(running.config, title="From the command line")
    store.start(mine.id, worker="test")
    at = page("live", run=mine.id)
    assert view(at)["state"] == "running/1"
    of_the_form = ("lab.launch", "lab.use", "lab.reseed")
    assert not [b for b in at.button if not b.key.startswith(of_the_form)]
    assert all(b.disabled for b in at.button)
    assert not [box for box in at.text_input if box.key.startswith("lab.title")]
    for do in (
        lambda: actions._ask(mine.id, Request.STOP),
        lambda: actions._resume(mine.id),
        lambda: actions._delete(mine, "lab.run"),
    ):
        with pytest.raises(NotYours, match="somebody else"):
            do()
    assert store.get(mine.id).state is RunState.RUNNING
    assert store.get(mine.id).request is None


def test_a_launch_that_gets_through_is_refused_with_the_sentence(page, store, cookies, launched):
    at = page("home")
    (button,) = [one for one in at.button if one.key.startswith("home")]
    cookies.clear()  # between the drawing of the button and the click
    at = button.click().run()
    assert store.list() == [] and not launched
    assert owner.WATCH_ONLY in [one.value for one in at.error]


def test_who_watches_sees_everybodys_runs(page, store, running, cookies):
    cookies.clear()
    at = page("runs")
    assert at.dataframe[0].value["owner"].tolist() == ["other"]


def changes(path: Path):
    """Calls in a file that change runs, each with the names of its keywords."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        on = ast.unparse(node.func.value)
        is_store = node.func.attr in {"create", "request", "resume", "rename", "delete"}
        is_many = on.endswith("_runs") and node.func.attr in {"launch", "stop", "resume"}
        if is_many or (is_store and "store" in on):
            yield node, {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}


def test_no_page_changes_a_run_without_saying_who_asks():
    files = [*(ROOT / "deepfreq_core/ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    found = [(path, *one) for path in files for one in changes(path)]
    assert len(found) >= 8
    for path, node, keywords in found:
        who = keywords.get("owner")
        assert who in {"owner.current()", "owner.required()"}, f"{path.name}:{node.lineno}"
        launches = node.func.attr in {"create", "launch"}
        assert not launches or who == "owner.required()", f"{path.name}:{node.lineno}"


def test_the_gate_says_why(cookies):
    cookies.clear()
    with pytest.raises(owner.WatchOnly, match="without a cookie"):
        owner.required()

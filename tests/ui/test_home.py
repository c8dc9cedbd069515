"""The first page: the claim, a recorded run, one button."""

from deepfreq_core.runs.state import Request
from tests.ui.conftest import button, view


def test_empty_shows_the_claim_and_the_recorded_run(page):
    at = page("home")
    assert not at.exception and not at.error
    assert "low frequencies first" in at.markdown[0].value
    data = view(at)
    assert data["source"] == "/api/recorded/digits-demo/series"
    assert data["recorded"] and data["loop"]
    assert not button(at, "home").disabled


def test_run_it_now_launches_the_demo_once_and_shows_it_in_place(page, store, launched):
    at = page("home")
    button(at, "home").click().run()
    (run,) = store.list()
    assert run.preset == "digits-demo" and launched == [True]
    assert view(at)["source"] == f"/api/runs/{run.id}/series"
    assert at.query_params["run"] == run.id
    at.run()  # a stray R, a reconnect
    assert len(store.list()) == 1


def test_a_link_finds_the_run_again(page, running):
    at = page("home", run=running.id)
    assert view(at)["state"] == "running/1"
    assert view(at)["is_active"]
    assert button(at, "home.stop")


def test_stop_asks_the_worker_and_says_so(page, store, running):
    at = page("home", run=running.id)
    button(at, "home.stop").click().run()
    assert store.get(running.id).request is Request.STOP
    assert button(at, "home.stop").disabled


def test_finished_and_failed_runs_are_shown(page, done, failed):
    at = page("home", run=done.id)
    assert view(at)["state"] == "done/1" and not view(at)["is_active"]
    at = page("home", run=failed.id)
    assert view(at)["state"].startswith("failed")
    assert button(at, "home.resume")


def test_a_run_that_is_gone_is_said(page):
    at = page("home", run="aaaaaaaaaa")
    assert "There is no run aaaaaaaaaa" in at.warning[0].value
    assert view(at)["recorded"]


def test_a_run_that_was_deleted_is_said_to_be(page, store, done):
    at = page("home", run=done.id)
    at.checkbox(key="home.sure").check().run()
    button(at, "home.delete").click().run()
    assert [one.value for one in at.success] == ["Deleted “One with none”."]
    assert not at.warning and view(at)["recorded"] and "run" not in at.query_params

"""The table of all runs."""

from deepfreq_core.runs.state import RunState
from tests.ui.conftest import button, view


def test_empty_says_how_to_start(page):
    at = page("runs")
    assert not at.exception
    assert "Run it now" in at.info[0].value


def test_every_state_in_plain_words(page, done, failed, running, store):
    store.create(running.config, title="Waiting one")
    at = page("runs")
    table = at.dataframe[0].value
    assert set(table["state"]) == {"finished", "failed", "running", "waiting"}
    assert set(table["owner"]) == {"mine"}
    finished = table[table["state"] == "finished"].iloc[0]
    assert (finished["progress"], finished["n"]) == (100, 3)


def test_others_runs_are_under_everybodys(page, store, running):
    store.create(running.config, owner="somebody else", title="Theirs")
    at = page("runs")
    assert len(at.dataframe[0].value) == 1
    at.segmented_control(key="runs.whose").set_value("everybody's").run()
    assert sorted(at.dataframe[0].value["owner"]) == ["mine", "other"]


def test_a_chosen_row_shows_its_run_and_its_buttons(page, running, store):
    at = page("runs")
    choose(at, 0)
    assert view(at)["source"] == f"/api/runs/{running.id}/series"
    button(at, "runs.pause").click().run()
    assert store.get(running.id).request == "pause"
    assert store.get(running.id).state is RunState.RUNNING


def test_a_new_run_does_not_shift_the_choice(page, running, store):
    at = page("runs")
    choose(at, 0)
    store.create(running.config, title="Launched meanwhile, now in the first row")
    at.run()
    assert view(at)["source"] == f"/api/runs/{running.id}/series"


def test_a_run_gets_another_title(page, running, store):
    at = page("runs")
    choose(at, 0)
    field = at.text_input(key=f"runs.title.{running.id}")
    assert field.value == "Running one"
    field.set_value("Wider, slower").run()
    assert store.get(running.id).title == "Wider, slower"
    assert at.dataframe[0].value["title"].tolist() == ["Wider, slower"]
    at.text_input(key=f"runs.title.{running.id}").set_value(" ").run()
    assert "at least 1" in at.error[0].value
    assert store.get(running.id).title == "Wider, slower"


def test_only_the_owner_may_change_a_title(page, store, running):
    store.create(running.config, owner="somebody else", title="Theirs")
    at = page("runs")
    at.segmented_control(key="runs.whose").set_value("everybody's").run()
    choose(at, at.dataframe[0].value["title"].tolist().index("Theirs"))
    assert not at.text_input


def test_a_deleted_run_is_said_and_gone_from_the_table(page, store, done, failed):
    at = page("runs")
    choose(at, 0)
    at.checkbox(key="runs.sure").check().run()
    button(at, "runs.delete").click().run()
    assert len(store.list()) == 1 == len(at.dataframe[0].value)
    assert at.success[0].value.startswith("Deleted") and not at.get("bidi_component")


def choose(at, row):
    at.session_state["runs.table"] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    at.run()

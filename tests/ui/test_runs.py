"""The table of all runs."""

import streamlit as st
from streamlit.testing.v1 import AppTest

from deepfreq_core.chapters import catalogue
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import RunState
from tests.ui.conftest import ME, ROOT, TIMEOUT_S, button, view


def test_empty_says_how_to_start(page):
    at = page("runs")
    assert not at.exception
    assert "Run it now" in at.info[0].value


def test_every_state_in_plain_words(page, done, failed, running, store):
    store.create(running.config, owner=ME, title="Waiting one")
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
    title = "Launched meanwhile, now in the first row"
    store.create(running.config, owner=ME, title=title)
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


def test_a_run_says_what_it_was_made_with_and_fills_the_form(page, store, monkeypatch):
    went = []
    monkeypatch.setattr(st, "switch_page", went.append)
    demo = catalogue.preset("digits-demo").config
    changes = ["net.depth=3", "net.activation=relu", "seed=5", "data.name=mnist"]
    config = reading.override(demo, changes)
    run = store.create(config, owner=ME, preset="digits-demo", title="Changed")
    store.start(run.id, worker="w")
    facts = {"device_name": "a processor", "threads": 2, "versions": {"torch": "2.9"}}
    store.append(run.id, Measurement(0, {}, {}, {}, facts), worker="w")
    at = page("runs")
    choose(at, 0)
    (said,) = [one.value for one in at.caption if one.value.startswith("Preset")]
    said = said.replace("\\", "")
    assert "depth 3 instead of 5, activation ReLU instead of tanh" in said
    assert "data MNIST instead of Handwritten digits" in said and "seed 5 instead of 0" in said
    assert "training samples" not in said  # that many are what MNIST starts from
    (settings,) = [one.value for one in at.markdown if one.value.startswith("| Setting")]
    for row in ("| Depth | **3** | 5 |", "| Width | 200 | |", "| Seed | **5** | 0 |"):
        assert row in settings
    assert any("a processor, 2 threads" in one.value.replace("\\", "") for one in at.caption)
    button(at, "runs.reseed").click().run()
    assert went == ["pages/live.py"]
    lab = page_after(at, "live")
    assert lab.number_input(key="lab.net.depth").value == 3
    assert lab.selectbox(key="lab.data.name").value == "mnist"
    assert lab.number_input(key="lab.seed").value == 6
    assert lab.query_params["run"] == run.id and view(lab)["source"].endswith(f"{run.id}/series")
    lab.number_input(key="lab.net.depth").set_value(7).run()
    button(lab, "lab.use").click().run()
    assert lab.number_input(key="lab.net.depth").value == 3
    assert lab.number_input(key="lab.seed").value == 5
    assert not lab.exception


def test_an_unchanged_preset_is_named(page, store):
    preset = catalogue.preset("mnist-paper")
    store.create(preset.config, owner=ME, preset=preset.slug, title="As it was")
    at = page("runs")
    choose(at, 0)
    (said,) = [one.value for one in at.caption if one.value.startswith("Preset")]
    assert said.endswith("unchanged")


def page_after(at, name):
    """Another page in the same session, as `st.switch_page` opens it."""
    to = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=TIMEOUT_S)
    for key in ("lab.run", "lab.wanted"):
        to.session_state[key] = at.session_state[key]
    return to.run()

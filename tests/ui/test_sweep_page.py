"""Sweeps: the form and what it refuses, a sweep under way, done, failed, somebody else's, links."""

import json

import numpy as np
import pytest

from deepfreq_core.chapters.catalogue import preset
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import RunState
from deepfreq_core.studies import records, sweep_plan, sweep_runs
from tests.ui.conftest import ME, button

GRID = np.linspace(0.0, 40.0, 101)


def launch(store, *, done: int = 0, failed: int = 0, owner: str = ME) -> str:
    """A sweep of two depths and two seeds, some of its runs over."""
    return start(
        store,
        "digits-demo",
        ("net.depth", ["1", "2"]),
        owner=owner,
        done=done,
        failed=failed,
        is_depth=True,
        target=0.03,
        epochs=50,
    )


def start(
    store, slug, *varied, n_seeds=2, owner=ME, done=0, failed=0, is_depth=False, changes=(), **ends
) -> str:
    """A sweep of these settings; depth and loss make up what its finished runs measured."""
    base = reading.override(preset(slug).config, changes)
    named = [sweep_plan.vary(path, values, base) for path, values in varied]
    planned = sweep_plan.plan(base, named, n_seeds=n_seeds, **ends)
    sweep_id = sweep_runs.launch(
        store, planned, owner=owner, preset=slug, title="A sweep", is_depth=is_depth
    )
    for i, run in enumerate(sweep_runs.find(store, sweep_id).runs[: done + failed]):
        store.start(run.id, worker="w")
        if i >= done:
            store.finish(run.id, RunState.FAILED, "out of memory", worker="w")
            continue
        n = run.config.net.n_layers
        with np.errstate(divide="ignore"):
            lfr = np.stack([np.exp(-((2.0 - layer / 4) ** 2) / GRID) for layer in range(n + 1)])
        arrays = {"layers/lfr": lfr, "layers/rdf": np.gradient(lfr, GRID, axis=1)}
        grid = {"layers/inverse_delta": GRID}
        for epoch, loss in ((0, 0.1), (50 - 10 * n, 0.03 if n > 1 else 0.05)):
            measured = Measurement(epoch, {"train_loss": loss}, arrays, {} if epoch else grid)
            store.append(run.id, measured, worker="w")
        store.finish(run.id, RunState.DONE, worker="w")
    return sweep_id


def words(at) -> str:
    assert not at.exception, at.exception[0].stack_trace
    elements = [*at.markdown, *at.caption, *at.warning]
    return "\n".join(element.value for element in elements).replace("\\", "")


def charts(at) -> list[dict]:
    return [json.loads(element.proto.spec) for element in at.get("plotly_chart")]


def test_without_any_runs_it_says_what_to_do(page, monkeypatch, tmp_path):
    monkeypatch.setattr(records, "recorded_path", lambda claim: tmp_path / "none")
    found = charts(page("sweep"))
    assert len(found) == 5 and not any(chart["data"] for chart in found)
    assert "Start together" in str(found[0]["layout"]["annotations"])


def test_without_a_sweep_the_recorded_one_is_on_show(page):
    at = page("sweep")
    found = charts(at)
    assert len(found) == 7 and all(chart["data"] for chart in found)
    said = words(at)
    assert "**Recorded: one dimension" in said
    assert "60 runs, 2" in said and "Start together" in said
    assert "Glorot normal: deeper networks learn faster" in said
    assert "PyTorch's default: speed rises with depth only in part" in said
    assert "half-energy point" in said
    assert "**30 runs**, about" in said


def test_start_together_makes_one_group_and_a_link(page, store, launched):
    at = page("sweep")
    at.selectbox(key="sweep.base").set_value("digits-demo").run()
    at.multiselect(key="sweep.values.digits-demo.net.depth").set_value(["1", "3"]).run()
    at.number_input(key="sweep.seeds").set_value(2).run()
    at.selectbox(key="sweep.also.digits-demo").set_value("net.activation").run()
    at.number_input(key="sweep.target.digits-demo").set_value(0.05).run()
    assert "**8 runs**" in words(at)
    button(at, "sweep.start").click().run()
    sweep = sweep_runs.find(store, at.query_params["sweep"])
    assert len(sweep.runs) == 8 and launched == [True]
    assert sweep.is_depth and sweep.second == "net.activation" and sweep.target == 0.05
    assert sweep.title == "Handwritten digits, 8 × 8, depths 1, 3, activation"
    assert "0 of 8 runs finished: 8 waiting" in words(at)
    at.run()
    assert len(store.list()) == 8


def test_stages_of_a_resnet_are_depths_too(page, store, launched):
    at = page("sweep")
    at.selectbox(key="sweep.base").set_value("resnet-small").run()
    assert at.multiselect(key="sweep.values.resnet-small.net.stages").value == ["1", "2", "3", "4"]
    assert at.selectbox(key="sweep.vary.resnet-small").options[0] == "Depth (stages)"
    seconds = at.selectbox(key="sweep.also.resnet-small").options
    assert "Channels" in seconds and "Initialisation" not in seconds
    at.number_input(key="sweep.seeds").set_value(1).run()
    button(at, "sweep.start").click().run()
    sweep = sweep_runs.find(store, at.query_params["sweep"])
    assert sweep.depths == {1, 2, 3, 4}
    assert [run.config.net.stages for run in sweep.runs] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("net.depth", [], "depth has no values, so the sweep has 0 runs"),
        ("net.depth", ["0"], "depth 0, batch size"),
        ("training.batch_size", ["4000"], "batch_size is 4000"),
        (
            "training.batch_size",
            ["many"],
            "training.batch_size is 'many'. Give a whole number of at least 1",
        ),
    ],
)
def test_the_impossible_says_why_and_cannot_be_started(page, store, path, value, message):
    at = page("sweep")
    at.selectbox(key="sweep.base").set_value("digits-demo").run()
    at.selectbox(key="sweep.also.digits-demo").set_value("training.batch_size").run()
    at.session_state[f"sweep.values.digits-demo.{path}"] = value
    at.run()
    assert message in at.error[0].value
    assert button(at, "sweep.start").disabled


def test_under_way_it_fills_in_and_can_be_stopped(page, store):
    sweep_id = launch(store, done=2)
    at = page("sweep", sweep=sweep_id)
    assert "2 of 4 runs finished: 2 waiting" in words(at)
    speed = charts(at)[0]
    assert speed["layout"]["xaxis"]["ticktext"] == ["1", "2"]  # places for those to come
    button(at, "sweep.stop").click().run()
    assert sweep_runs.find(store, sweep_id).states[RunState.STOPPED] == 2
    button(at, "sweep.resume").click().run()
    assert sweep_runs.find(store, sweep_id).states[RunState.WAITING] == 2


def test_done_shows_charts_table_sentence_and_download(page, store):
    at = page("sweep", sweep=launch(store, done=4))
    text = words(at)
    assert "rank correlation of depth" in text and "4 of 4 runs finished" in text
    assert len(charts(at)) == 5 and all(chart["data"] for chart in charts(at))
    table = at.table[0].value
    assert list(table["never reached"]) == ["2", "0"]
    assert at.get("download_button")


def test_failures_are_named(page, store):
    at = page("sweep", sweep=launch(store, done=2, failed=2))
    assert "2 runs failed" in at.warning[0].value
    assert "depth 2, seed 0: out of memory" in words(at)


def test_somebody_elses_sweep_is_watched_only(page, store):
    sweep_id = launch(store, done=1, owner="somebody else")
    at = page("sweep", sweep=sweep_id)
    assert "watch only" in words(at)
    assert not [one for one in at.button if one.key.startswith("sweep.stop")]


def test_ones_own_sweeps_are_listed(page, store):
    first, second = launch(store), launch(store)
    launch(store, owner="somebody else")
    at = page("sweep")
    picker = at.selectbox(key="sweep.picker")
    assert len(picker.options) == 2 and all("A sweep" in line for line in picker.options)
    picker.set_value(first).run()
    assert at.query_params["sweep"] == first != second


@pytest.mark.parametrize("asked", ["aaaaaaaaaa", "<b>"])
def test_a_link_to_no_sweep_says_so(page, asked):
    at = page("sweep", sweep=asked)
    assert not at.exception and (at.warning or at.toast)


def test_the_first_click_on_a_page_opened_by_a_link_counts(page, store, launched):
    at = page("sweep", sweep=launch(store))
    at.selectbox(key="sweep.base").set_value("digits-demo").run()
    button(at, "sweep.start").click().run()
    assert launched == [True]


def test_a_key_of_an_action_follows_from_the_sweep(page, store):
    sweep_id = launch(store)
    first, again = (button(page("sweep", sweep=sweep_id), "sweep.stop").key for _ in range(2))
    assert first == again
    run = sweep_runs.find(store, sweep_id).runs[0]
    store.start(run.id, worker="w")
    at = page("sweep", sweep=sweep_id)
    button(at, "sweep.stop").click().run()
    stop = button(at, "sweep.stop")
    assert stop.key != first and stop.disabled and stop.label == "Stopping …"


def test_the_sweep_just_started_stays_on_show_while_its_runs_end(page, store):
    sweep_id = launch(store)
    at = page("sweep", sweep=sweep_id)
    seen = at._tree.get_widget_states()
    store.delete(
        sweep_runs.find(store, sweep_id).runs[0].id
    )  # its line in the selection had a count
    at.run()
    at._run(seen)
    assert not at.warning and at.query_params["sweep"] == sweep_id


def test_a_sweep_says_what_it_was_made_with_and_fills_the_form(page, store):
    sweep_id = start(
        store,
        "digits-sigmoid",
        ("net.depth", ["2", "4", "7"]),
        ("net.width", ["30", "60"]),
        owner="local",
        is_depth=True,
        target=0.05,
        epochs=33,
    )
    at = page("sweep", sweep=sweep_id)
    said = words(at)
    assert "unchanged; until the loss is 0.05, 33 epochs at most" in said
    assert "| Depth | 2, 4, 7 |" in said and "| Width | 30, 60 |" in said
    assert "| Seed | 0, 1 |" in said and "| Activation | sigmoid |" in said
    button(at, "sweep.use").click().run()
    assert at.selectbox(key="sweep.base").value == "digits-sigmoid"
    assert at.multiselect(key="sweep.values.digits-sigmoid.net.depth").value == ["2", "4", "7"]
    assert at.number_input(key="sweep.seeds").value == 2
    assert at.selectbox(key="sweep.also.digits-sigmoid").value == "net.width"
    assert at.multiselect(key="sweep.values.digits-sigmoid.net.width").value == ["30", "60"]
    assert at.number_input(key="sweep.target.digits-sigmoid").value == 0.05
    assert at.number_input(key="sweep.epochs.digits-sigmoid").value == 33
    assert "**12 runs**" in words(at)
    button(at, "sweep.start").click().run()
    again = sweep_runs.find(store, at.query_params["sweep"])
    assert again.id != sweep_id
    assert [run.config for run in again.runs] == [
        run.config for run in reversed(list(store.list(group=f"sweep:{sweep_id}")))
    ]


def test_what_the_form_of_a_sweep_cannot_hold_is_said(page, store):
    sweep_id = start(
        store,
        "digits-demo",
        ("net.depth", ["1"]),
        owner="local",
        is_depth=True,
        changes=["training.optimizer.name=sgd"],
        target=0.05,
        epochs=5,
    )
    at = page("sweep", sweep=sweep_id)
    assert "optimiser SGD instead of Adam" in words(at)
    assert button(at, "sweep.use").disabled
    assert "cannot change training.optimizer.name" in words(at)

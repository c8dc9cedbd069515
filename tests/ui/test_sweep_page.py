"""Sweeps: the form and what it refuses, a sweep under way, done, failed, somebody else's, links."""

import json

import numpy as np
import pytest

from deepfreq_core.chapters.catalogue import preset
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import RunState
from deepfreq_core.studies import outcome_report, records, sweep_plan, sweep_runs
from deepfreq_core.ui import sweep_address
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
        rate = run.config.training.optimizer.learning_rate
        end = (0.03 if n > 1 else 0.05) if is_depth else rate * (1 + run.config.seed)
        for epoch, loss in ((0, 0.1), (50 - 10 * min(n, 4), end)):
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


RATES = ("training.optimizer.learning_rate", ["0.001", "0.01"])
KINDS = ("net.activation", ["tanh", "relu"])


def test_depth_against_epochs_to_a_loss_is_what_it_begins_with(page):
    at = page("sweep")
    (shown,) = [one for one in at.selectbox if one.key.startswith("sweep.vary.")]
    assert shown.options[0] == "Depth" and shown.value == "net.depth"
    (outcome,) = [one for one in at.selectbox if one.key.startswith("sweep.outcome.")]
    assert outcome.value == "epochs_to_loss"
    assert not set(at.query_params) & set(sweep_address.NAMES)


def test_learning_rate_times_activation_against_the_final_loss(page, store, launched):
    at = page("sweep")
    at.selectbox(key="sweep.base").set_value("digits-demo").run()
    at.selectbox(key="sweep.vary.digits-demo").set_value(RATES[0]).run()
    at.multiselect(key=f"sweep.values.digits-demo.{RATES[0]}").set_value(["0.001", "1e-2"]).run()
    at.selectbox(key="sweep.also.digits-demo").set_value("net.activation").run()
    at.selectbox(key="sweep.outcome.digits-demo").set_value("train_loss").run()
    at.number_input(key="sweep.seeds").set_value(3).run()
    assert "**12 runs**" in words(at)
    base = preset("digits-demo").config.training
    button(at, "sweep.start").click().run()
    sweep = sweep_runs.find(store, at.query_params["sweep"])
    assert not sweep.is_depth and sweep.axes == (RATES[0], "net.activation")
    # Nothing but what varies is changed where speed is not asked for.
    assert {run.config.training.epochs for run in sweep.runs} == {base.epochs}
    assert {run.config.training.stop_loss for run in sweep.runs} == {base.stop_loss}
    assert sweep.runs[0].title.endswith("learning rate 0.001, activation tanh, seed 0")
    assert at.selectbox(key=f"sweep.show.{sweep.id}").value == "train_loss"
    (chart,) = charts(at)
    assert "appears with the first finished run" in str(chart["layout"]["annotations"])
    assert "0 of 12 runs finished: 12 waiting" in words(at) and launched == [True]


def test_another_outcome_is_drawn_from_the_same_runs(page, store):
    sweep_id = start(store, "digits-demo", RATES, KINDS, done=8, target=0.03, epochs=20)
    at = page("sweep", sweep=sweep_id, outcome="train_loss")
    (chart,) = charts(at)
    traces = {(one["meta"]["role"], one["meta"]["name"]) for one in chart["data"]}
    assert traces >= {("line", "tanh"), ("line", "ReLU"), ("runs", "tanh"), ("runs", "ReLU")}
    assert chart["layout"]["yaxis"]["type"] == "log"
    assert "Training loss at the end: least, 0.0015, at learning rate 0.001, tanh" in words(at)
    medians = [text.replace("\\", "") for text in at.table[0].value["median"]]
    assert medians == ["0.0015", "0.0015", "0.015", "0.015"]
    at.selectbox(key=f"sweep.show.{sweep_id}").set_value("layers/frequency").run()
    assert at.query_params["outcome"] == "layers/frequency"
    assert [one["layout"]["title"]["text"] for one in charts(at)] == [
        "<b>tanh: equivalent frequency at the end</b>",
        "<b>ReLU: equivalent frequency at the end</b>",
    ]
    at.selectbox(key=f"sweep.label.{sweep_id}").set_value("layer 2").run()
    (chart,) = charts(at)
    assert "layer 2 by learning rate" in chart["layout"]["title"]["text"]
    assert at.query_params["label"] == "layer 2"
    at.selectbox(key=f"sweep.show.{sweep_id}").set_value("epochs_to_loss").run()
    assert "label" not in at.query_params and "outcome" not in at.query_params
    assert len(store.list()) == 8
    assert at.get("download_button")


def test_what_was_never_reached_is_drawn_above_and_counted(page, store):
    rates = (RATES[0], ["0.001", "0.05"])
    at = page("sweep", sweep=start(store, "digits-demo", rates, done=4, target=0.03, epochs=20))
    (chart,) = charts(at)
    assert outcome_report.NEVER in {one["meta"]["name"] for one in chart["data"]}
    assert list(at.table[0].value["never reached"]) == ["0", "2"]
    assert "; never reached at learning rate 0.05" in words(at)


def test_under_way_the_axis_has_the_places_to_come_and_the_sentence_says_so_far(page, store):
    kinds = (KINDS[0], ["tanh", "relu", "sin"])
    sweep_id = start(store, "digits-demo", kinds, done=2, target=0.03, epochs=20)
    at = page("sweep", sweep=sweep_id, outcome="train_loss")
    assert "#### So far, training loss at the end: " in words(at)
    (chart,) = charts(at)
    assert chart["layout"]["xaxis"]["ticktext"] == ["tanh", "ReLU", "sine"]
    assert "2 of 6 runs finished: 4 waiting" in words(at)


def test_where_every_run_failed_the_page_says_why_and_what_to_do(page, store):
    at = page("sweep", sweep=start(store, "digits-demo", KINDS, failed=4))
    assert "4 runs failed" in words(at) and "Change what is named, and start anew" in words(at)
    (chart,) = charts(at)
    assert "every run failed: see above why" in str(chart["layout"]["annotations"])


def test_a_sweep_of_depths_can_be_asked_for_another_outcome(page, store):
    at = page("sweep", sweep=(sweep_id := launch(store, done=4)))
    at.selectbox(key=f"sweep.show.{sweep_id}").set_value("train_loss").run()
    (chart,) = charts(at)
    assert chart["layout"]["title"]["text"] == "<b>Training loss at the end by depth</b>"
    at.selectbox(key=f"sweep.show.{sweep_id}").set_value("epochs_to_loss").run()
    assert len(charts(at)) == 5


def test_without_a_network_what_the_experiment_has_is_varied(page, store, launched):
    at = page("sweep", preset="upper-limit-1d", vary="last_cutoff", values="800,1600", seeds="1")
    assert at.selectbox(key="sweep.outcome.upper-limit-1d").value == "height"
    assert "**2 runs**, " in words(at) and "at most" not in words(at).split("**2 runs**")[1][:40]
    button(at, "sweep.start").click().run()
    sweep = sweep_runs.find(store, at.query_params["sweep"])
    assert sweep.values("last_cutoff") == ("800", "1600")


def test_a_link_fills_the_form_and_the_form_the_link(page):
    query = {
        **{"preset": "digits-demo", "vary": "net.width", "values": "50,70"},
        **{"also": "net.activation", "also_values": "tanh,sigmoid", "seeds": "2"},
        **{"target": "never", "epochs": "7", "wanted": "train_loss"},
    }
    at = page("sweep", **query)
    assert "**8 runs**" in words(at) and not at.toast
    assert at.multiselect(key="sweep.values.digits-demo.net.width").value == ["50", "70"]
    assert at.selectbox(key="sweep.outcome.digits-demo").value == "train_loss"
    expected = (
        query
        if preset("digits-demo").config.training.stop_loss
        else {name: text for name, text in query.items() if name != "target"}
    )
    assert dict(at.query_params) == expected
    at.selectbox(key="sweep.base").set_value("cosines").run()
    assert dict(at.query_params) == {"seeds": "2"}


@pytest.mark.parametrize(
    "query",
    [
        {"preset": "<b>"},
        {"vary": "net.colour", "values": "red"},
        {"seeds": "1e9"},
        {"target": "nan"},
        {"epochs": "-1"},
        {"wanted": "colour"},
        {"values": "9" * 2_000},
    ],
)
def test_what_a_link_may_not_hold_is_left_out_with_a_word(page, query):
    at = page("sweep", **query)
    assert len(at.toast) == 1 and "left as it was" in at.toast[0].value
    assert "**30 runs**" in words(at)


def test_an_outcome_that_a_link_makes_up_is_not_shown(page, store):
    at = page("sweep", sweep=launch(store, done=4), outcome="colour", label="red")
    assert len(charts(at)) == 5 and not {"outcome", "label"} & set(at.query_params)


def test_a_sweep_of_settings_fills_the_form_again(page, store):
    at = page("sweep", sweep=start(store, "digits-demo", RATES, KINDS, done=1, n_seeds=3))
    assert "| Activation | tanh, ReLU |" in words(at)
    button(at, "sweep.use").click().run()
    assert at.selectbox(key="sweep.vary.digits-demo").value == RATES[0]
    assert at.multiselect(key=f"sweep.values.digits-demo.{RATES[0]}").value == RATES[1]
    assert at.multiselect(key="sweep.values.digits-demo.net.activation").value == KINDS[1]
    assert at.number_input(key="sweep.seeds").value == 3
    assert "**12 runs**" in words(at)

"""The lab: settings, what cannot be launched and why, links."""

import pytest
from streamlit.testing.v1 import AppTest

from deepfreq_core.chapters import catalogue
from deepfreq_core.data import places
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import Request, RunState
from tests.rehearsal import rehearsal
from tests.ui.conftest import ME, ROOT, TIMEOUT_S, button, view


def widget(at, kind, path):
    return getattr(at, kind)(key=f"lab.{path}")


def test_empty_shows_settings_and_empty_axes(page):
    at = page("live")
    assert not at.exception and not at.error
    assert view(at)["source"] == ""
    assert widget(at, "number_input", "net.depth").value == 5
    assert not button(at, "lab.launch").disabled
    assert at.query_params == {"v": "2", "preset": "digits-demo"}


def test_launch_with_changed_settings(page, store, launched):
    at = page("live")
    widget(at, "number_input", "net.depth").set_value(3).run()
    widget(at, "selectbox", "net.activation").set_value("relu").run()
    button(at, "lab.launch").click().run()
    (run,) = store.list()
    assert (run.config.net.depth, run.config.net.activation) == (3, "relu")
    assert "3 × " in run.title and "ReLU" in run.title
    assert at.query_params["net.depth"] == "3" and at.query_params["run"] == run.id
    at.run()
    assert len(store.list()) == 1 and launched == [True]


def test_a_link_restores_settings_and_run(page, done):
    query = {"v": "1", "net.depth": "7", "training.optimizer.name": "sgd", "run": done.id}
    at = page("live", **query)
    assert widget(at, "number_input", "net.depth").value == 7
    assert widget(at, "selectbox", "training.optimizer.name").value == "sgd"
    assert widget(at, "number_input", "training.optimizer.momentum").value == 0
    assert view(at)["source"].endswith(f"{done.id}/series")
    assert at.query_params["run"] == done.id


def test_bad_values_in_a_link_are_ignored_with_a_notice(page):
    at = page("live", **{"net.depth": "999", "run": "<b>x</b>"})
    assert widget(at, "number_input", "net.depth").value == 5
    assert len(at.toast) == 2
    assert "run" not in at.query_params and "net.depth" not in at.query_params


def test_impossible_combinations_say_why_and_cannot_be_launched(page, store):
    at = page("live")
    widget(at, "selectbox", "data.name").set_value("cosines").run()
    widget(at, "number_input", "training.batch_size").set_value(None).run()
    assert not at.error and not button(at, "lab.launch").disabled
    widget(at, "selectbox", "training.loss").set_value("cross_entropy").run()
    assert button(at, "lab.launch").disabled
    messages = [error.value for error in at.error]
    assert len(messages) == 2  # beside the loss, and at the button
    assert all("cosines is a real-valued target" in message for message in messages)
    assert not store.list()


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("net.depth", 0, "net.depth is 0. Give a whole number from 1 to 64"),
        ("data.n_train", 5_000, "data.n_train is 5000. Give a whole number from 2 to 1796"),
        ("training.optimizer.learning_rate", 0.0, "learning_rate is 0.0. Give a number above 0"),
    ],
)
def test_a_number_out_of_range_is_said_and_not_replaced(page, store, path, value, said):
    at = page("live")
    widget(at, "number_input", path).set_value(value).run()
    assert widget(at, "number_input", path).value == value
    assert button(at, "lab.launch").disabled
    messages = [error.value for error in at.error]
    assert len(messages) == 2  # under the setting, and at the button
    assert all(said in message for message in messages)
    assert not store.list()


def test_a_list_that_is_none_is_said(page):
    at = page("live", **{"data.name": "cosines", "training.batch_size": "null"})
    widget(at, "text_input", "data.frequencies").set_value("three").run()
    assert button(at, "lab.launch").disabled
    assert any("numbers separated by commas" in error.value for error in at.error)


def test_another_data_set_brings_its_own_sizes(page):
    at = page("live")
    widget(at, "selectbox", "data.name").set_value("mnist").run()
    assert widget(at, "number_input", "data.n_train").value == 30_000
    assert not at.error


@pytest.mark.parametrize("slug", catalogue.presets())
def test_every_preset_can_be_chosen_and_launched(page, slug):
    at = page("live")
    preset = catalogue.preset(slug)
    at.selectbox(key="lab.chapter").set_value(preset.chapter).run()
    at.selectbox(key="lab.start").set_value(slug).run()
    assert not at.exception and not at.error
    assert not button(at, "lab.launch").disabled
    assert at.query_params == {"v": "2", "preset": slug}
    said = at.sidebar.caption[0].value.replace("\\", "")
    assert preset.title in said and preset.look in said


def test_a_chapter_offers_its_presets_and_starts_with_the_first(page):
    at = page("live", preset="parity")
    assert at.selectbox(key="lab.chapter").value == "The frequency principle"
    assert at.selectbox(key="lab.start").value == "parity"
    at.selectbox(key="lab.chapter").set_value("The upper limit").run()
    assert at.query_params == {"v": "2", "preset": "upper-limit-1d"}
    first = catalogue.presets_by_chapter()["The upper limit"]
    assert at.selectbox(key="lab.start").options == [one.title for one in first.values()]


def test_a_run_says_what_its_preset_wants_looked_at(page, store):
    preset = catalogue.preset("parity")
    run = store.create(preset.config, title=preset.title, preset=preset.slug)
    at = page("live", run=run.id)
    said = [one.value.replace("\\", "") for one in at.main.caption]
    assert preset.look in said
    # Somebody else's run has its title in the selection too, not only its id.
    shown = at.selectbox(key="lab.run.picker")
    assert [one for one in shown.options if preset.title in one and run.id in one]


def test_a_failed_run_can_be_resumed_and_deleted(page, store, failed):
    at = page("live", run=failed.id)
    assert button(at, "lab.delete").disabled
    at.checkbox(key="lab.sure").check().run()
    button(at, "lab.delete").click().run()
    assert not store.list()
    assert [one.value for one in at.success] == ["Deleted “One with raise”."]
    assert not at.warning and not at.exception
    assert "run" not in at.query_params and view(at)["source"] == ""


def diverge(store, preset=None):
    config = reading.override(
        catalogue.preset("digits-demo").config, ["training.optimizer.learning_rate=3"]
    )
    run = store.create(config, title="Too fast", preset=preset)
    store.start(run.id, worker="w")
    said = "the loss became nan in epoch 2. Lower training.optimizer.learning_rate (now 3)"
    store.finish(run.id, RunState.FAILED, said, worker="w")
    return store.get(run.id)


def test_a_diverged_run_offers_a_tenth_of_the_rate(page, store):
    run = diverge(store, "digits-demo")
    at = page("live", run=run.id)
    assert button(at, "lab.smaller_rate").label == "Try a learning rate of 0.3"
    button(at, "lab.smaller_rate").click().run()
    assert not at.exception
    assert widget(at, "number_input", "training.optimizer.learning_rate").value == 0.3
    assert at.query_params["run"] == run.id and len(store.list()) == 1, "nothing launched yet"


def test_one_that_was_called_finished_offers_it_too_and_others_do_not(page, store, done):
    assert not [b for b in page("live", run=done.id).button if "smaller_rate" in b.key]
    run = store.create(catalogue.preset("digits-demo").config)
    store.start(run.id, worker="w")
    for epoch, loss in ((0, 0.1), (1, 1.2e30)):
        store.append(run.id, Measurement(epoch, {"train_loss": loss}, {}), worker="w")
    store.finish(run.id, RunState.DONE, worker="w")
    assert button(page("live", run=run.id), "lab.smaller_rate")


def test_others_runs_are_watched_only(page, store, running):
    other = store.create(running.config, owner="somebody else")
    at = page("live", run=other.id)
    assert view(at)["state"] == "waiting/0"
    assert not [b for b in at.button if "stop" in b.key or "pause" in b.key]
    assert any("Somebody else's run" in caption.value for caption in at.caption)


def test_what_goes_wrong_in_an_action_is_shown(page, store, running):
    at = page("live", run=running.id)
    store.finish(running.id, RunState.DONE, worker="test")
    button(at, "lab.stop").click().run()
    assert any("nothing to stop" in error.value for error in at.error)


def test_the_run_just_launched_stays_on_show_while_its_state_changes(page, store):
    """The browser sends back what a draw before the last one showed it."""
    at = page("live")
    button(at, "lab.launch").click().run()
    (run,) = store.list()
    seen = at._tree.get_widget_states()  # drawn while the run waited
    store.start(run.id, worker="test")
    at.run()
    at._run(seen)
    assert not at.warning
    assert view(at)["source"].endswith(f"{run.id}/series")
    assert at.selectbox(key="lab.run.picker").value == run.id


def test_what_the_picker_does_not_know_is_ignored(page, store, running):
    at = page("live", run=running.id)
    seen = at._tree.get_widget_states()
    store.rename(running.id, "Another title")
    at.run()
    at._run(seen)
    assert not at.warning and view(at)["source"].endswith(f"{running.id}/series")


def test_a_key_of_an_action_follows_from_run_and_state(page, store, running):
    """So a browser that was open while the server was started anew can stop its run at once."""
    before = button(page("live", run=running.id), "lab.stop").key
    at = page("live", run=running.id)  # a session that knows of no clicks
    assert button(at, "lab.stop").key == before
    button(at, "lab.stop").click().run()
    assert store.get(running.id).request is Request.STOP
    stop = button(at, "lab.stop")
    assert stop.key != before  # another element, without the focus: a stray key does nothing
    assert stop.label == "Stopping …" and stop.disabled
    store.finish(running.id, RunState.STOPPED, worker="test")
    store.resume(running.id)
    store.start(running.id, worker="test")
    at.run()
    assert button(at, "lab.stop").key not in {before, stop.key}


def test_the_first_click_after_the_server_was_started_anew_counts_once(page, store, running):
    clicked = page("live", run=running.id)._tree.get_widget_states()
    (stop,) = [state for state in clicked.widgets if "lab.stop" in state.id]
    stop.trigger_value = True
    anew = AppTest.from_file(str(ROOT / "pages" / "live.py"), default_timeout=TIMEOUT_S)
    anew.query_params["run"] = running.id
    anew._run(clicked)  # the first that this session hears of the page
    assert store.get(running.id).request is Request.STOP
    assert button(anew, "lab.stop").label == "Stopping …"
    (launch,) = [state for state in clicked.widgets if "lab.launch" in state.id]
    stop.trigger_value, launch.trigger_value = False, True
    anew = AppTest.from_file(str(ROOT / "pages" / "live.py"), default_timeout=TIMEOUT_S)
    anew.query_params["run"] = running.id
    anew._run(clicked)
    anew.run()
    assert len(store.list()) == 2


def test_stop_of_a_waiting_run_counts_on_a_new_server_where_it_runs_by_now(page, store):
    run = store.create(rehearsal(steps=5), owner=ME)
    clicked = page("live", run=run.id)._tree.get_widget_states()
    (stop,) = [state for state in clicked.widgets if "lab.stop" in state.id]
    stop.trigger_value = True
    store.start(run.id, worker="test")
    anew = AppTest.from_file(str(ROOT / "pages" / "live.py"), default_timeout=TIMEOUT_S)
    anew.query_params["run"] = run.id
    anew._run(clicked)
    assert store.get(run.id).request is Request.STOP


def test_a_second_click_on_the_same_launch_button_launches_nothing(page, store):
    at = page("live")
    twice = at._tree.get_widget_states()
    (launch,) = [state for state in twice.widgets if "lab.launch" in state.id]
    launch.trigger_value = True
    at._run(twice)
    at._run(twice)
    assert len(store.list()) == 1


@pytest.mark.parametrize("state", ["waiting", "running", "done"])
def test_a_run_that_exists_is_offered_before_another_one_is_launched(page, store, launched, state):
    settings = catalogue.preset("digits-demo").config
    other = store.create(settings, owner="somebody else", title="Theirs")
    if state != "waiting":
        store.start(other.id, worker="test")
    if state == "done":
        store.finish(other.id, RunState.DONE, worker="test")
    at = page("live")
    button(at, "lab.launch").click().run()
    assert len(store.list()) == 1 and not launched
    assert any("Somebody else has a run with exactly" in caption.value for caption in at.caption)
    assert button(at, "lab.again")
    button(at, "lab.join").click().run()
    assert view(at)["source"].endswith(f"{other.id}/series")
    assert at.query_params["run"] == other.id


def test_it_can_be_run_again_all_the_same(page, store, launched):
    at = page("live")
    button(at, "lab.launch").click().run()
    button(at, "lab.launch").click().run()
    assert not [one for one in at.button if one.key.startswith("lab.join")]  # it is on show
    assert any("on show has exactly these settings" in caption.value for caption in at.caption)
    button(at, "lab.again").click().run()
    assert len(store.list()) == 2 and len(launched) == 2
    assert view(at)["source"].endswith(f"{store.list()[0].id}/series")
    assert button(at, "lab.launch")


def test_other_settings_are_launched_without_asking(page, store, failed):
    at = page("live")
    button(at, "lab.launch").click().run()
    button(at, "lab.launch").click().run()
    widget(at, "number_input", "net.depth").set_value(3).run()
    button(at, "lab.launch").click().run()
    assert store.list()[0].config.net.depth == 3
    assert store.twin(failed.config) is None  # what failed is no run to join


def test_the_papers_values_of_a_preset_are_marked(page):
    at = page("live", preset="mnist-paper", **{"net.depth": "3"})
    assert widget(at, "number_input", "net.depth").label == "Depth :gray[(paper 5)]"
    assert widget(at, "number_input", "data.n_train").label.endswith("(paper 30000)]")
    assert "tanh (paper)" in widget(at, "selectbox", "net.activation").options
    assert widget(at, "number_input", "training.stop_loss").label == "Stop at loss"
    widget(at, "selectbox", "net.name").set_value("vit").run()
    assert widget(at, "number_input", "net.depth").label == "Depth"
    assert "fully connected (paper)" in widget(at, "selectbox", "net.name").options
    at = page("live", preset="cosines")
    assert widget(at, "number_input", "net.depth").label == "Depth"
    assert widget(at, "text_input", "data.frequencies").label.endswith("(paper 3, 5)]")
    assert widget(at, "text_input", "data.amplitudes").label.endswith("(paper 1 for all)]")


def test_data_that_this_machine_lacks_is_marked(page, store):
    at = page("live", preset="mnist-paper")
    assert any("the first run downloads it" in caption.value for caption in at.caption)
    seen = at._tree.get_widget_states()
    places.note_download("mnist", failed=True)
    for _ in range(2):  # what it was called before, then that once more
        at._run(seen)
        assert any("its last download failed" in caption.value for caption in at.caption)
        assert "MNIST (paper) (not on this machine)" in widget(at, "selectbox", "data.name").options
        assert widget(at, "selectbox", "data.name").value == "mnist"
        assert not at.error and not at.exception
    run = store.create(catalogue.preset("mnist-paper").config, owner=ME)
    store.start(run.id, worker="w")
    store.finish(run.id, RunState.FAILED, "data.name is mnist, which …", worker="w")
    at = page("live", run=run.id)
    assert button(at, "lab.resume").label == "Try the download again"

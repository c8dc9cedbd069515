"""Plans of depth sweeps: what they hold, what they refuse, what they are said to cost."""

import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.errors import ConfigError
from deepfreq_core.studies import sweep_plan

BASE = catalogue.preset("digits-demo").config


def make(**more):
    given = {"depths": ["1", "10", "2"], "n_seeds": 2, "target": 0.02, "epochs": 7}
    return sweep_plan.plan(BASE, **(given | more))


def test_depths_times_values_times_seeds_and_every_run_ends_at_the_target():
    planned = make(second=sweep_plan.other("net.width"), values=["50", "100"])
    assert len(planned) == 3 * 2 * 2
    assert [one.case["depth"] for one in planned[::4]] == ["1", "2", "10"]
    config = planned[-1].config
    assert (config.net.depth, config.net.width, config.seed) == (10, 100, 1)
    assert (config.training.stop_loss, config.training.epochs) == (0.02, 7)


def test_runs_of_several_seeds_at_once_are_refused():
    several = catalogue.preset("digits-demo").config.model_copy(update={"n_seeds": 4})
    with pytest.raises(ConfigError, match="n_seeds is 4"):
        sweep_plan.plan(several, depths=["1"], n_seeds=6, target=0.02, epochs=7)


@pytest.mark.parametrize("second", sweep_plan.OTHERS, ids=lambda one: one.path)
def test_every_suggestion_is_possible_somewhere(second):
    possible = [
        one.config
        for one in catalogue.sweepable().values()
        if second in sweep_plan.others(one.config)
    ]
    assert possible
    given = {"n_seeds": 1, "target": 0.02, "epochs": 7}
    depths = sweep_plan.depths(possible[0])[:2]
    assert sweep_plan.plan(
        possible[0], depths=depths, second=second, values=second.suggestions, **given
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"depths": []}, "0 runs"),
        ({"depths": ["deep"]}, "depth deep: net.depth is 'deep'. Give a whole number from 1 to 64"),
        ({"depths": ["0"]}, "depth 0: net.depth is 0. Give a whole number from 1 to 64"),
        ({"depths": ["9" * 9_000]}, "^depth 9{59}…: net.depth is '9{58}…. Give a whole"),
        ({"n_seeds": 400}, "runs; allowed"),
        (
            {"second": sweep_plan.other("training.batch_size"), "values": ["2000"]},
            "batch_size is 2000",
        ),
        ({"second": sweep_plan.other("net.activation"), "values": []}, "0 runs"),
    ],
)
def test_the_impossible_is_refused_with_its_name(wrong, message):
    with pytest.raises(ConfigError, match=message):
        make(**wrong)


def test_small_presets_come_first():
    slugs = list(catalogue.sweepable())
    assert set(slugs[:3]) == {"digits-demo", "digits-sigmoid", "cosines"}
    assert "digits-frozen" not in slugs  # another depth may have fewer layers than are frozen


def test_more_epochs_and_more_layers_take_longer():
    assert sweep_plan.minutes(make(), 1) < sweep_plan.minutes(make(epochs=70), 1)
    assert sweep_plan.minutes(make(depths=["1"]), 1) < sweep_plan.minutes(make(depths=["9"]), 1)
    assert sweep_plan.minutes(make(), 2) == pytest.approx(sweep_plan.minutes(make(), 1) / 2)


def test_an_unknown_axis_is_refused():
    with pytest.raises(ConfigError, match="no second axis"):
        sweep_plan.other("device")


def test_any_settings_vary_and_nothing_is_added_to_them():
    vary = [("net.width", ["8", "8", "16"]), ("data.n_train", ["300", "600"])]
    planned = sweep_plan.free_plan(BASE, vary, 3)
    assert len(planned) == 2 * 2 * 3
    assert planned[0].case == {"width": "8", "training samples": "300"}
    assert {one.config.training for one in planned} == {BASE.training}
    assert [one.config.seed for one in sweep_plan.free_plan(BASE, [], 3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ([("seed", ["1"])], "Give every setting once, and seeds by their number"),
        ([("net.width", ["1"])] * 2, "Give every setting once"),
        ([("net.colour", ["red"])], "net.colour red: no setting 'net.colour'"),
    ],
)
def test_settings_that_cannot_vary_are_refused(vary, message):
    with pytest.raises(ConfigError, match=message):
        sweep_plan.free_plan(BASE, vary, 2)


def test_what_has_no_network_has_no_depth():
    base = catalogue.preset("upper-limit-1d").config
    assert not sweep_plan.can_sweep(base) and sweep_plan.can_sweep(BASE)
    with pytest.raises(ConfigError, match="'decay' has no network, so no depth"):
        sweep_plan.depth_path(base)

"""Plans of depth sweeps: what they hold, what they refuse, what they are said to cost."""

import pytest

from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalog
from deepfreq_core.sweeps import plan

BASE = catalog.preset("digits-demo").config


def make(**more):
    given = {"depths": ["1", "10", "2"], "n_seeds": 2, "target": 0.02, "epochs": 7}
    return plan.plan(BASE, **(given | more))


def test_depths_times_values_times_seeds_and_every_run_ends_at_the_target():
    planned = make(second=plan.other("net.width"), values=["50", "100"])
    assert len(planned) == 3 * 2 * 2
    assert [one.case["depth"] for one in planned[::4]] == ["1", "2", "10"]
    config = planned[-1].config
    assert (config.net.depth, config.net.width, config.seed) == (10, 100, 1)
    assert (config.training.stop_loss, config.training.epochs) == (0.02, 7)


def test_runs_of_several_seeds_at_once_are_refused():
    several = catalog.preset("digits-demo").config.model_copy(update={"n_seeds": 4})
    with pytest.raises(ConfigError, match="n_seeds is 4"):
        plan.plan(several, depths=["1"], n_seeds=6, target=0.02, epochs=7)


@pytest.mark.parametrize("second", plan.OTHERS, ids=lambda one: one.path)
def test_every_suggestion_is_possible_somewhere(second):
    possible = [one.config for one in plan.bases().values() if second in plan.others(one.config)]
    assert possible
    given = {"n_seeds": 1, "target": 0.02, "epochs": 7}
    depths = plan.depths(possible[0])[:2]
    assert plan.plan(possible[0], depths=depths, second=second, values=second.suggestions, **given)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"depths": []}, "0 runs"),
        ({"depths": ["deep"]}, "depth deep: net.depth is 'deep'. Give a whole number from 1 to 64"),
        ({"depths": ["0"]}, "depth 0: net.depth is 0. Give a whole number from 1 to 64"),
        ({"depths": ["9" * 9_000]}, "^depth 9{59}…: net.depth is '9{58}…. Give a whole"),
        ({"n_seeds": 400}, "runs; allowed"),
        ({"second": plan.other("training.batch_size"), "values": ["2000"]}, "batch_size is 2000"),
        ({"second": plan.other("net.activation"), "values": []}, "0 runs"),
    ],
)
def test_the_impossible_is_refused_with_its_name(wrong, message):
    with pytest.raises(ConfigError, match=message):
        make(**wrong)


def test_small_presets_come_first():
    slugs = list(plan.bases())
    assert set(slugs[:3]) == {"digits-demo", "digits-sigmoid", "cosines"}
    assert "digits-frozen" not in slugs  # another depth may have fewer layers than are frozen


def test_more_epochs_and_more_layers_take_longer():
    assert plan.minutes(make(), 1) < plan.minutes(make(epochs=70), 1)
    assert plan.minutes(make(depths=["1"]), 1) < plan.minutes(make(depths=["9"]), 1)
    assert plan.minutes(make(), 2) == pytest.approx(plan.minutes(make(), 1) / 2)


def test_an_unknown_axis_is_refused():
    with pytest.raises(ConfigError, match="no second axis"):
        plan.other("device")

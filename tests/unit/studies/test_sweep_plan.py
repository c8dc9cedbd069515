"""Plans of sweeps: what they hold, what they refuse, what they are said to cost."""

import pytest

from deepfreq_core import config as configs
from deepfreq_core.chapters import catalogue
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.studies import sweep_plan
from deepfreq_core.ui import fields

BASE = catalogue.preset("digits-demo").config


def make(*, depths=("1", "10", "2"), second=None, **more):
    given = {"n_seeds": 2, "target": 0.02, "epochs": 7}
    varied = [sweep_plan.vary_depth(BASE, depths), *filter(None, [second])]
    return sweep_plan.plan(BASE, varied, **(given | more))


def of(*varied):
    return [sweep_plan.vary(path, values, BASE) for path, values in varied]


def test_depths_times_values_times_seeds_and_every_run_ends_at_the_target():
    planned = make(second=sweep_plan.vary("net.width", ["50", "100"]))
    assert len(planned) == 3 * 2 * 2
    assert [one.case["depth"] for one in planned[::4]] == ["1", "2", "10"]
    config = planned[-1].config
    assert (config.net.depth, config.net.width, config.seed) == (10, 100, 1)
    assert (config.training.stop_loss, config.training.epochs) == (0.02, 7)


def test_runs_of_several_seeds_at_once_are_refused():
    several = catalogue.preset("digits-demo").config.model_copy(update={"n_seeds": 4})
    with pytest.raises(ConfigError, match="n_seeds is 4"):
        sweep_plan.plan(several, [], n_seeds=6, target=0.02, epochs=7)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"depths": []}, "0 runs"),
        ({"depths": ["deep"]}, "depth deep: net.depth is 'deep'. Give a whole number from 1 to 64"),
        ({"depths": ["0"]}, "depth 0: net.depth is 0. Give a whole number from 1 to 64"),
        ({"depths": ["9" * 9_000]}, "^depth 9{59}…: net.depth is '9{58}…. Give a whole"),
        ({"n_seeds": 400}, "runs; allowed"),
        (
            {"second": sweep_plan.vary("training.batch_size", ["2000"])},
            "batch_size is 2000",
        ),
        ({"second": sweep_plan.vary("net.activation", [])}, "0 runs"),
        ({"second": sweep_plan.vary("net.colour", ["red"])}, "no setting 'net.colour'"),
        ({"second": sweep_plan.vary("net.depth", ["3"])}, "Give every setting once"),
    ],
)
def test_the_impossible_is_refused_with_its_name(wrong, message):
    with pytest.raises(ConfigError, match=message):
        make(**wrong)


def test_small_presets_come_first():
    slugs = list(catalogue.sweepable())
    took = [sweep_plan.seconds(catalogue.preset(slug).config) for slug in slugs]
    assert took == sorted(took)
    assert slugs.index("digits-demo") < slugs.index("fashion-mnist")
    assert "digits-frozen" not in slugs  # another depth may have fewer layers than are frozen


def test_more_epochs_and_more_layers_take_longer():
    assert sweep_plan.minutes(make(), 1) < sweep_plan.minutes(make(epochs=70), 1)
    assert sweep_plan.minutes(make(depths=["1"]), 1) < sweep_plan.minutes(make(depths=["9"]), 1)
    assert sweep_plan.minutes(make(), 2) == pytest.approx(sweep_plan.minutes(make(), 1) / 2)


def test_any_settings_vary_and_nothing_is_added_to_them():
    varied = of(("net.width", ["8", "8", "16"]), ("data.n_train", ["300", "600"]))
    planned = sweep_plan.plan(BASE, varied, n_seeds=3)
    assert len(planned) == 2 * 2 * 3
    assert planned[0].case == {"width": "8", "training samples": "300"}
    assert {one.config.training for one in planned} == {BASE.training}
    assert [one.config.seed for one in sweep_plan.plan(BASE, [], n_seeds=3)] == [0, 1, 2]


def test_a_number_counts_once_however_it_is_written():
    (rate,) = of(("training.optimizer.learning_rate", ["1e-3", "0.001", "3e-3"]))
    planned = sweep_plan.plan(BASE, [rate], n_seeds=1)
    assert [one.config.training.optimizer.learning_rate for one in planned] == [0.001, 0.003]


@pytest.mark.parametrize(
    ("varied", "message"),
    [
        ([("seed", ["1"])], "Give every setting once, and seeds by their number"),
        ([("n_seeds", ["1"])], "and seeds by their number"),
        ([("net.width", ["1"])] * 2, "Give every setting once"),
        ([("net.colour", ["red"])], "net.colour red: no setting 'net.colour'"),
    ],
)
def test_settings_that_cannot_vary_are_refused(varied, message):
    with pytest.raises(ConfigError, match=message):
        sweep_plan.plan(BASE, of(*varied), n_seeds=2)


def test_runs_end_as_the_settings_say_unless_speed_is_asked_for():
    assert sweep_plan.ends(BASE, is_speed=False) == (
        BASE.training.stop_loss,
        BASE.training.epochs,
    )
    target, epochs = sweep_plan.ends(BASE, is_speed=True)
    assert target > 0 and epochs == 2 * BASE.training.epochs
    line = catalogue.preset("cosines").config
    slopes = reading.override(line, ["training.loss=derivative", "training.stop_loss=null"])
    assert sweep_plan.ends(slopes, is_speed=True)[0] == 0.03
    decay = catalogue.preset("upper-limit-1d").config
    assert sweep_plan.ends(decay, is_speed=True) == (None, None)


def test_settings_go_by_the_names_that_the_form_gives_them():
    """The verb cannot ask the form, which stands above it."""
    labels = {
        field.path: field.label
        for one in catalogue.presets().values()
        for field in fields.fields(configs.to_dict(one.config))
    }
    for path, name in sweep_plan.NAMES.items():
        assert name == labels[path].lower()
    assert sweep_plan.called("net.depth", BASE) == "depth"
    assert sweep_plan.called("net.depth") == sweep_plan.called("net.depth", None) == "net.depth"


def test_of_what_trains_nothing_no_time_is_told():
    decay = catalogue.preset("upper-limit-1d").config
    planned = sweep_plan.plan(decay, [sweep_plan.vary("last_cutoff", ["100", "200"])], n_seeds=1)
    assert sweep_plan.minutes(planned, 2) is None


def test_what_has_no_network_has_no_depth():
    base = catalogue.preset("upper-limit-1d").config
    assert not sweep_plan.can_sweep(base) and sweep_plan.can_sweep(BASE)
    with pytest.raises(ConfigError, match="'decay' has no network, so no depth"):
        sweep_plan.depth_path(base)

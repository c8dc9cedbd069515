"""Outcomes by what varies × seed: read off each run alone, joined by label, drawn as medians."""

import math
from dataclasses import replace

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.schema import Outcome
from deepfreq_core.studies import outcome_report, outcomes, sweep_plan, sweep_runs
from deepfreq_core.studies.outcomes import Outcomes, Read

DIGITS = catalogue.preset("digits-demo").config
DECAY = catalogue.preset("upper-limit-1d").config


def configs(base, vary, n_seeds=1):
    varied = [sweep_plan.vary(path, values, base) for path, values in vary]
    return [one.config for one in sweep_plan.plan(base, varied, n_seeds=n_seeds)]


def made(values, axes=("width",), dim="", **more):
    """Outcomes from {(place, …, seed): value or {label: value}}."""
    runs = tuple(
        Read(key[:-1], key[-1], value if isinstance(value, dict) else {"": value})
        for key, value in values.items()
    )
    return Outcomes(Outcome("speed", "epochs until loss", "s", **more), dim, axes, runs)


def test_what_varies_is_read_off_the_settings_the_slowest_first():
    vary = [("net.width", ["10", "20", "30"]), ("net.residual", ["false", "true"])]
    assert outcomes.varied(configs(DIGITS, vary, 2)) == ("net.width", "net.residual")
    assert outcomes.varied(configs(DIGITS, [], 3)) == ()
    exponents = configs(DECAY, [("weight", ["angular", "cycles"])])
    assert outcomes.varied(exponents) == ("weight",)


def test_another_kind_of_a_part_stands_for_all_its_settings():
    found = configs(DIGITS, [("net.init.name", ["pytorch", "glorot_normal", "normal"])])
    assert outcomes.varied(found) == ("net.init.name",)


def test_an_outcome_goes_by_its_short_name_and_an_unknown_one_lists_them():
    assert outcomes.whole_name(DIGITS, "frequency") == "layers/frequency"
    assert outcomes.whole_name(DIGITS, "layers/frequency") == "layers/frequency"
    assert outcomes.names(DECAY) == {"height": "height"}
    assert outcomes.usual(reading.override(DIGITS, ["training.stop_loss=0.1"])) == "epochs_to_loss"
    assert outcomes.usual(reading.override(DIGITS, ["training.stop_loss=null"])) == "train_loss"
    assert outcomes.usual(DECAY) == "height"
    with pytest.raises(ConfigError, match=r"no outcome 'colour'.*epochs_to_loss.*frequency"):
        outcomes.whole_name(DIGITS, "colour")


def test_never_reached_takes_part_in_medians_and_not_there_does_not():
    assert outcomes.spread(np.array([1.0, math.inf, math.nan, 3.0])) == (3.0, 1.0, math.inf)
    assert all(map(math.isnan, outcomes.spread(np.array([math.nan]))))


def test_the_table_counts_what_was_never_reached_and_what_is_not_there():
    found = made({("8", 0): 2.0, ("8", 1): math.inf, ("9", 0): math.nan, ("9", 1): 4.0})
    first, second = outcome_report.table(found)
    assert first == {
        **{"width": "8", "runs": "2", "median": "never", "least": "2", "most": "never"},
        **{"never reached": "1", "not there": "0"},
    }
    assert (second["median"], second["not there"], second["never reached"]) == ("4", "1", "0")
    by_run = outcome_report.rows_by_run(found)
    assert [row["value"] for row in by_run] == [2.0, "never", None, 4.0]


def test_labels_are_joined_by_name_however_many_a_run_has():
    ragged = made(
        {("1", 0): {"in": 3.0, "layer 1": 2.0}, ("2", 0): {"in": 3.0, "layer 1": 1.0, "end": 0.5}},
        axes=("depth",),
        dim="layer",
    )
    rows = outcome_report.table(ragged)
    assert [(row["depth"], row["layer"]) for row in rows] == [
        (depth, layer) for depth in ("1", "2") for layer in ("in", "layer 1", "end")
    ]
    assert rows[2]["not there"] == "1" and rows[2]["median"] == "–"
    (chart,) = outcome_report.charts(ragged)
    assert [curve.name for curve in lines(chart)] == ["in", "layer 1", "end"]
    np.testing.assert_array_equal(lines(chart)[2].y, [math.nan, 0.5])
    alone = ragged.only("layer 1")
    assert (alone.dim, alone.title) == ("", "epochs until loss, layer 1")
    (chart,) = outcome_report.charts(alone)
    assert (chart.title, chart.y_title) == (
        "Epochs until loss, layer 1 by depth",
        "epochs until loss (s)",
    )
    (chart,) = outcome_report.charts(replace(ragged, reference=0))
    assert [curve.depth for curve in lines(chart)] == [None, 0.0, 1.0]
    (chart,) = outcome_report.charts(ragged)
    assert [curve.depth for curve in lines(chart)] == [0.0, 0.5, 1.0]
    assert list(ragged.only("end").over_seeds(("2",), "")) == [0.5]


def test_a_chart_has_medians_along_the_first_axis_and_a_curve_a_value_of_the_second():
    values = {
        (width, kind, seed): float(width) + 10 * seed
        for width in ("100", "50", "2000")
        for kind in ("tanh", "relu")
        for seed in (0, 1, 2)
    }
    (chart,) = outcome_report.charts(made(values, ("width", "activation"), is_log=True))
    assert (chart.x_title, chart.y_title, chart.y_log) == ("width", "epochs until loss (s)", True)
    assert chart.x_log and chart.x_ticks is None
    assert [curve.name for curve in lines(chart)] == ["tanh", "relu"]
    one = lines(chart)[0]
    assert (list(one.x), list(one.y)) == ([50, 100, 2000], [60, 110, 2010])
    assert (list(one.low), list(one.high)) == ([50, 100, 2000], [70, 120, 2020])
    single = [curve for curve in chart.curves if curve.is_faint]
    assert [curve.y.size for curve in single] == [9, 9]
    assert list(single[0].y[:3]) == [50, 60, 70] and list(single[0].x[:3]) == [50] * 3
    assert chart.top is None


def test_lines_come_by_size_where_they_are_numbers_whatever_the_order_of_launch():
    values = {("a", "100", 0): 1.0, ("a", "20", 0): 2.0, ("a", "3", 0): 3.0}
    (chart,) = outcome_report.charts(made(values, ("kind", "width")))
    assert [curve.name for curve in lines(chart)] == ["width 3", "width 20", "width 100"]


@pytest.mark.parametrize(
    ("values", "is_log"),
    [
        (["3200", "6400", "12800"], True),
        (["1e-4", "3e-4", "1e-3", "3e-3"], True),
        (["1", "2", "3", "4", "5"], False),
        (["50", "2000"], True),
        (["10", "20"], False),
        (["-1", "0", "30"], False),
    ],
)
def test_an_axis_of_even_ratios_or_of_far_ends_is_logarithmic_and_names_its_values(values, is_log):
    (chart,) = outcome_report.charts(made({(value, 0): 1.0 for value in values}))
    assert chart.x_log == is_log
    assert list(chart.x_at) == ([float(value) for value in values] if is_log else [])


def test_places_of_runs_to_come_stand_on_the_axis_already():
    found = replace(made({("tanh", 0): 5.0}), planned=(("tanh",), ("relu",)))
    (chart,) = outcome_report.charts(found)
    assert chart.x_ticks == ("tanh", "relu")
    np.testing.assert_array_equal(lines(chart)[0].y, [5.0, math.nan])
    assert [row["width"] for row in outcome_report.table(found)] == ["tanh"]


def test_names_along_the_axis_are_ticks_and_what_was_never_reached_lies_above_all():
    found = made({("tanh", 0): math.inf, ("relu", 0): 5.0, ("relu", 1): 3.0})
    (chart,) = outcome_report.charts(found)
    assert chart.x_ticks == ("tanh", "relu")
    assert list(lines(chart)[0].y) == [chart.top, 4.0] and chart.top > 5
    never = chart.curves[-1]
    assert (never.name, list(never.x), list(never.y)) == (outcome_report.NEVER, [0], [chart.top])
    (log,) = outcome_report.charts(made({("1", 0): math.inf, ("2", 0): 10.0}, is_log=True))
    assert log.top > 10
    (only,) = outcome_report.charts(made({("1", 0): math.inf, ("1", 1): math.nan}))
    assert list(only.curves[-1].y) == [only.top]


def test_a_sentence_says_where_the_outcome_is_least_and_most():
    axes = ("rate", "activation")
    values = {("0.1", "tanh", 0): 4.0, ("0.1", "relu", 0): 2.0, ("1", "tanh", 0): 9.0}
    assert outcome_report.sentence(made(values, axes)) == (
        "Epochs until loss: least, 2 s, at rate 0.1, relu; most, 9 s, at rate 1, tanh."
    )
    never = made({("1", 0): math.inf, ("2", 0): 3.0})
    assert "; never reached at width 1." in outcome_report.sentence(never)
    assert outcome_report.sentence(made({("1", 0): math.nan})).endswith("in any finished run.")
    assert (
        outcome_report.sentence(made({("1", 0): math.inf})) == "Epochs until loss: never reached."
    )
    assert outcome_report.sentence(made({("1", 0): 2.0})) == (
        "Epochs until loss: 2 s at width 1, the median over seeds."
    )
    assert outcome_report.sentence(made({})) == ""


def lines(chart):
    return [curve for curve in chart.curves if not (curve.is_faint or curve.is_points)]


def test_seeds_alone_are_points_and_labels_run_along_the_axis():
    (points,) = outcome_report.charts(made({(0,): 2.0, (1,): 3.0}, axes=()))
    assert points.x_title == "seed" and points.curves[0].is_points
    labelled = made({(0,): {"a": 1.0, "b": 5.0}, (1,): {"a": 3.0, "b": 5.0}}, (), "peak")
    (along,) = outcome_report.charts(labelled)
    assert (along.x_title, along.x_ticks, list(lines(along)[0].y)) == ("peak", ("a", "b"), [2, 5])


def test_without_runs_there_is_an_axis_and_nothing_on_it():
    (chart,) = outcome_report.charts(made({}))
    assert not chart.curves and chart.x_title == "width" and outcome_report.table(made({})) == []


def test_runs_in_the_store_are_read_one_by_one_on_grids_of_their_own(home):
    store = RunStore()
    base = reading.override(DIGITS, ["training.stop_loss=0.3"])
    planned = sweep_plan.plan(base, [sweep_plan.vary("net.depth", ["1", "2"])], n_seeds=2)
    sweep_id = sweep_runs.launch(store, planned, owner="me", preset=None, title="Mine")
    runs = sweep_runs.find(store, sweep_id).runs
    for run in runs[:3]:  # the last one still waits
        carry_out(store, run, end=0.2 if run.config.net.depth == 1 else 0.9)
    runs = sweep_runs.find(store, sweep_id).runs

    def read(run):
        return outcomes.of_run(store, run)

    speed = outcomes.collect(
        runs,
        "epochs_to_loss",
        read,
        called=lambda path: sweep_plan.called(path, base),
        said=lambda path, text: {"1": "one", "2": "two"}[text],
    )
    assert speed.axes == ("depth",) and len(speed.runs) == 3
    assert speed.places == (("one",), ("two",))
    (fast,) = speed.over_seeds(("one",), "")[:1]
    assert 0 < fast < 9 and list(speed.over_seeds(("two",), "")) == [math.inf]
    frequency = outcomes.collect(runs, "frequency", read)
    assert frequency.dim == "layer" and frequency.labels == ("input", "layer 1", "layer 2")
    assert np.isnan(frequency.over_seeds(("1",), "layer 2")).all()
    # linear interpolation on steps of 0.1 and 0.2 in 1/δ
    assert frequency.over_seeds(("1",), "layer 1") == pytest.approx([2.0, 2.0], rel=1e-2)
    store.close()


def carry_out(store, run, end):
    store.start(run.id, worker="w")
    grid = np.linspace(0.0, 40.0, 401 - 200 * run.config.seed)
    with np.errstate(divide="ignore"):
        lfr = np.stack([np.exp(-4.0 / grid)] * (run.config.net.depth + 1))
    for epoch, loss in ((0, 1.0), (9, end)):
        store.append(
            run.id,
            Measurement(
                epoch,
                {"train_loss": loss},
                {"layers/lfr": lfr, "layers/rdf": lfr},
                {} if epoch else {"layers/inverse_delta": grid},
            ),
            worker="w",
        )
    store.finish(run.id, RunState.DONE, worker="w")

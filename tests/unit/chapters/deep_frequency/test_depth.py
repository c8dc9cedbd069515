"""Tables and charts over depths: medians over seeds, and runs that never got there."""

import math
from dataclasses import replace

import numpy as np
import pytest

from deepfreq_core.chapters.deep_frequency import depth, depth_charts
from deepfreq_core.chapters.deep_frequency.depth import DepthRun, depth_run
from deepfreq_core.config import MlpConfig, ResNetConfig, layer_names
from deepfreq_core.records import Measurement
from deepfreq_core.studies.finding import ALONE
from deepfreq_core.studies.verdict import Verdict

GRID = np.linspace(0.0, 40.0, 401)


def pure_wave(k: float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.exp(-(k**2) / GRID)


def arrays_of(lfr: np.ndarray, grid: np.ndarray) -> dict[str, np.ndarray]:
    return {"layers/lfr": lfr, "layers/rdf": np.gradient(lfr, grid, axis=1)}


def coordinates(n_layers: int, grid: np.ndarray = GRID) -> dict:
    names = layer_names(MlpConfig(depth=n_layers))
    return {"layers/layer": names, "layers/inverse_delta": grid}


def run_of(
    n_layers: int,
    seed: int,
    epochs: float,
    frequency: float,
    other: str = "",
    *,
    end: float = 0.5,
    mean_answer: float = 0.9,
) -> DepthRun:
    """A run whose last layer is a pure wave, through `depth_run` as the product does it."""
    lfr = np.stack([pure_wave(3.0)] * n_layers + [pure_wave(frequency)])
    end = 0.01 if math.isfinite(epochs) else end
    last = epochs if math.isfinite(epochs) else 100
    measurements = [
        Measurement(int(epoch), {"train_loss": loss}, arrays_of(lfr, GRID))
        for epoch, loss in ((0, 1.0), (last, end))
    ]
    along, facts = coordinates(n_layers), {"mean_answer_loss": mean_answer}
    return depth_run(measurements, along, facts, other=other, seed=seed, target=0.01, cap=100)


@pytest.fixture
def runs() -> list[DepthRun]:
    """Six seeds of three depths; deeper ones are faster and end lower."""
    return [
        run_of(d, seed, 90 - 20 * d - seed, 3.0 - 0.5 * d) for d in (1, 2, 3) for seed in range(6)
    ]


def test_a_run_in_numbers():
    one = run_of(2, 4, 30, 1.5)
    assert (one.depth, one.seed, one.layers) == (2, 4, ("input", "layer 1", "layer 2"))
    assert one.epochs == 30
    # linear interpolation on steps of 0.1 in 1/δ
    assert one.frequency == pytest.approx([3.0, 3.0, 1.5], rel=2e-3)
    assert math.isinf(run_of(2, 4, math.inf, 1.5).epochs)


def test_stages_and_blocks_are_called_by_their_names(runs):
    stages = layer_names(ResNetConfig(stages=3))
    of_resnets = [replace(run, layers=stages[: run.depth + 1]) for run in runs]
    rows = depth.rows_by_run(of_resnets, "")
    assert [row["layer"] for row in rows[:2]] == ["input", "stage 1"]
    by_layer = depth_charts.charts(of_resnets, "", 0.01)[3]
    assert (by_layer.x_title, by_layer.x_ticks) == ("stage", ("input", "1", "2", "3"))


def test_a_run_that_stopped_at_the_target_has_reached_it():
    """The mean over the last epoch ends a run; after its last step the loss may be higher."""
    arrays = {"layers/lfr": np.ones((2, GRID.size)), "layers/rdf": np.ones((2, 401))}
    measurements = [
        Measurement(0, {"train_loss": 1.0}, arrays),
        Measurement(20, {"train_loss": 0.0101, "epoch_loss": 0.0099}, arrays),
    ]
    one = depth_run(measurements, coordinates(1), {}, other="", seed=0, target=0.01, cap=100)
    assert 19 < one.epochs <= 20


def test_deeper_and_faster_holds_in_every_seed(runs):
    order = depth.speed_order(runs)[""]
    assert order.verdict is Verdict.HOLDS
    assert order.mean == pytest.approx(1)
    assert "6 of 6 seeds" in depth.sentence(runs)


def test_who_learned_nothing_is_slow_and_has_no_frequency(runs):
    stuck = [run_of(3, seed, math.inf, 0.1, end=0.895) for seed in (0, 1)]
    found = [run for run in runs if (run.depth, run.seed) not in {(3, 0), (3, 1)}] + stuck
    assert np.isnan(stuck[0].frequency).all()
    assert depth.speed_order(found)[""].correlations.size == 6
    assert "2 of 18 runs have learned nothing" in depth.sentence(found)
    rows = depth.table(found, "")
    assert rows[2]["frequency of the last layer"] == "1.50 (1.50 to 1.50)"  # without the 0.1
    assert depth.table(stuck, "")[0]["frequency of the last layer"] == "nothing learned"
    depth_charts.charts(found, "", 0.01)


def test_who_diverged_has_no_speed_either(runs):
    lost = run_of(3, 0, math.inf, 0.1, end=1e9)
    found = [run for run in runs if (run.depth, run.seed) != (3, 0)] + [lost]
    assert depth.speed_order(found)[""].correlations.size == 5
    assert "1 of 18 runs diverged and is left out" in depth.sentence(found)


def test_a_grid_that_starts_high_does_not_turn_the_order_of_frequencies_round():
    """All but the first layer have passed half at its start; each one's floor is the labels'."""
    grid = np.linspace(4.0, 40.0, 400)
    with np.errstate(divide="ignore"):
        lfr = np.stack([np.exp(-(k**2) / grid) for k in (4.0, 3.0, 2.0)])
    arrays = arrays_of(lfr, grid)
    measured = [Measurement(e, {"train_loss": 1 / (e + 1)}, arrays) for e in (0, 9)]
    more = {"other": "", "seed": 0, "target": 0.01, "cap": 9}
    found = depth_run(measured, coordinates(2, grid), {"lfr_floor": 0.0}, **more).frequency
    assert found[:2] == pytest.approx([4.0, 3.0], rel=1e-3)
    assert found[2] == pytest.approx(2.0, rel=0.2)  # passed there already: the start of the grid
    of_old = depth_run(
        measured, coordinates(2, grid), {}, **more
    ).frequency  # as it was: from its first point
    assert of_old[2] > 2.5


def test_with_few_seeds_it_says_so(runs):
    few = [run for run in runs if run.seed < 3]
    assert depth.sentence(few).startswith("Too few seeds to tell, +1.00")


def test_an_order_in_every_seed_that_is_weak_is_called_so():
    runs = [
        run_of(depth_, seed, epochs, 1.0, other="pytorch")
        for seed in range(6)
        for depth_, epochs in ((1, math.inf), (2, 300.0), (3, 100.0), (4, 400.0), (5, 500.0))
    ]
    line = depth.sentence(runs)
    assert line.startswith("pytorch: speed rises with depth only in part, +0.10")


def test_one_depth_alone_has_no_order(runs):
    assert depth.speed_order(runs[:6]) == {}
    assert "Two finished depths" in depth.sentence(runs[:6])


def test_the_table_has_a_row_a_network(runs):
    rows = depth.table([*runs, run_of(1, 9, math.inf, 2.5)], "")
    assert [row["depth"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["runs"] == "7" and rows[0]["never reached"] == "1"
    assert rows[0]["most"] == "> 100" and rows[0]["least"] == "65.0"
    assert rows[2]["epochs, median"] == "27.5"


def test_the_second_axis_comes_first_in_order_of_size():
    found = [run_of(1, 0, 10, 2, other) for other in ("100", "50", "3e-5")]
    assert [row["width"] for row in depth.table(found, "width")] == ["3e-5", "50", "100"]


def test_rows_by_run_are_plain_numbers_with_gaps(runs):
    rows = depth.rows_by_run([run_of(1, 0, math.inf, 2.5, "tanh")], "activation")
    assert [row["layer"] for row in rows] == ["input", "layer 1"]
    assert rows[0]["epochs_to_target"] is None and rows[0]["activation"] == "tanh"
    beyond = depth.rows_by_run([run_of(1, 0, 10, 100.0)], "")
    assert beyond[1]["equivalent_frequency"] is None and "" not in beyond[1]


def test_charts_draw_medians_and_mark_what_never_got_there(runs):
    charts = depth_charts.charts([*runs, run_of(3, 9, math.inf, 1.5)], "", 0.01)
    speed, relation, last, by_layer, density = charts
    assert list(speed.curves[0].y) == pytest.approx([67.5, 47.5, 28.0])
    assert speed.curves[0].high[-1] == 100
    never = speed.curves[1]
    assert never.is_points and never.depth is None and (never.x[0], never.y[0]) == (2, 100)
    assert [curve.name for curve in relation.curves] == [
        "depth 1", "depth 2", "depth 3", "never reached",
    ]  # fmt: skip
    assert list(last.curves[0].y) == pytest.approx([2.5, 2.0, 1.5], rel=2e-3)
    assert [curve.y.size for curve in by_layer.curves] == [2, 3, 4]
    assert by_layer.x_ticks == ("input", "1", "2", "3")
    assert max(curve.y.max() for curve in density.curves) == pytest.approx(1)


def test_a_second_axis_is_a_curve_each_and_its_own_charts_by_layer(runs):
    other = [run_of(d, 0, 50, 2.0, other) for d in (1, 2) for other in ("a", "b")]
    charts = depth_charts.charts(other, "init", 0.01)
    assert [curve.name for curve in charts[0].curves] == ["a", "b"]
    titles = [chart.title for chart in charts if "by layer" in chart.title]
    assert [title.partition(": ")[0] for title in titles] == ["init a", "init b"]


def test_a_frequency_beyond_the_grid_is_a_gap():
    found = [run_of(1, 0, 50, 100.0), run_of(2, 0, 40, 1.0)]
    last = depth_charts.charts(found, "", 0.01)[2]
    assert np.isnan(last.curves[0].y[0]) and np.isfinite(last.curves[0].y[1])
    assert depth.table(found, "")[0]["frequency of the last layer"] == "beyond the grid"


def test_runs_on_grids_in_even_ratios_are_compared_on_one():
    def on_log_grid(seed: int, upper: float) -> DepthRun:
        grid = np.geomspace(1e-2, upper, 60)
        rdf = np.stack([4.0 / grid**2 * np.exp(-4.0 / grid)] * 3)  # of sin 2x: largest at 2
        return replace(run_of(2, seed, 40, 2.0), inverse_delta=grid, rdf=rdf)

    density = depth_charts.charts([on_log_grid(0, 1e4), on_log_grid(1, 2e4)], "", 0.01)[-1]
    (curve,) = density.curves
    assert density.x_log
    assert (curve.x[0], curve.x[-1]) == pytest.approx((1e-2, 1e4))
    assert curve.x[np.argmax(curve.y)] == pytest.approx(2, rel=0.3)  # a step of the grid
    assert not depth_charts.charts([run_of(2, 0, 40, 2.0)], "", 0.01)[-1].x_log


def test_without_runs_there_are_axes_and_nothing_on_them():
    charts = depth_charts.charts([], "", 0.02)
    assert len(charts) == 5
    assert all(not chart.curves and chart.x_title and chart.y_title for chart in charts)
    assert "0.02" in charts[0].y_title


def test_numbers_of_the_second_axis_say_what_they_are(runs):
    widths = [replace(run, other=other) for run in runs for other in ("8", "16")]
    charts = depth_charts.charts(widths, "width", 0.01)
    assert [curve.name for curve in charts[0].curves] == ["width 8", "width 16"]
    assert [curve.name for curve in charts[2].curves] == ["width 8", "width 16"]
    assert depth.sentence(widths, "width").startswith("Width 8: deeper networks learn faster")
    assert "; width 16: deeper" in depth.sentence(widths, "width")
    assert [row["width"] for row in depth.table(widths, "width")][::3] == ["8", "16"]
    assert depth.named("skip connections", "true") == "skip connections true"
    assert depth.named("activation", "relu") == "relu" and depth.named("", "") == ""


def test_points_of_one_depth_are_told_apart_by_the_second_axis(runs):
    end = run_of(1, 9, math.inf, 2.0)
    found = [replace(run, other=other) for run in [*runs, end] for other in ("8", "16")]
    relation = depth_charts.charts(found, "width", 0.01)[1]
    assert relation.marks == ("width 8", "width 16")
    assert [(curve.name, curve.mark) for curve in relation.curves] == [
        *((f"depth {d}", mark) for d in (1, 2, 3) for mark in (0, 1)),
        *(("never reached", mark) for mark in (0, 1)),
    ]
    assert not depth_charts.charts(runs, "", 0.01)[1].marks


def test_a_curve_that_stands_alone_is_calm(runs):
    (curve,) = depth_charts.charts(runs, "", 0.01)[0].curves
    assert curve.depth == ALONE

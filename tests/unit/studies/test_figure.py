"""Charts of findings: what is drawn, where labels stand, and what an empty chart says."""

import numpy as np

from deepfreq_core import theme
from deepfreq_core.studies import figure as finding
from deepfreq_core.studies.finding import ALONE, Chart, Curve

X = np.array([0.0, 1.0, 2.0])


def curve(name, y, **more) -> Curve:
    return Curve(name, X, np.array(y, float), **more)


def traces(fig, role):
    return [trace for trace in fig.data if trace.meta["role"] == role]


def labels(fig):
    return {note.text: note for note in fig.layout.annotations}


def test_a_band_lies_under_its_line_and_has_its_colour():
    one = curve("deep", [1, 2, 3], low=np.zeros(3), high=np.full(3, 4.0), depth=1.0)
    band, line = finding.chart(Chart("t", "x", "y", (one,))).data
    assert (band.meta["role"], line.meta["role"]) == ("band", "line")
    assert list(band.y) == [4, 4, 4, 0, 0, 0]
    assert line.line.color == theme.DEPTH_SCALE[-1]
    assert band.fillcolor == theme.translucent(theme.DEPTH_SCALE[-1], 0.16)


def test_a_band_leaves_out_what_does_not_exist():
    one = curve("deep", [1, 2, 3], low=np.array([0, np.nan, 2]), high=np.full(3, 4.0))
    (band,) = traces(finding.chart(Chart("t", "x", "y", (one,))), "band")
    assert list(band.x) == [0, 2, 2, 0]


def test_a_curve_without_a_place_is_grey_and_dashed():
    fig = finding.chart(Chart("t", "x", "y", (curve("before", [1, 2, 3]),)))
    assert fig.data[0].line.color == theme.INPUT_COLOR
    assert fig.data[0].line.dash == "dash"


def test_ends_are_labelled_apart_in_the_colours_of_their_lines():
    curves = (
        curve("a", [1, 2, 3.0], depth=0.0),
        curve("b", [0, 1, 3.0], depth=1.0),
        curve("short", [0, 1, np.nan], depth=0.5),
    )
    found = labels(finding.chart(Chart("t", "x", "y", curves)))
    assert found["a"].x == found["b"].x == 2 and found["short"].x == 1
    assert found["a"].y != found["b"].y
    assert found["b"].font.color == theme.DEPTH_SCALE[-1]


def test_names_at_almost_the_same_end_are_apart_too():
    x = np.linspace(0, 10, 11)
    ends = [Curve(str(i), x - 0.1 * i, np.zeros(11), depth=i / 4) for i in range(5)]
    far = Curve("far", x[:6], np.zeros(6), depth=0.5)
    found = labels(finding.chart(Chart("t", "x", "y", (*ends, far))))
    heights = sorted(found[str(i)].y for i in range(5))
    assert min(np.diff(heights)) > 0.1 * (heights[-1] - heights[0])
    assert found["far"].y == 0


def test_on_a_log_axis_labels_stand_at_exponents_and_the_range_is_one():
    curves = (curve("a", [1, 10, 100.0]), curve("b", [1, 10, 1000.0]))
    fig = finding.chart(Chart("t", "x", "y", curves, y_log=True))
    assert fig.layout.yaxis.type == "log"
    assert labels(fig)["b"].y < fig.layout.yaxis.range[1] < 4
    assert fig.layout.yaxis.range[0] < 0 < 1.8 < labels(fig)["a"].y < 2.2


def test_a_short_log_axis_does_not_wait_for_a_1_2_or_5():
    short = finding.chart(Chart("t", "x", "y", (curve("a", [11, 12, 17.5]),), y_log=True))
    assert short.layout.yaxis.dtick is None and short.layout.yaxis.nticks == 5
    long = finding.chart(Chart("t", "x", "y", (curve("a", [11, 12, 400]),), y_log=True))
    assert long.layout.yaxis.dtick == "D2"


def test_named_ticks():
    fig = finding.chart(Chart("t", "x", "y", (curve("a", [1, 2, 3]),), x_ticks=("p", "q", "r")))
    assert list(fig.layout.xaxis.ticktext) == ["p", "q", "r"]
    assert list(fig.layout.xaxis.tickvals) == [0, 1, 2]


def test_points_are_not_joined_and_have_a_legend():
    points = curve("3 layers", [1, 2, 3], depth=0.5, is_points=True)
    never = curve("never reached", [5, 5, 5], is_points=True)
    fig = finding.chart(Chart("t", "x", "y", (points, never)))
    assert [trace.mode for trace in fig.data] == ["markers", "markers"]
    assert all(trace.showlegend for trace in fig.data)
    assert fig.data[0].marker.symbol != fig.data[1].marker.symbol


def test_titles_carry_what_the_record_says():
    fig = finding.chart(Chart("What is seen", "1/δ", "LFR", (curve("a", [1, 2, 3]),)))
    assert "What is seen" in fig.layout.title.text
    assert (fig.layout.xaxis.title.text, fig.layout.yaxis.title.text) == ("1/δ", "LFR")


def test_empty_has_the_same_axes_and_says_why():
    for curves in ((), (curve("a", [np.nan] * 3),)):
        fig = finding.chart(Chart("t", "x", "y", curves, y_log=True), why_empty="not yet")
        assert not fig.data
        assert fig.layout.xaxis.title.text == "x"
        assert "not yet" in labels(fig)


def test_marks_tell_points_apart_and_the_legend_says_each_once():
    points = [
        Curve(name, X, X, depth=depth, is_points=True, mark=mark)
        for name, depth in (("depth 1", 0.0), ("depth 2", 1.0), ("never reached", None))
        for mark in (0, 1)
    ]
    record = Chart("t", "x", "y", tuple(points), marks=("width 8", "width 16"))
    fig = finding.chart(record)
    shown = [trace.marker.symbol for trace in traces(fig, "points")]
    assert shown == ["circle", "square"] * 2 + ["circle-open", "square-open"]
    legend = [trace.name for trace in fig.data if trace.showlegend is not False]
    assert legend == ["depth 1", "depth 2", "never reached", "width 8", "width 16"]


def test_a_curve_that_stands_alone_is_no_alarm():
    """Blue: red and ochre say "deep" beside other curves, and "danger" where they stand alone."""
    color = finding.color_of(curve("median", [1, 2, 3], depth=ALONE))
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    assert blue > green and blue > 1.5 * red


def test_a_legend_and_a_subtitle_have_a_line_each():
    line, never = curve("median", [1, 2, 3], depth=0.0), Curve("never", X, X, is_points=True)
    alone = finding.chart(Chart("t", "x", "y", (line,)))
    both = finding.chart(Chart("t", "x", "y", (line, never)))
    (before,), (after,) = ([n for n in f.layout.annotations] for f in (alone, both))
    assert after.yshift - before.yshift == both.layout.margin.t - alone.layout.margin.t > 15


def test_single_runs_lie_behind_their_line_without_a_name_and_are_not_cut_at_the_edge():
    faint = curve("deep", [1, 2, 3], depth=1.0, is_faint=True)
    line = curve("deep", [1, 2, 3], depth=1.0)
    fig = finding.chart(Chart("t", "x", "y", (faint, line)))
    (runs,), (shown,) = traces(fig, "runs"), traces(fig, "line")
    assert runs.mode == "markers" and not runs.showlegend and runs.hoverinfo == "skip"
    assert runs.marker.color == theme.translucent(theme.DEPTH_SCALE[-1], 0.4)
    assert runs.cliponaxis is False and shown.cliponaxis is False
    low, high = fig.layout.xaxis.range
    assert -1e-3 < low < 0 and 2 < high < 2.001  # else rounding may put the first point outside
    assert not fig.layout.showlegend and "deep" in labels(fig)  # alone, named under the title


def test_no_number_is_written_where_what_was_never_reached_is_drawn():
    never = curve("never", [6, 6, 6], is_points=True)
    line = curve("deep", [1, 5, 6], depth=1.0)
    axis = finding.chart(Chart("t", "x", "y", (line, never), top=6.0)).layout.yaxis
    assert axis.tickmode == "array" and axis.range[1] > 6
    assert list(axis.tickvals) == [1, 2, 3, 4, 5]
    axis = finding.chart(Chart("t", "x", "y", (never,), top=6.0)).layout.yaxis
    assert not axis.tickvals
    far = curve("deep", [0.01, 5, 600], depth=1.0)
    axis = finding.chart(Chart("t", "x", "y", (far,), y_log=True, top=900.0)).layout.yaxis
    assert axis.type == "log" and list(axis.tickvals) == [0.01, 0.1, 1, 10, 100]


def test_values_that_are_named_stand_along_the_axis():
    record = Chart("t", "x", "y", (curve("deep", [1, 2, 3]),), x_at=(0.0, 1.0, 2.0))
    axis = finding.chart(record).layout.xaxis
    assert axis.tickmode == "array" and list(axis.tickvals) == [0, 1, 2]


def test_points_beside_the_first_and_last_tick_are_not_cut_off() -> None:
    x = np.array([-0.28, 0.0, 1.28])
    points = Curve("k = 1", x, np.ones(3), depth=0.0, is_points=True)
    figure = finding.chart(Chart("t", "x", "y", (points,), x_ticks=("one", "two")))
    low, high = figure.layout.xaxis.range
    assert low < -0.28 and high > 1.28
    line = Curve("k = 1", np.array([0.0, 1.0]), np.ones(2), depth=0.0)
    assert finding.chart(
        Chart("t", "x", "y", (line,), x_ticks=("one", "two"))
    ).layout.xaxis.range == (*(-0.15, 1.15),)

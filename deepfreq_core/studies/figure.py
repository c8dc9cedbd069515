"""Charts of findings: lines over seeds with bands, labelled at their ends."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import plotly.graph_objects as go

from deepfreq_core import theme
from deepfreq_core.records import Float64
from deepfreq_core.studies import labels
from deepfreq_core.studies.finding import Chart, Curve

NO_RUNS = "no finished runs yet"
HEIGHT = 330  # pixels of the whole figure
_PLOT_HEIGHT = 210  # pixels of it that end labels are spread over
_LETTER = 0.56  # width of a letter over its height, for the room that labels need
_MOST_ROOM = 190
_FAMILY = '"Source Sans", sans-serif'  # the page's
_NEAR = 0.12  # of the x axis: about the width of a name
_SYMBOLS = ("circle", "square", "diamond", "triangle-down", "pentagon", "star")
_LINE = 20  # pixels of a line above the plot
_BIT = 1e-6  # of the range: seen by nobody
_PAD = 0.07  # of the range, above and below the lines


def chart(record: Chart, *, why_empty: str = NO_RUNS, look: theme.Look = theme.SCREEN) -> go.Figure:
    """The chart as a figure.

    Args:
        record: Axes and curves.
        why_empty: What stands in a chart without a point.
        look: Sizes for a kind of screen.

    Returns:
        A figure with its title, one trace a curve and before it one for its band.
    """
    curves = [curve for curve in record.curves if np.isfinite(curve.y).any()]
    lines = [curve for curve in curves if not curve.is_points and not curve.is_faint]
    is_scatter = any(curve.is_points for curve in curves)
    # A legend and a subtitle would meet on a narrow page: they get a line each.
    above = _LINE if is_scatter and len(lines) == 1 else 0
    fig = theme.figure(
        look,
        x=_x_axis(record, curves, look),
        y=_y_axis(record, curves, look),
        height=HEIGHT,
        hovermode="closest" if is_scatter else "x unified",
        margin={"l": 12, "r": _label_room(curves, look), "t": 58 + above, "b": 8},
        showlegend=is_scatter,
        legend=_legend(curves),
        font={"size": look.font, "family": _FAMILY},  # no colour: the page's theme gives it
    )
    _write_title(fig, record.title, look)
    if not curves:
        fig.update_xaxes(showticklabels=False)
        fig.update_yaxes(showticklabels=False, showgrid=False)
        return theme.say_why_empty(fig, why_empty, look)
    in_legend = set[str]()
    for curve in curves:
        if curve.is_faint:
            _add_faint(fig, curve)
            continue
        symbol = _symbol(curve, has_marks=bool(record.marks))
        _add_curve(
            fig,
            curve,
            look,
            symbol,
            explained=curve.name in in_legend,
            unclipped=any(one.is_faint for one in curves) or record.top is not None,
        )
        in_legend.add(curve.name)
    for mark, name in enumerate(record.marks):
        _explain_mark(fig, mark, name)
    if len(lines) == 1:
        _write_subtitle(fig, lines[0].name, look, above)
    elif len(lines) > 1:
        _label_ends(fig, record, lines, look)
    return fig


def color_of(curve: Curve) -> str:
    """Colour on the scale of depth; grey where the curve has no place on it."""
    if curve.depth is None:
        return theme.INPUT_COLOR
    return theme.DEPTH_SCALE[round(curve.depth * (len(theme.DEPTH_SCALE) - 1))]


def _add_curve(
    fig: go.Figure,
    curve: Curve,
    look: theme.Look,
    symbol: str,
    *,
    explained: bool,
    unclipped: bool,
) -> None:
    color = color_of(curve)
    if curve.low is not None and curve.high is not None:
        there = np.isfinite(curve.low) & np.isfinite(curve.high)
        x, low, high = curve.x[there], curve.low[there], curve.high[there]
        fig.add_scatter(
            x=np.concatenate([x, x[::-1]]),
            y=np.concatenate([high, low[::-1]]),
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=theme.translucent(color, 0.16),
            hoverinfo="skip",
            showlegend=False,
            meta={"role": "band", "name": curve.name},
        )
    is_grey = curve.depth is None
    few = curve.x.size <= 12
    fig.add_scatter(
        x=curve.x,
        y=curve.y,
        mode="markers" if curve.is_points else "lines+markers" if few else "lines",
        name=curve.name,
        line={"color": color, "width": look.line, "dash": "dash" if is_grey else "solid"},
        marker={
            "color": color,
            "size": 9 if curve.is_points else 7,
            "symbol": symbol,
        },
        **({"cliponaxis": False} if unclipped else {}),
        hovertemplate="%{x:.3g}, %{y:.3g}" if curve.is_points else "%{y:.3g}",
        showlegend=curve.is_points and not explained,
        meta={"role": "points" if curve.is_points else "line", "name": curve.name},
    )


def _add_faint(fig: go.Figure, curve: Curve) -> None:
    """Single runs behind a line: seen where they lie, and no more."""
    fig.add_scatter(
        x=curve.x,
        y=curve.y,
        mode="markers",
        name=curve.name,
        marker={"color": theme.translucent(color_of(curve), 0.4), "size": 5},
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
        meta={"role": "runs", "name": curve.name},
    )


def _symbol(curve: Curve, *, has_marks: bool) -> str:
    """Grey points are open: a run that never got there is told apart without colour."""
    if not curve.is_points:
        return "circle"
    if curve.depth is None and not has_marks:
        return "triangle-up-open"
    symbol = _SYMBOLS[curve.mark % len(_SYMBOLS)]
    return f"{symbol}-open" if curve.depth is None else symbol


def _explain_mark(fig: go.Figure, mark: int, name: str) -> None:
    """A line of the legend without points: the mark, in no depth's colour."""
    fig.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        name=name,
        marker={"color": theme.INPUT_COLOR, "size": 9, "symbol": _SYMBOLS[mark % len(_SYMBOLS)]},
        hoverinfo="skip",
        meta={"role": "mark", "name": name},
    )


def _x_axis(record: Chart, curves: list[Curve], look: theme.Look) -> dict[str, object]:
    if record.x_ticks is not None:
        last = len(record.x_ticks) - 1
        spread = _finite([curve.x for curve in curves if curve.is_points], log=False)
        low, high = (min(0.0, spread.min()), max(last, spread.max())) if spread.size else (0, last)
        return theme.axis(
            record.x_title,
            look,
            showgrid=False,
            tickmode="array",
            tickvals=list(range(len(record.x_ticks))),
            ticktext=list(record.x_ticks),
            range=[float(low) - 0.15, float(high) + 0.15],
        )
    more: dict[str, object] = {"type": "log" if record.x_log else "linear"}
    values = _finite([curve.x for curve in curves if not curve.is_points], record.x_log)
    if values.size and values.min() < values.max():  # not further, for the sake of end labels
        # The browser rounds logarithms otherwise, and hides a point that lies outside by a bit.
        edge = _BIT * (values.max() - values.min()) if any(c.is_faint for c in curves) else 0.0
        more["range"] = [float(values.min() - edge), float(values.max() + edge)]
    more |= {"tickformat": "~g", "tickangle": 0, "nticks": 5 if record.x_log else 8}
    if record.x_at:
        more |= {"tickmode": "array", "tickvals": list(record.x_at)}
    return theme.axis(record.x_title, look, showgrid=False, **more)


def _y_axis(record: Chart, curves: list[Curve], look: theme.Look) -> dict[str, object]:
    low, high = _y_range(record, curves)
    more: dict[str, object] = {"range": [low, high], "tickformat": "~g"}
    if record.top is not None:
        reached = np.concatenate([curve.y[curve.y < record.top] for curve in curves])
        more |= {"type": "log" if record.y_log else "linear", "tickmode": "array"}
        more["tickvals"] = _round_numbers(reached, low, record.y_log)
        return theme.axis(record.y_title, look, **more)
    if record.y_log:
        # Within less than a decade there may be no 1, 2 or 5; Plotly then chooses round numbers.
        ticks = {"nticks": 5} if high - low < 1 else {"dtick": "D2" if high - low < 2 else 1}
        more |= {"type": "log", **ticks}
    else:
        more["nticks"] = 6
    return theme.axis(record.y_title, look, **more)


def _round_numbers(values: Float64, low: float, log: bool) -> list[float]:
    """Numbers to write along a y axis up to the largest value; none where there is no value.

    Args:
        values: What has a number, (k,).
        low: Where the axis begins, in its own coordinate.
        log: Whether it is logarithmic.
    """
    if not values.size:
        return []
    first, last = 10**low if log else low, float(values.max())
    if log and last > 5 * first > 0:
        powers = range(math.floor(math.log10(first)), math.ceil(math.log10(last)) + 1)
        of_ten = (1, 2, 5) if last < 1e3 * first else (1,)
        found = [float(digit * 10.0**power) for power in powers for digit in of_ten]
    else:
        raw = (last - first or abs(last) or 1.0) / 5
        size = float(10.0 ** math.floor(math.log10(raw)))
        step = size * next(factor for factor in (1, 2, 5, 10) if factor * size >= raw * 0.999)
        start = math.ceil(first / step)
        found = [float(f"{k * step:.12g}") for k in range(start, start + 9)]
    return [value for value in found if first <= value <= last * (1 + 1e-9)]


def _y_range(record: Chart, curves: list[Curve]) -> tuple[float, float]:
    """Range of the y axis in its own coordinate, which is log10 where the axis is logarithmic."""
    edges = [edge for c in curves for edge in (c.y, c.low, c.high) if edge is not None]
    values = _finite(edges, record.y_log)
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    pad = _PAD * (high - low) or (0.1 if record.y_log else 0.1 * abs(high) or 0.1)
    return low - pad, high + pad


def _finite(arrays: Iterable[Float64], log: bool) -> Float64:
    values: Float64 = np.concatenate([np.empty(0), *arrays])
    there: Float64 = values[np.isfinite(values)]
    return np.log10(there[there > 0]) if log else there


def _label_ends(fig: go.Figure, record: Chart, lines: list[Curve], look: theme.Look) -> None:
    """Names at the ends; those that end so close together that names could touch are spread."""
    low, high = _y_range(record, lines)
    gap = look.label_gap / _PLOT_HEIGHT * (high - low)
    ends = []
    for curve in lines:
        k = int(np.flatnonzero(np.isfinite(curve.y))[-1])
        place = (_place(curve.x[k], record.x_log), _place(curve.y[k], record.y_log))
        ends.append((curve, *place))
    ends.sort(key=lambda end: end[1])
    near = _NEAR * (ends[-1][1] - min(_place(c.x[0], record.x_log) for c in lines))
    groups = [[ends[0]]]
    for end in ends[1:]:
        if end[1] - groups[-1][-1][1] <= near:
            groups[-1].append(end)
        else:
            groups.append([end])
    for group in groups:
        places = labels.spread([y for _, _, y in group], gap, low, high)
        for (curve, x, _), y in zip(group, places, strict=True):
            theme.end_label(fig, curve.name, x, y, color_of(curve), look)


def _place(value: float, log: bool) -> float:
    """Where an annotation has to stand for this value: on a log axis at its exponent."""
    return math.log10(value) if log and value > 0 else float(value)


def _legend(curves: list[Curve]) -> dict[str, object]:
    """For points only: a column where end labels would stand, or one line above the lines."""
    if all(curve.is_points for curve in curves):
        return {"x": 1, "xanchor": "left", "y": 1, "yanchor": "top"}
    return {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"}


def _label_room(curves: list[Curve], look: theme.Look) -> int:
    if curves and all(curve.is_points for curve in curves):
        return 8  # the legend makes its own
    lines = [curve.name for curve in curves if not curve.is_points and not curve.is_faint]
    if len(lines) < 2:
        return 16
    return min(_MOST_ROOM, round(14 + _LETTER * look.label * max(map(len, lines))))


def _write_title(fig: go.Figure, title: str, look: theme.Look) -> None:
    fig.update_layout(
        title={
            "text": f"<b>{title}</b>",
            "font": {"size": look.label},
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "pad": {"l": 12},
            "y": 1,
            "yref": "container",
            "yanchor": "top",
        }
    )
    fig.layout.title.pad.t = 8


def _write_subtitle(fig: go.Figure, text: str, look: theme.Look, above: int) -> None:
    fig.add_annotation(
        name="subtitle",
        text=text,
        xref="x domain",
        yref="y domain",
        x=0,
        y=1,
        xanchor="left",
        yanchor="bottom",
        yshift=6 + above,
        showarrow=False,
        font={"size": look.font},
    )

"""Low-frequency ratio and ratio density: what the dashboard is about."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from deepfreq_core.analysis.frequency import is_logarithmic
from deepfreq_core.figures import labels, theme
from deepfreq_core.figures.series import RunSeries
from deepfreq_core.records import Float64

NOTHING_YET = "nothing measured yet"
_PLOT_HEIGHT = 380  # pixels that end labels are spread over where the real height is not known


def lfr_by_epoch(series: RunSeries, k: int = 0, *, look: theme.Look = theme.SCREEN) -> go.Figure:
    """LFR of the input and of every hidden layer against epoch, at the k-th 1/δ of the grid."""
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look, rangemode="tozero"),
        y=theme.axis("LFR(δ): up = lower frequency", look, range=[0, 1], tickformat=".1f"),
    )
    epochs = series.epoch
    for layer in range(series.n_layers + 1):
        ratio = np.empty(0) if series.is_empty else series.lfr[:, layer, k]
        error = None if series.lfr_error is None else series.lfr_error[:, layer, k]
        _add_line(fig, series, layer, epochs, ratio, error, look)
    if series.is_empty:
        return theme.say_why_empty(fig, NOTHING_YET, look)
    _label_ends(fig, series, float(epochs[-1]), series.lfr[-1, :, k], (0.0, 1.0), look)
    return fig


def density_by_layer(
    series: RunSeries, t: int = -1, *, normalized: bool = True, look: theme.Look = theme.SCREEN
) -> go.Figure:
    """RDF of every layer against 1/δ at the t-th measurement; left means lower frequency.

    As in the paper each curve is divided by its own largest value, because heights fall with
    frequency and only places are compared; `normalized=False` draws it as it is.
    """
    title = "RDF / its maximum" if normalized else "RDF = dLFR / d(1/δ)"
    fig = theme.figure(
        look,
        x=theme.axis(
            "1/δ (inverse squared units of x)",
            look,
            **_grid_axis(series.inverse_delta),
            showgrid=False,
            unifiedhovertitle={"text": "1/δ = %{x:.3g}"},
        ),
        y=theme.axis(title, look),
    )
    for layer in range(series.n_layers + 1):
        density = np.empty(0) if series.is_empty else series.rdf[t, layer]
        error = None if series.rdf_error is None else series.rdf_error[t, layer]
        scale = own_maximum(density) if normalized else 1.0
        shown_error = None if error is None else error / scale
        _add_line(fig, series, layer, series.inverse_delta, density / scale, shown_error, look)
    if series.is_empty:
        return theme.say_why_empty(fig, NOTHING_YET, look)
    return fig


def layer_epoch_map(series: RunSeries, k: int = 0, *, look: theme.Look = theme.SCREEN) -> go.Figure:
    """LFR of every hidden layer (rows, deepest on top) at every measured epoch, k-th 1/δ."""
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look),
        y=theme.axis(
            "hidden layer",
            look,
            showgrid=False,
            range=[0.5, series.n_layers + 0.5],
            tick0=1,
            dtick=-(-series.n_layers // 8),
        ),
        hovermode="closest",
        margin={"l": 12, "r": 8, "t": 14, "b": 8},
    )
    empty = series.is_empty
    fig.add_heatmap(
        x=series.epoch,
        y=list(range(1, series.n_layers + 1)),
        z=np.empty((series.n_layers, 0)) if empty else series.lfr[:, 1:, k].T,
        text=[[f"{epoch:g}" for epoch in series.epoch]] * series.n_layers,
        zmin=0,
        zmax=1,
        colorscale=[list(stop) for stop in theme.MAP_SCALE_LIGHT],
        colorbar={
            "title": {"text": "LFR(δ)", "font": {"size": look.font}},
            "tickfont": {"size": look.font},
            "thickness": 12,
            "outlinewidth": 0,
        },
        hovertemplate="epoch %{text}<br>layer %{y}<br>LFR %{z:.3f}<extra></extra>",
        meta={"role": "map"},
    )
    return theme.say_why_empty(fig, NOTHING_YET, look) if empty else fig


def _grid_axis(grid: Float64) -> dict[str, object]:
    """An axis for 1/δ: logarithmic for a grid in even ratios."""
    kind = {"type": "log"} if is_logarithmic(grid) else {"rangemode": "tozero"}
    return {**kind, "exponentformat": "power"}


def own_maximum(density: Float64) -> float:
    """What a density curve is divided by: its largest value, or 1 where that is not positive."""
    largest = float(np.nanmax(density)) if density.size else 1.0
    return largest if largest > 0 else 1.0


def _add_line(
    fig: go.Figure,
    series: RunSeries,
    layer: int,
    x: Float64,
    y: Float64,
    error: Float64 | None,
    look: theme.Look,
) -> None:
    """A band of ± two standard errors (empty where exact), and the line on top of it."""
    color = theme.layer_color(layer, series.n_layers)
    band_x, band_y = _band(x, y, error)
    fig.add_scatter(
        x=band_x,
        y=band_y,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=theme.translucent(color, 0.18),
        hoverinfo="skip",
        meta={"role": "band", "layer": layer},
    )
    fig.add_scatter(
        x=x,
        y=y,
        mode="lines",
        name=series.layer_names[layer],
        line=theme.layer_line(layer, series.n_layers, look),
        hovertemplate="%{y:.3f}",
        meta={"role": "line", "layer": layer},
    )


def _band(x: Float64, y: Float64, error: Float64 | None) -> tuple[Float64, Float64]:
    if error is None:
        return np.empty(0), np.empty(0)
    return (
        np.concatenate([x, x[::-1]]),
        np.concatenate([y + 2 * error, (y - 2 * error)[::-1]]),
    )


def _label_ends(
    fig: go.Figure,
    series: RunSeries,
    x: float,
    ends: Float64,
    span: tuple[float, float],
    look: theme.Look,
) -> None:
    gap = look.label_gap / _PLOT_HEIGHT * (span[1] - span[0])
    layers = labels.named(len(ends), gap, span[1] - span[0])
    places = labels.spread([float(ends[layer]) for layer in layers], gap, *span)
    for layer, place in zip(layers, places, strict=True):
        color = theme.layer_color(layer, series.n_layers)
        theme.end_label(fig, series.layer_names[layer], x, place, color, look)

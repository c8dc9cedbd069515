"""How training goes: loss and accuracy, and the gradient by layer."""

from __future__ import annotations

import plotly.graph_objects as go

from deepfreq_core.figures import theme
from deepfreq_core.figures.ratio import NOTHING_YET
from deepfreq_core.figures.series import RunSeries

_STYLES = {
    "train_loss": ("training", theme.TRAIN_COLOR, "solid"),
    "test_loss": ("test", theme.TEST_COLOR, "dot"),
    "train_accuracy": ("training", theme.TRAIN_COLOR, "solid"),
    "test_accuracy": ("test", theme.TEST_COLOR, "dot"),
}


def loss(series: RunSeries, *, look: theme.Look = theme.SCREEN) -> go.Figure:
    """Training and test loss against epoch, on a logarithmic axis."""
    axis = theme.axis("loss", look, type="log", dtick="D2", tickformat="~g")
    return _pair(series, ("train_loss", "test_loss"), axis, "%{y:.3g}", look)


def accuracy(series: RunSeries, *, look: theme.Look = theme.SCREEN) -> go.Figure:
    """Training and test accuracy against epoch."""
    axis = theme.axis("accuracy", look, range=[0, 1.02], tickformat=".0%")
    return _pair(series, ("train_accuracy", "test_accuracy"), axis, "%{y:.1%}", look)


def gradient_norm(series: RunSeries, *, look: theme.Look = theme.SCREEN) -> go.Figure:
    """Norm of the loss gradient by layer of weights, on a logarithmic axis.

    Weights are numbered by the hidden layer they produce; the last ones produce the output.
    """
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look, rangemode="tozero"),
        y=theme.axis("gradient norm ‖∂loss/∂W‖", look, type="log", tickformat="~g"),
    )
    for column in range(series.n_layers + 1):
        is_output = column == series.n_layers
        layer = 0 if is_output else column + 1
        fig.add_scatter(
            x=series.epoch,
            y=series.gradient_norm[:, column],
            mode="lines",
            name="output" if is_output else series.layer_names[layer],
            line=theme.layer_line(layer, series.n_layers, look),
            hovertemplate="%{y:.2e}",
            meta={"role": "gradient", "column": column},
        )
    return _without_numbers(fig, look) if series.is_empty else fig


def _pair(
    series: RunSeries,
    names: tuple[str, str],
    y_axis: dict[str, object],
    hover: str,
    look: theme.Look,
) -> go.Figure:
    x_axis = theme.epoch_axis(look, rangemode="tozero")
    fig = theme.figure(look, x=x_axis, y=y_axis)
    for name in names:
        label, color, dash = _STYLES[name]
        fig.add_scatter(
            x=series.epoch,
            y=series.scalars[name],
            mode="lines",
            name=label,
            line={"color": color, "width": look.line * 0.85, "dash": dash},
            hovertemplate=hover,
            meta={"role": "scalar", "name": name},
        )
    return _without_numbers(fig, look) if series.is_empty else fig


def _without_numbers(fig: go.Figure, look: theme.Look) -> go.Figure:
    fig.update_yaxes(showticklabels=False, showgrid=False)
    return theme.say_why_empty(fig, NOTHING_YET, look)

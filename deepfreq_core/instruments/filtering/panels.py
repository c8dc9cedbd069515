"""The charts of the filtering instrument: both parts over epochs and over δ; what each δ does."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel

_EPOCHS = {"epoch": {"epoch": "all"}}
_GRID = {"delta": {"delta": "all"}}
_GREY = "rgba(128,140,150,0.22)"
# Array, name at its line's end, colour, dash, width in lines.
_PARTS = (
    ("e_low_centred", "low", theme.LOW_COLOR, "solid", 1.0),
    ("e_low", "+ mean", theme.LOW_COLOR, "dot", 0.6),
    ("e_high", "high", theme.HIGH_COLOR, "solid", 1.0),
)
_SHARES = (
    ("label_lfr", "LFR", theme.LOW_COLOR),
    ("self_weight", "self", theme.INPUT_COLOR),
    ("high_share", "high", theme.HIGH_COLOR),
)


def panels(look: theme.Look) -> tuple[Panel, ...]:
    """The charts in this look, the main one first."""
    return (
        Panel(
            "errors",
            "What is still missing of the low and of the high part",
            "Relative error of the low and of the high part of the targets against epoch",
            _errors(look),
            place="main",
        ),
        Panel(
            "by_delta",
            "Both parts at every δ{at}",
            "Relative error of both parts against delta; where a filter parts nothing it is grey",
            _by_delta(look),
            place="row",
        ),
        Panel(
            "filter",
            "What each δ does to the targets",
            "Low-frequency ratio of the targets, weight a sample gives itself and share of the "
            "high part against delta",
            _filter(look),
            place="row",
        ),
    )


def _errors(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look, rangemode="tozero"),
        y=theme.axis("relative error of the part", look, rangemode="tozero", tickformat=".0%"),
        meta={"x": "epoch", "end_names": True},
    )
    for array, name, color, dash, width in _PARTS:
        fig.add_scatter(
            name=name,
            line={"color": color, "width": look.line * width, "dash": dash},
            hovertemplate="%{y:.1%}",
            meta={"fill": {"x": _EPOCHS, "y": {array: {"epoch": "all", "delta": "at"}}}},
        )
    return theme.as_dict(fig)


def _by_delta(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=_delta_axis(look),
        y=theme.axis("relative error of the part", look, range=[0, 1.3], tickformat=".0%"),
        meta={"x": "delta", "end_names": True},
    )
    _add_grey(fig)
    for array, name, color, dash, width in _PARTS:
        fig.add_scatter(
            name=name,
            line={"color": color, "width": look.line * width, "dash": dash},
            hovertemplate="%{y:.1%}",
            meta={"fill": {"x": _GRID, "y": {array: {"epoch": "at", "delta": "all"}}}},
        )
    return theme.as_dict(fig)


def _filter(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=_delta_axis(look),
        y=theme.axis("share", look, range=[0, 1.05], tickformat=".0%"),
        meta={"x": "delta", "end_names": True},
    )
    _add_grey(fig)
    for array, name, color in _SHARES:
        fig.add_scatter(
            name=name,
            line={"color": color, "width": look.line * 0.85},
            hovertemplate="%{y:.1%}",
            meta={"fill": {"x": _GRID, "y": {array: {"delta": "all"}}}},
        )
    return theme.as_dict(fig)


def _delta_axis(look: theme.Look) -> dict[str, Any]:
    return theme.axis(
        "δ (squared units of x)",
        look,
        type="log",
        showgrid=False,
        unifiedhovertitle={"text": "δ = %{x:.3g}"},
    )


def _add_grey(fig: go.Figure) -> None:
    """Ends of the range where a filter parts nothing: the identity, and the mean."""
    for array in ("grey_small", "grey_large"):
        fig.add_scatter(
            mode="lines",
            line={"width": 0, "color": _GREY},
            fill="tozeroy",
            fillcolor=_GREY,
            hoverinfo="skip",
            showlegend=False,
            meta={"fill": {"x": _GRID, "y": {array: {"epoch": "at", "delta": "all"}}}},
        )

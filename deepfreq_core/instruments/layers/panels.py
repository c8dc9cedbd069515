"""The charts of the layers instrument: LFR against the epoch, RDF against 1/δ, the map."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel

_EPOCHS = {"epoch": {"epoch": "all"}}
_GRID = {"inverse_delta": {"inverse_delta": "all"}}


def panels(look: theme.Look) -> tuple[Panel, ...]:
    """The charts in this look, the main one first."""
    return (
        Panel(
            "ratio",
            "Low-frequency ratio of every layer",
            "Low-frequency ratio of every layer against epoch",
            _ratio(look),
            place="main",
        ),
        Panel(
            "shares",
            "Ratio density{at}",
            "Ratio density of every layer against inverse delta, each divided by its maximum",
            _density("RDF / its maximum", look, own_max=True),
            group="density",
            tab="÷ maximum",
        ),
        Panel(
            "density",
            "Ratio density{at}",
            "Ratio density of every layer against inverse delta",
            _density("RDF = dLFR / d(1/δ)", look),
            group="density",
            tab="as it is",
        ),
        Panel(
            "gradient",
            "Training",
            "Norm of the loss gradient of every layer's weights against epoch",
            _gradient(look),
            group="training",
            tab="gradient",
        ),
        Panel(
            "map",
            "Layer × epoch",
            "Map of the low-frequency ratio by layer and epoch",
            _map(look),
        ),
    )


def _ratio(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look, rangemode="tozero"),
        y=theme.axis("LFR(δ): up = lower frequency", look, range=[0, 1], tickformat=".1f"),
        meta={"x": "epoch", "end_names": True},
    )
    at = {"epoch": "all", "layer": "each", "inverse_delta": "at"}
    _add_band(fig, {"x": _EPOCHS, "low": {"lfr_low": at}, "high": {"lfr_high": at}})
    fig.add_scatter(
        line={"width": look.line},
        hovertemplate="%{y:.3f}",
        meta={"fill": {"x": _EPOCHS, "y": {"lfr": at}}},
    )
    return theme.as_dict(fig)


def _density(title: str, look: theme.Look, **more: Any) -> dict[str, Any]:
    """Left means lower frequency.

    As in the paper each curve is divided by its own largest value, because heights fall with
    frequency and only places are compared.
    """
    fig = theme.figure(
        look,
        x=theme.axis(
            "1/δ (inverse squared units of x)",
            look,
            rangemode="tozero",
            exponentformat="power",
            showgrid=False,
            unifiedhovertitle={"text": "1/δ = %{x:.3g}"},
        ),
        y=theme.axis(title, look),
        meta={"x": "inverse_delta", "peak_names": {"rdf_peak": {"epoch": "at", "layer": "each"}}},
    )
    at = {"epoch": "at", "layer": "each", "inverse_delta": "all"}
    line = {"x": _GRID, "y": {"rdf": at}}
    _add_band(fig, line | {"low": {"rdf_low": at}, "high": {"rdf_high": at}}, **more)
    fig.add_scatter(
        line={"width": look.line}, hovertemplate="%{y:.3f}", meta={"fill": line, **more}
    )
    return theme.as_dict(fig)


def _gradient(look: theme.Look) -> dict[str, Any]:
    """Weights are numbered by the hidden layer they produce; the last ones produce the output."""
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look, rangemode="tozero"),
        y=theme.axis("gradient norm ‖∂loss/∂W‖", look, type="log", tickformat="~g"),
        meta={"x": "epoch", "end_names": True},
    )
    fig.add_scatter(
        line={"width": look.line},
        hovertemplate="%{y:.2e}",
        meta={"fill": {"x": _EPOCHS, "y": {"gradient_norm": {"epoch": "all", "weights": "each"}}}},
    )
    return theme.as_dict(fig)


def _map(look: theme.Look) -> dict[str, Any]:
    """LFR of every hidden layer (rows, deepest on top) at every measured epoch."""
    y = theme.axis("hidden layer", look, showgrid=False)
    fig = theme.map_over_epochs(look, y=y, dim="layer")
    at = {"epoch": "all", "layer": "all", "inverse_delta": "at"}
    fig.add_heatmap(
        zmin=0,
        zmax=1,
        colorscale=[list(stop) for stop in theme.MAP_SCALE_LIGHT],
        colorbar=theme.color_bar("LFR(δ)", look),
        hovertemplate="epoch %{customdata}<br>%{text}<br>LFR %{z:.3f}<extra></extra>",
        meta={
            "fill": {"x": _EPOCHS, "y": {"layer": {"layer": "all"}}, "z": {"lfr": at}},
            "from": {"layer": 1},
            "dark": {"colorscale": [list(stop) for stop in theme.MAP_SCALE_DARK]},
        },
    )
    return theme.as_dict(fig)


def _add_band(fig: go.Figure, fill: dict[str, Any], **more: Any) -> None:
    """± two standard errors, where rows were sampled or several seeds go together."""
    fig.add_scatter(
        mode="lines",
        line={"width": 0},
        fill="toself",
        hoverinfo="skip",
        meta={"fill": fill, **more},
    )

"""The charts of the output instrument: curves, or pictures."""

from __future__ import annotations

from typing import Any

from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel


def panels(look: theme.Look) -> tuple[Panel, ...]:
    """The charts in this look; those of the run's own kind are shown."""
    return (
        Panel(
            "curve",
            "The function{at}",
            "Target, training points and output of the network against x",
            _curve(look),
            place="main",
        ),
        Panel(
            "original",
            "The picture to be learned",
            "Target as a picture",
            _picture({"original": {"row": "all", "column": "all"}}, look),
        ),
        Panel(
            "picture",
            "What the network gives{at}",
            "Output of the network as a picture",
            _picture({"picture": {"epoch": "at", "row": "all", "column": "all"}}, look),
        ),
    )


def _curve(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.axis("x", look, showgrid=False, unifiedhovertitle={"text": "x = %{x:.3g}"}),
        y=theme.axis("f(x)", look),
        margin={"l": 12, "r": 8, "t": 14, "b": 8},
        meta={"x": "x"},
    )
    fig.add_scatter(
        name="target",
        line={"width": 1.6 * look.line, "color": theme.INPUT_COLOR},
        opacity=0.55,
        hovertemplate="target %{y:.3f}",
        meta={"fill": {"x": {"x": {"x": "all"}}, "y": {"target": {"x": "all"}}}},
    )
    fig.add_scatter(
        name="training points",
        mode="markers",
        marker={"size": 1.8 * look.line, "color": theme.TEST_COLOR},
        opacity=0.7,
        hoverinfo="skip",
        meta={"fill": {"x": {"sample": {"sample": "all"}}, "y": {"value": {"sample": "all"}}}},
    )
    fig.add_scatter(
        name="network",
        line={"width": look.line, "color": theme.TRAIN_COLOR},
        hovertemplate="network %{y:.3f}",
        meta={"fill": {"x": {"x": {"x": "all"}}, "y": {"curve": {"epoch": "at", "x": "all"}}}},
    )
    return theme.as_dict(fig)


def _picture(z: dict[str, Any], look: theme.Look) -> dict[str, Any]:
    quiet = {"showgrid": False, "showticklabels": False, "constrain": "domain"}
    fig = theme.figure(
        look,
        x=theme.axis("", look, **quiet),
        y=theme.axis("", look, autorange="reversed", scaleanchor="x", **quiet),
        hovermode="closest",
        margin={"l": 8, "r": 8, "t": 14, "b": 8},
        meta={},
    )
    fig.add_heatmap(
        zmin=0,
        zmax=1,
        colorscale=[[0.0, "#000000"], [1.0, "#ffffff"]],
        showscale=False,
        hovertemplate="row %{y}, column %{x}: %{z:.2f}<extra></extra>",
        meta={
            "fill": {"x": {"column": {"column": "all"}}, "y": {"row": {"row": "all"}}, "z": z},
        },
    )
    return theme.as_dict(fig)

"""The charts of the decay experiment: the interpolant, and what is left of it between points."""

from __future__ import annotations

from typing import Any

from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel

_M = {"cutoff": {"cutoff": "all"}}


def panels(look: theme.Look) -> tuple[Panel, ...]:
    """The charts in this look, the main one first."""
    return (
        Panel(
            "curve",
            "The interpolant of least energy{at}",
            "The interpolant at the chosen exponent, through its points",
            _curve(look),
            place="main",
        ),
        Panel(
            "height",
            "Height between the points",
            "Mean absolute height between the points against the cut-off, a line an exponent",
            _against_cutoff("height", "mean |h| between the points", look),
            place="main",
        ),
        Panel(
            "energy",
            "Least energy",
            "Least energy against the cut-off, a line an exponent",
            _against_cutoff("least_energy", "least energy", look),
        ),
        Panel(
            "condition",
            "How sure the digits are",
            "Reciprocal condition number against the cut-off, a line an exponent",
            _against_cutoff("condition", "reciprocal condition number", look),
        ),
    )


def _curve(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.axis("x", look, showgrid=False),
        y=theme.axis("h(x)", look),
        meta={"x": "x"},
    )
    at = {"cutoff": "at", "exponent": "at", "x": "all"}
    fig.add_scatter(
        name="h",
        line={"width": look.line, "color": theme.TRAIN_COLOR},
        hovertemplate="%{y:.3f}",
        meta={"fill": {"x": {"x": {"x": "all"}}, "y": {"curve": at}}},
    )
    fig.add_scatter(
        name="given",
        mode="markers",
        marker={"size": 4 * look.line, "color": theme.TEST_COLOR},
        hovertemplate="given: %{y:.3f}",
        meta={"fill": {"x": {"point": {"point": "all"}}, "y": {"value": {"point": "all"}}}},
    )
    return theme.as_dict(fig)


def _against_cutoff(array: str, title: str, look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.axis(
            "cut-off M", look, showgrid=False, unifiedhovertitle={"text": "cut-off M = %{x}"}
        ),
        y=theme.axis(title, look, type="log", tickformat="~g"),
        meta={"x": "cutoff", "end_names": True},
    )
    fig.add_scatter(
        line={"width": look.line},
        hovertemplate="%{y:.3g}",
        meta={"fill": {"x": _M, "y": {array: {"cutoff": "all", "exponent": "each"}}}},
    )
    return theme.as_dict(fig)

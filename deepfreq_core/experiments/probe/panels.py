"""How the watched training goes: loss and accuracy."""

from __future__ import annotations

from typing import Any

from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel


def panels(look: theme.Look) -> tuple[Panel, ...]:
    """The charts in this look."""
    loss, accuracy = theme.loss_axis(look), theme.accuracy_axis(look)
    return (
        Panel(
            "loss",
            "Training",
            "Loss against epoch",
            _one("train_loss", loss, "%{y:.3g}", look),
            group="training",
            tab="loss",
        ),
        Panel(
            "accuracy",
            "Training",
            "Accuracy against epoch",
            _one("train_accuracy", accuracy, "%{y:.1%}", look),
            group="training",
            tab="accuracy",
        ),
    )


def _one(array: str, y_axis: dict[str, Any], hover: str, look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look, x=theme.epoch_axis(look, rangemode="tozero"), y=y_axis, meta={"x": "epoch"}
    )
    fill = {"x": {"epoch": {"epoch": "all"}}, "y": {array: {"epoch": "all"}}}
    fig.add_scatter(
        name="given samples",
        line={"color": theme.TRAIN_COLOR, "width": look.line * 0.85},
        hovertemplate=hover,
        meta={"fill": fill},
    )
    return theme.as_dict(fig)

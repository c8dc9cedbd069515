"""How training goes: loss and accuracy."""

from __future__ import annotations

from typing import Any

from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel

_STYLES = (
    ("train", "training", theme.TRAIN_COLOR, "solid"),
    ("test", "test", theme.TEST_COLOR, "dot"),
)


def panels(look: theme.Look) -> tuple[Panel, ...]:
    """The charts in this look."""
    loss, accuracy = theme.loss_axis(look), theme.accuracy_axis(look)
    return (
        Panel(
            "loss",
            "Training",
            "Training and test loss against epoch",
            _pair("loss", loss, "%{y:.3g}", look),
            group="training",
            tab="loss",
        ),
        Panel(
            "accuracy",
            "Training",
            "Training and test accuracy against epoch",
            _pair("accuracy", accuracy, "%{y:.1%}", look),
            group="training",
            tab="accuracy",
        ),
    )


def _pair(what: str, y_axis: dict[str, Any], hover: str, look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look, rangemode="tozero"),
        y=y_axis,
        meta={"x": "epoch", "end_names": True},
    )
    for name, label, color, dash in _STYLES:
        fig.add_scatter(
            name=label,
            line={"color": color, "width": look.line * 0.85, "dash": dash},
            hovertemplate=hover,
            meta={
                "fill": {
                    "x": {"epoch": {"epoch": "all"}},
                    "y": {f"{name}_{what}": {"epoch": "all"}},
                }
            },
        )
    return theme.as_dict(fig)

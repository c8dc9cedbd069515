"""The figures of one network with no points in them, for the live view to fill in the browser.

One source of truth: what a layer looks like is decided by the functions that draw it; the browser
only puts numbers into the traces they made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from deepfreq_core.figures import ratio, theme, training
from deepfreq_core.figures.series import RunSeries

LOOKS = {"screen": theme.SCREEN, "projector": theme.PROJECTOR}
_BUILDERS: Mapping[str, Callable[..., go.Figure]] = {
    "ratio": ratio.lfr_by_epoch,
    "density": ratio.density_by_layer,
    "map": ratio.layer_epoch_map,
    "loss": training.loss,
    "accuracy": training.accuracy,
    "gradient": training.gradient_norm,
}


@lru_cache(maxsize=64)
def templates(layer_names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Empty figures as plain JSON values, by look and name."""
    series = RunSeries.empty(layer_names)
    return {
        look_name: {
            name: _without_template(plain(build(series, look=look).to_dict()))
            for name, build in _BUILDERS.items()
        }
        for look_name, look in LOOKS.items()
    }


def looks() -> dict[str, dict[str, float]]:
    """Sizes by look, for labels that the browser places."""
    return {name: asdict(look) for name, look in LOOKS.items()}


def map_scales() -> dict[str, list[list[Any]]]:
    """Colour scale of the layer × epoch map, by page theme."""
    scales = {"light": theme.MAP_SCALE_LIGHT, "dark": theme.MAP_SCALE_DARK}
    return {name: [list(stop) for stop in scale] for name, scale in scales.items()}


def _without_template(figure: dict[str, Any]) -> dict[str, Any]:
    """Plotly's default template is empty here (`template=None`) and would weigh most."""
    figure["layout"].pop("template", None)
    return figure


def plain(value: Any) -> Any:
    """Plotly's dicts with arrays as lists; empty arrays in its packed form too."""
    if isinstance(value, dict):
        if set(value) >= {"dtype", "bdata"}:
            return []
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value

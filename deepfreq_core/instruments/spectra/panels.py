"""The charts of the spectra instrument: errors of the peaks, both spectra, the papers' map."""

from __future__ import annotations

from typing import Any

from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel

_EPOCHS = {"epoch": {"epoch": "all"}}
_K = {"frequency": {"frequency": "all"}}
# The papers' map: red is learned, blue is not, from 0.1 to 1.
_LEARNED = (
    (0.0, "#b2182b"),
    (0.25, "#ef8a62"),
    (0.5, "#f7f7f7"),
    (0.75, "#67a9cf"),
    (1.0, "#2166ac"),
)


def panels(look: theme.Look) -> tuple[Panel, ...]:
    """The charts in this look, the main one first."""
    return (
        Panel(
            "learning",
            "How far each frequency is off",
            "Relative error of the target's peaks against epoch",
            _learning(look),
            place="main",
        ),
        Panel(
            "spectrum",
            "Spectrum{at}",
            "Amplitudes of target and output against frequency",
            _spectrum(look),
        ),
        Panel(
            "map",
            "Frequency × epoch: red is learned",
            "Map of the relative error by frequency and epoch",
            _map(look),
        ),
    )


def _learning(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look, rangemode="tozero"),
        y=theme.axis("relative error Δ(k): down = learned", look, type="log", tickformat="~g"),
        meta={"x": "epoch", "end_names": True},
    )
    fig.add_scatter(
        line={"width": look.line},
        hovertemplate="%{y:.1%}",
        meta={"fill": {"x": _EPOCHS, "y": {"peak_error": {"epoch": "all", "peak": "each"}}}},
    )
    now = {"epoch": "at", "peak": "all", "threshold": "at"}
    fig.add_scatter(
        name="learned",
        mode="markers",
        marker={"size": 4 * look.line, "symbol": "circle-open", "color": theme.INPUT_COLOR},
        hoverinfo="skip",
        meta={
            "fill": {
                "x": {"learned_epoch": now},
                "y": {"level": {"peak": "all", "threshold": "at"}},
            }
        },
    )
    return theme.as_dict(fig)


def _spectrum(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.axis(
            "frequency k", look, showgrid=False, unifiedhovertitle={"text": "k = %{x:.3g}"}
        ),
        y=theme.axis("amplitude", look, rangemode="tozero"),
        meta={"x": "frequency"},
    )
    fig.add_scatter(
        name="sampling noise",
        line={"width": 0.5 * look.line, "color": theme.INPUT_COLOR, "dash": "dot"},
        hovertemplate="noise %{y:.3g}",
        meta={"fill": {"x": _K, "y": {"noise": {"frequency": "all"}}}},
    )
    fig.add_scatter(
        name="target",
        line={"width": 1.6 * look.line, "color": theme.INPUT_COLOR},
        hovertemplate="target %{y:.3g}",
        meta={"fill": {"x": _K, "y": {"target_amplitude": {"frequency": "all"}}}},
    )
    fig.add_scatter(
        name="network",
        line={"width": 0.8 * look.line, "color": theme.TRAIN_COLOR},
        mode="lines+markers",
        marker={"size": 2.2 * look.line},
        hovertemplate="network %{y:.3g}",
        meta={"fill": {"x": _K, "y": {"amplitude": {"epoch": "at", "frequency": "all"}}}},
    )
    return theme.as_dict(fig)


def _map(look: theme.Look) -> dict[str, Any]:
    y = theme.axis("frequency k", look, showgrid=False)
    fig = theme.map_over_epochs(look, y=y, dim="frequency")
    fig.add_heatmap(
        zmin=0.1,
        zmax=1,
        colorscale=[list(stop) for stop in _LEARNED],
        colorbar=theme.color_bar("Δ(k)", look),
        hovertemplate="epoch %{customdata}<br>k = %{y:.3g}<br>error %{z:.0%}<extra></extra>",
        meta={
            "fill": {
                "x": _EPOCHS,
                "y": _K,
                "z": {"relative_error": {"epoch": "all", "frequency": "all"}},
            }
        },
    )
    return theme.as_dict(fig)

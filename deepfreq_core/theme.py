"""Colours, sizes and the common layout of every figure.

Depth runs along one scale, from blue (shallow) to ochre (deep). It was sampled in OKLCH along a
path of rising luminance, at steps of equal smallest distance under normal, deuteranopic and
protanopic vision. Luminance stays between 0.125 and 0.30, so every colour has a contrast of at
least 3 on the light and on the dark page: a layer keeps its colour when the theme changes.
`tests/unit/test_theme.py` checks all of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

DEPTH_SCALE = (
    *("#375ec0", "#6659c3", "#7d55bf", "#8a54ba", "#9452b5", "#9c51b0", "#a450ab", "#aa50a6"),
    *("#af4fa1", "#b44f9b", "#b94e96", "#bd4e91", "#c14f8b", "#c44f85", "#c74f80", "#ca507a"),
    *("#cd5175", "#cf516f", "#d15369", "#d35463", "#d4555d", "#d65757", "#d75950", "#d75c48"),
    *("#d85e40", "#d86236", "#d76529", "#d66919", "#d36f09", "#cd7609", "#c77c10", "#c08409"),
    "#b58f02",
)
INPUT_COLOR = "#7c8591"  # the raw input: no layer, so no colour; drawn dashed
MELTED_COLOR = "#9aa2ab"  # no class stands out
TRAIN_COLOR = "#4f7f8c"
TEST_COLOR = "#8a7a4a"
# Low and high frequency where there is no depth: the ends of the scale, which are told apart best.
LOW_COLOR, HIGH_COLOR = DEPTH_SCALE[0], DEPTH_SCALE[-2]

# Classes have no order: ten hues of two brightnesses, neighbours in the list far apart.
CLASS_COLORS = (
    *("#2560d4", "#e27505", "#028f41", "#c4283c", "#8d4bc9"),
    *("#ad9109", "#06a3a4", "#e861b5", "#039ed0", "#567201"),
)
FULL_BLEND = 0.9  # after its number, a class has its own colour: in steps of a tenth, below 1
# A real value: from its most negative to its most positive, grey at 0.
VALUE_SCALE = ((0.0, "#2560d4"), (0.5, INPUT_COLOR), (1.0, "#d2691e"))

# LFR on the map: one hue, dark = low frequency on light paper, bright = low frequency on dark.
MAP_SCALE_LIGHT = (
    (0.0, "#f2f4f5"),
    (0.25, "#c3d5da"),
    (0.5, "#88aab4"),
    (0.75, "#4a7785"),
    (1.0, "#143f4d"),
)
MAP_SCALE_DARK = (
    (0.0, "#1b2329"),
    (0.25, "#274652"),
    (0.5, "#3f7282"),
    (0.75, "#74a7b5"),
    (1.0, "#d6edf2"),
)

PAPER_LIGHT, PAPER_DARK = "#ffffff", "#12171c"


@dataclass(frozen=True, slots=True)
class Look:
    """Sizes for one kind of screen, in CSS pixels.

    Attributes:
        font: Axis numbers and titles.
        label: Labels at the ends of lines.
        line: Width of a layer's line.
        label_gap: Smallest distance between the middles of two end labels.
        label_room: Margin to the right, where the end labels stand.
    """

    font: int
    label: int
    line: float
    label_gap: int
    label_room: int


SCREEN = Look(font=14, label=15, line=2.6, label_gap=18, label_room=76)
PROJECTOR = Look(font=20, label=22, line=4.2, label_gap=27, label_room=108)


def layer_color(layer: int, n_layers: int) -> str:
    """Colour of hidden layer `layer` of `n_layers`; grey for layer 0, the raw input."""
    if layer == 0:
        return INPUT_COLOR
    share = 0.5 if n_layers <= 1 else (layer - 1) / (n_layers - 1)
    return DEPTH_SCALE[round(share * (len(DEPTH_SCALE) - 1))]


def scale_colors(n: int, reference: int | None) -> list[str]:
    """Colours of n values along the scale of depth; grey for the one the others compare with."""
    n_ordered = n if reference is None else n - 1
    places = iter(range(1, n + 1))
    return [
        INPUT_COLOR if i == reference else layer_color(next(places), n_ordered) for i in range(n)
    ]


def class_colors(n: int) -> list[str]:
    """Colours of n classes; beyond ten they come again."""
    return [CLASS_COLORS[i % len(CLASS_COLORS)] for i in range(n)]


def class_scale() -> list[tuple[float, str]]:
    """Colour scale for the number of a class, from −½ to 9½: a band of one colour each."""
    n = len(CLASS_COLORS)
    return [((i + end) / n, color) for i, color in enumerate(CLASS_COLORS) for end in (0, 1)]


def blend_scale() -> list[tuple[float, str]]:
    """Colour scale from 0 to 10: after each whole number, from grey to that class's colour."""
    n = len(CLASS_COLORS)
    return [
        stop
        for i, color in enumerate(CLASS_COLORS)
        for stop in ((i / n, MELTED_COLOR), ((i + FULL_BLEND) / n, color), ((i + 1) / n, color))
    ]


def axis(title: str, look: Look, **more: Any) -> dict[str, Any]:
    """A quiet axis: light grid, no zero line, room for its title."""
    return {
        "title": {"text": title, "font": {"size": look.font}, "standoff": 8},
        "tickfont": {"size": look.font},
        "zeroline": False,
        "automargin": True,
        "ticks": "",
        "gridcolor": "rgba(128,140,150,0.22)",
        "linecolor": "rgba(128,140,150,0.45)",
        **more,
    }


def epoch_axis(look: Look, **more: Any) -> dict[str, Any]:
    """The epoch axis of every chart over training."""
    hover = {"text": "epoch %{x}"}
    return axis("epoch", look, showgrid=False, unifiedhovertitle=hover, **more)


def figure(look: Look, *, x: dict[str, Any], y: dict[str, Any], **layout: Any) -> go.Figure:
    """An empty figure in the common layout: transparent, no legend, a fixed `uirevision`."""
    return go.Figure(
        layout={
            "template": None,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"size": look.font, "color": "#6b7580"},
            "showlegend": False,
            "uirevision": "kept",
            "hovermode": "x unified",
            "hoverlabel": {"font": {"size": look.font}},
            "margin": {"l": 12, "r": look.label_room, "t": 14, "b": 8},
            "dragmode": "zoom",
            "xaxis": x,
            "yaxis": y,
            **layout,
        }
    )


def map_over_epochs(look: Look, *, y: dict[str, Any], dim: str) -> go.Figure:
    """An empty figure for a map: epochs to the right, a dim upwards."""
    return figure(
        look,
        x=epoch_axis(look),
        y=y,
        hovermode="closest",
        margin={"l": 12, "r": 8, "t": 14, "b": 8},
        meta={"x": "epoch", "y": dim},
    )


def color_bar(title: str, look: Look, **more: Any) -> dict[str, Any]:
    """A quiet colour bar."""
    return {
        "title": {"text": title, "font": {"size": look.font}},
        "tickfont": {"size": look.font},
        "thickness": 12,
        "outlinewidth": 0,
        **more,
    }


def loss_axis(look: Look) -> dict[str, Any]:
    """The loss axis of every training."""
    return axis("loss", look, type="log", dtick="D2", tickformat="~g")


def accuracy_axis(look: Look) -> dict[str, Any]:
    """The accuracy axis of every training."""
    return axis("accuracy", look, range=[0, 1.02], tickformat=".0%")


def end_label(fig: go.Figure, text: str, x: float, y: float, color: str, look: Look) -> None:
    """Name a line at its end."""
    fig.add_annotation(
        name=f"end {text}",
        text=text,
        x=x,
        y=y,
        xanchor="left",
        xshift=7,
        showarrow=False,
        font={"size": look.label, "color": color},
    )


def say_why_empty(fig: go.Figure, why: str, look: Look) -> go.Figure:
    """Write one line into an empty figure that says why it is empty."""
    fig.add_annotation(
        name="empty",
        text=why,
        xref="x domain",
        yref="y domain",
        x=0.5,
        y=0.5,
        showarrow=False,
        font={"size": look.label},
    )
    return fig


def translucent(color: str, alpha: float) -> str:
    """`#rrggbb` as an rgba() with this opacity."""
    red, green, blue = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def as_dict(figure: go.Figure) -> dict[str, Any]:
    """A figure as plain JSON values, without Plotly's default template, which would weigh most."""
    found: dict[str, Any] = plain(figure.to_dict())
    found["layout"].pop("template", None)
    return found


def plain(value: Any) -> Any:
    """Plotly's dicts with arrays as lists; empty arrays in its packed form too."""
    if isinstance(value, dict):
        if set(value) >= {"dtype", "bdata"}:
            return []
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.tolist() if hasattr(value, "tolist") else value

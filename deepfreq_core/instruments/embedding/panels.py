"""The charts of the embedding instrument: a picture a layer, one of them large, and melting."""

from __future__ import annotations

from typing import Any

from deepfreq_core import theme
from deepfreq_core.schema.panels import Panel

_NOW = {"epoch": "at", "sample": "all"}
_N = len(theme.CLASS_COLORS)


def panels(look: theme.Look) -> tuple[Panel, ...]:
    """The charts in this look, the row of pictures first."""
    return (
        Panel(
            "pictures",
            "What each layer sees{at}",
            "The same samples as every layer sees them, in the plane of its two largest "
            "principal components, coloured by class or target",
            _cloud(look, "facet", melted=False),
            place="main",
        ),
        Panel(
            "chosen",
            "One layer, larger{at}",
            "The samples in the plane of one layer, coloured by class or target",
            _cloud(look, "at", melted=False),
        ),
        Panel(
            "melted",
            "Its labels, smoothed{at}",
            "The same samples, coloured by their labels after the Gaussian filter at the chosen δ",
            _cloud(look, "at", melted=True),
        ),
        Panel(
            "share",
            "How much of the spread the labels explain",
            "Share of the variance of every layer's output that the labels explain, against epoch",
            _share(look),
        ),
    )


def _cloud(look: theme.Look, layer: str, *, melted: bool) -> dict[str, Any]:
    """Samples as dots, the same square around every layer; two traces, one of which has colours."""
    bare = {
        "showticklabels": False,
        "showgrid": False,
        "showspikes": False,
        "fixedrange": layer == "facet",
        "mirror": True,
        "automargin": False,  # margins that grow while dots are drawn would leave them displaced
        "showline": True,
    }
    fig = theme.figure(
        look,
        x=theme.axis("", look, **bare),
        y=theme.axis("", look, **bare),
        hovermode="closest",
        meta={"square": True},
        margin={"l": 4, "r": 8 if melted else look.label_room, "t": 6, "b": 2 * look.font},
    )
    if layer != "facet":  # small ones are square already
        text = "unit: the layer's own spread"
        fig.update_xaxes(title={"text": text, "font": {"size": 0.9 * look.font}, "standoff": 6})
    size = look.line * (1.6 if layer == "facet" else 2.3)
    at = {**_NOW, "layer": layer}
    places = {
        axis: {"scores": {**at, "component": component}} for component, axis in enumerate("xy")
    }
    smooth = {**at, "inverse_delta": "at"}
    of_classes = {"class_blend": smooth} if melted else {"label": {"sample": "all"}}
    of_values = {"hue_blend": smooth} if melted else {"hue": _NOW}
    target = {"text": {"target": {"sample": "all"}}}
    for title, scale, said, fill, more in (
        ("class", _of_classes(melted), "class %{text}", {"color": of_classes}, {"named": "class"}),
        ("y / max |y|", _of_values(), "target %{text:.3g}", {"color": of_values, **target}, {}),
    ):
        has_legend = layer != "facet" and not melted
        bar = _bar(title, look) if has_legend else {"showscale": False}
        mostly = "mostly " if melted and more else ""
        fig.add_scatter(
            mode="markers",
            marker={"size": size, "opacity": 0.85, "line": {"width": 0}, **scale, **bar},
            hovertemplate=f"{mostly}{said}<extra></extra>",
            meta={"fill": {**places, **fill}, **more},
        )
    return theme.as_dict(fig)


def _of_classes(melted: bool) -> dict[str, Any]:
    """Colours of numbers of classes; melted, the part after the point is how far one leads."""
    if melted:
        return {"colorscale": theme.blend_scale(), "cmin": 0, "cmax": _N}
    return {"colorscale": theme.class_scale(), "cmin": -0.5, "cmax": _N - 0.5}


def _of_values() -> dict[str, Any]:
    return {"colorscale": [list(stop) for stop in theme.VALUE_SCALE], "cmin": -1, "cmax": 1}


def _bar(title: str, look: theme.Look) -> dict[str, Any]:
    """The legend, once: beside the picture of the labels as they are."""
    return {"showscale": True, "colorbar": theme.color_bar(title, look)}


def _share(look: theme.Look) -> dict[str, Any]:
    fig = theme.figure(
        look,
        x=theme.epoch_axis(look, rangemode="tozero"),
        y=theme.axis("share of variance", look, range=[0, 1.02], tickformat=".0%"),
        meta={"x": "epoch", "end_names": True},
    )
    fig.add_scatter(
        line={"width": look.line * 0.85},
        hovertemplate="%{y:.1%}",
        meta={
            "fill": {
                "x": {"epoch": {"epoch": "all"}},
                "y": {"labels_share": {"epoch": "all", "layer": "each"}},
            }
        },
    )
    return theme.as_dict(fig)

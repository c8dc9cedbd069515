"""What the embedding instrument's numbers mean: arrays, cursors, colours, the sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from deepfreq_core.config import layer_names
from deepfreq_core.records import Float64
from deepfreq_core.schema import Array, Coordinates, Dim, Message, Outcome, Schema
from deepfreq_core.schema.reader import Arrays, Measured, OutcomeValue, Reader

_FULL = 0.9  # after a class's number, its own colour: theme.FULL_BLEND, which needs plotly
_SEEN = 0.05  # a difference of shares that can be seen: what chance explains of 200 samples
_ROOM = 1.08  # of an axis, beyond the outermost sample
_PICTURES = ("pictures", "chosen", "melted")

_SMOOTHED = ("layer", "inverse_delta", "sample")


SCHEMA = Schema.of(
    Dim("layer", "layer", is_named=True, scale="depth", reference=0, title="layer shown"),
    Dim("sample", "sample"),
    Dim("component", "direction in the plane", is_named=True),
    Dim("class", "class", is_named=True, scale="classes"),
    Dim(
        "inverse_delta",
        "1/δ",
        "inverse squared units of x",
        title="smooth at 1/δ =",
    ),
    Array(
        "scores",
        ("layer", "sample", "component"),
        "place in the plane of the two largest principal components",
        "spread of the layer in that plane",
        over_seeds="first",
    ),
    Array("spread", ("layer",), "root mean square distance from the mean", "units of the layer"),
    Array("shown_share", ("layer",), "share of variance in the plane"),
    Array("labels_share", ("layer",), "share of variance that the labels explain"),
    Array(
        "leading",
        _SMOOTHED,
        "class with the largest smoothed label",
        is_optional=True,
        over_seeds="first",
        is_drawn=False,
    ),
    Array(
        "leading_share",
        _SMOOTHED,
        "smoothed label of that class",
        "%",
        is_optional=True,
        over_seeds="first",
        is_drawn=False,
    ),
    Array(
        "smoothed",
        _SMOOTHED,
        "smoothed target",
        is_optional=True,
        over_seeds="first",
        is_drawn=False,
    ),
    Array("label", ("sample",), "class of the sample", is_fixed=True, is_optional=True),
    Array("target", ("sample",), "target of the sample", is_fixed=True, is_optional=True),
    Array("hue", ("sample",), "target / largest |target|", is_derived=True),
    Array("class_blend", _SMOOTHED, "leading class and how far it leads", is_derived=True),
    Array("hue_blend", _SMOOTHED, "smoothed target / largest |target|", is_derived=True),
    Outcome("labels_share", "share of variance that the labels explain at the end", dim="layer"),
)


class EmbeddingReader(Reader):
    """Where samples lie in each layer's plane, and how their labels melt."""

    schema = SCHEMA

    def known(self) -> Coordinates:
        """Names of the layers, which follow from the network's settings."""
        return {"layer": layer_names(self.run.net), "component": ("first", "second")}

    def derived(self, arrays: Arrays, coordinates: Coordinates) -> Arrays:
        """Numbers that colours are read off.

        Of classes: the class's number, plus how far its smoothed label stands above an even
        mixture of all, from 0 to 0.9 in tenths. Of a value: it over the largest of the targets.
        """
        if "leading" in arrays:
            n_classes = len(coordinates["class"])
            even = 1 / n_classes
            lead = np.clip((arrays["leading_share"] / 100 - even) / (1 - even), 0, 1)
            return {"class_blend": (arrays["leading"] + _FULL * lead).round(1)}
        if "smoothed" not in arrays:
            return {}
        target = np.asarray(coordinates["target"], dtype=np.float64)
        largest = float(np.abs(target).max()) or 1.0
        return {
            "hue": (target / largest).round(3),
            "hue_blend": (arrays["smoothed"] / largest).round(3),
        }

    def ranges(self, arrays: Arrays, coordinates: Coordinates) -> Mapping[str, tuple[float, float]]:
        """The same square for every layer, so that shapes can be compared."""
        if "scores" not in arrays:
            return {}
        reach = _ROOM * max(1.0, float(np.abs(arrays["scores"]).max()))
        return {f"{name}.{axis}": (-reach, reach) for name in _PICTURES for axis in "xy"}

    def starts(self, measured: Measured) -> Mapping[str, float | str]:
        """The last layer, at the middle of the grid: labels of the input are melted there."""
        if "inverse_delta" not in measured.coordinates:
            return {}
        grid = np.asarray(measured.coordinates["inverse_delta"], dtype=np.float64)
        return {
            "layer": str(measured.coordinates["layer"][-1]),
            "inverse_delta": float(grid[grid.size // 2]),
        }

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """How much of the spread the labels explain, at the input and in the last layer."""
        names = measured.coordinates["layer"]
        share = _labels_share(measured)
        if "sample" not in measured.coordinates:
            return ()
        what = "classes" if "label" in measured.coordinates else "target"
        if not math.isfinite(share[-1]):
            return (Message(f"{what}.dead", {"layer": str(names[-1])}),)
        first, last = float(np.nan_to_num(share[0])), float(share[-1])
        gain = last - first
        seen = "gather" if gain > _SEEN else "scatter" if gain < -_SEEN else "alike"
        values = {
            "layer": str(names[-1]),
            "first": f"{100 * first:.0f} %",
            "last": f"{100 * last:.0f} %",
        }
        return (Message(f"{what}.{seen}", values),)

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """The share that the labels explain in every layer, at the end."""
        names = [str(name) for name in measured.coordinates["layer"]]
        found = _labels_share(measured)
        return {"labels_share": dict(zip(names, map(float, found), strict=True))}


def _labels_share(measured: Measured) -> Float64:
    """At the end, by layer; NaN where a run kept none."""
    none = np.full(len(measured.coordinates["layer"]), np.nan)
    return np.asarray(measured.arrays[-1].get("labels_share", none), dtype=np.float64)


READER = EmbeddingReader

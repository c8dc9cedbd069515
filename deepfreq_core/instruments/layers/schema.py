"""What the layers instrument's numbers mean: arrays, cursors, the sentence above the charts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from deepfreq_core.config import layer_names
from deepfreq_core.instruments.layers.order import Order, orders
from deepfreq_core.lowpass.frequency import FLOOR, equivalent_frequency, is_logarithmic
from deepfreq_core.records import Float64
from deepfreq_core.schema import Array, Coordinates, Dim, Message, Outcome, Schema
from deepfreq_core.schema.panels import Column, Table
from deepfreq_core.schema.reader import Arrays, Measured, OutcomeValue, Reader
from deepfreq_core.training.learning import Learning, of_losses

_VISIBLE = 50  # a density below its maximum by this factor lies on the axis
_FIRST_SHARE = 0.1  # of the varying part of the labels, passed at the 1/δ shown first
_NOW = {"epoch": "at", "layer": "all"}
_BEFORE = {"epoch": 0, "layer": "all"}


def _in_words(inverse_delta: float) -> str:
    if inverse_delta == 0:
        return "0 (δ = ∞)"
    return f"{_digits(inverse_delta)} (δ = {_digits(1 / inverse_delta)})"


def _digits(value: float) -> str:
    if value >= 1e5 or value < 1e-3:
        mantissa, power = f"{value:.2e}".split("e")
        return (
            f"{mantissa}·10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
        )
    decimals = max(0, 2 - math.floor(math.log10(value)))
    return f"{value:.{min(decimals, 6)}f}"


def _short(layer: int, _name: str) -> str:
    return str(layer) if layer else "in"


SCHEMA = Schema.of(
    Dim("layer", "layer", is_named=True, scale="depth", reference=0, short=_short),
    Dim(
        "inverse_delta",
        "1/δ",
        "inverse squared units of x",
        label=_in_words,
        title="filter at 1/δ =",
    ),
    Dim("weights", "weights of", is_named=True, scale="depth", reference=-1),
    Array("lfr", ("layer", "inverse_delta"), "Low-frequency ratio LFR(δ)", error="lfr_se"),
    Array("rdf", ("layer", "inverse_delta"), "RDF = dLFR / d(1/δ)", error="rdf_se"),
    Array("lfr_se", ("layer", "inverse_delta"), "standard error of LFR", is_optional=True),
    Array("rdf_se", ("layer", "inverse_delta"), "standard error of RDF", is_optional=True),
    Array("gradient_norm", ("weights",), "‖∂loss/∂W‖", is_optional=True),
    Array("lfr_low", ("layer", "inverse_delta"), "LFR − 2 standard errors", is_derived=True),
    Array("lfr_high", ("layer", "inverse_delta"), "LFR + 2 standard errors", is_derived=True),
    Array("rdf_low", ("layer", "inverse_delta"), "RDF − 2 standard errors", is_derived=True),
    Array("rdf_high", ("layer", "inverse_delta"), "RDF + 2 standard errors", is_derived=True),
    Array("rdf_peak", ("layer",), "1/δ of the RDF peak", is_derived=True),
    Outcome("frequency", "equivalent frequency at the end", dim="layer", is_log=True),
    Outcome("last_frequency", "frequency of the last layer", is_log=True),
)


class LayersReader(Reader):
    """LFR and RDF by layer."""

    schema = SCHEMA
    headline_cursor = "inverse_delta"
    summary = ("lfr", "layer")
    top_level: ClassVar[Mapping[str, str]] = {
        **{"inverse_delta": "inverse_delta", "layers": "layer"},
        **{name: name for name in ("lfr", "rdf", "gradient_norm")},
    }
    table = Table(
        "layer",
        (
            Column("LFR before training", {"lfr": _BEFORE | {"inverse_delta": "at"}}, digits=3),
            Column("LFR at {at}", {"lfr": _NOW | {"inverse_delta": "at"}}, digits=3),
            Column("1/δ of the RDF peak", {"rdf_peak": _NOW}),
        ),
    )

    def known(self) -> Coordinates:
        """Names of the layers, which follow from the network's settings."""
        names = layer_names(self.run.net)
        return {"layer": names, "weights": (*names[1:], "output")}

    def derived(self, arrays: Arrays, coordinates: Coordinates) -> Arrays:
        """Bands where there are standard errors; the peaks."""
        grid = np.asarray(coordinates["inverse_delta"], dtype=np.float64)
        found = {"rdf_peak": np.array([peak(grid, row) for row in arrays["rdf"]])}
        for name in ("lfr", "rdf"):
            if f"{name}_se" in arrays:
                reach = 2 * arrays[f"{name}_se"]
                found |= {f"{name}_low": arrays[name] - reach, f"{name}_high": arrays[name] + reach}
        return found

    def ranges(self, arrays: Arrays, coordinates: Coordinates) -> Mapping[str, tuple[float, float]]:
        """How far along 1/δ anything happens, and how far densities of hidden layers fall."""
        grid = np.asarray(coordinates["inverse_delta"], dtype=np.float64)
        share = arrays["rdf"][1:] / own_maximum(arrays["rdf"][1:])
        above = np.flatnonzero((share > 1 / _VISIBLE).any(axis=0))
        top = max(int(above[-1]) if above.size else 0, min(4, grid.size - 1))
        low = 1.05 * min(0.0, float(np.nanmin(share, initial=0.0)))
        along = (float(grid[0]), float(grid[top]))
        return {"shares.x": along, "density.x": along, "shares.y": (low, 1.04)}

    def starts(self, measured: Measured) -> Mapping[str, float]:
        """Where, before training, a tenth of the varying part of the labels passes.

        That leaves room above for what training does.
        """
        grid = np.asarray(measured.coordinates["inverse_delta"], dtype=np.float64)
        lfr = measured.arrays[0]["lfr"][1:]
        floor = measured.facts.get(FLOOR, float(lfr[:, 0].min()))  # runs of before kept none
        passed = (lfr.mean(axis=0) - floor) / (1 - floor) if floor < 1 else np.zeros(grid.size)
        enough = np.flatnonzero(passed >= _FIRST_SHARE)
        return {"inverse_delta": float(grid[int(enough[0]) if enough.size else grid.size // 2])}

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """Whether the order of the layers has turned, at each 1/δ."""
        names = measured.coordinates["layer"][1:]
        before, now = measured.arrays[0], measured.arrays[-1]
        m = before["lfr"].shape[1]
        if len(names) < 2:
            return [Message("one_layer")] * m
        first = orders(before["lfr"][1:], _errors(before))
        if len(measured.arrays) == 1:
            return [Message(f"start.{order}") for order in first]
        lfr = now["lfr"][1:]
        named = {
            Order.RISING: ("lowest", lfr.argmax(axis=0)),
            Order.FALLING: ("highest", lfr.argmin(axis=0)),
        }
        found = []
        for k, (was, order) in enumerate(zip(first, orders(lfr, _errors(now)), strict=True)):
            gap, which = named.get(order, ("", np.zeros(m, np.int64)))
            values = {gap: str(names[int(which[k])])} if gap else {}
            found.append(Message(f"{was}>{order}", values))
        return found

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """Equivalent frequency of every layer at the end; none where nothing was learned."""
        names = [str(name) for name in measured.coordinates["layer"]]
        grid = np.asarray(measured.coordinates["inverse_delta"], dtype=np.float64)
        losses = [scalars.get("train_loss") for scalars in measured.scalars]
        found = equivalent_frequency(grid, measured.arrays[-1]["lfr"], measured.facts.get(FLOOR))
        if of_losses(losses, measured.facts) is not Learning.LEARNED:
            found = np.full_like(found, math.nan)
        return {
            "frequency": dict(zip(names, map(float, found), strict=True)),
            "last_frequency": float(found[-1]),
        }


def peak(grid: Float64, values: Float64) -> float:
    """Where a curve is largest, between the points of its grid (parabola through three of them).

    Args:
        grid: (m,), increasing, in even steps or even ratios.
        values: (m,).
    """
    if not np.isfinite(values).any():
        return math.nan
    is_log = grid.size > 2 and is_logarithmic(grid)
    places = np.log(grid) if is_log else grid
    i = int(np.nanargmax(values))
    place = float(places[i])
    if 0 < i < grid.size - 1:
        a, b, c = (float(value) for value in values[i - 1 : i + 2])
        bend = a - 2 * b + c
        shift = 0.5 * (a - c) / bend if bend else 0.0
        if math.isfinite(shift):
            place += shift * float(places[i + 1] - places[i])
    return math.exp(place) if is_log else place


def own_maximum(density: Float64) -> Float64:
    """What each density curve, (L, m), is divided by: its largest value, 1 where not positive."""
    largest = np.nanmax(density, axis=1, keepdims=True)
    return np.where(largest > 0, largest, 1.0)


def _errors(arrays: Arrays) -> Float64 | None:
    return arrays["lfr_se"][1:] if "lfr_se" in arrays else None


READER = LayersReader

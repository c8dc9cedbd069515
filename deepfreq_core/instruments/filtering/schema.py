"""What the filtering instrument's numbers mean: arrays, the cursor along δ, which part is ahead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.instruments.filtering.split import is_identity, is_only_mean
from deepfreq_core.records import Float64
from deepfreq_core.schema import Array, Coordinates, Dim, Message, Outcome, Schema
from deepfreq_core.schema.panels import Column, Table
from deepfreq_core.schema.reader import Arrays, Measured, OutcomeValue, Reader

LEARNED = 0.3  # an error of a part below which it counts as learned
_NOTHING = 0.9  # above it in both parts nothing counts as learned
_EVEN = 0.02  # a difference of errors that cannot be seen on the chart
_NOW = {"epoch": "at", "delta": "all"}
_FIXED = {"delta": "all"}
_FULL = 10.0  # height of the grey ends, above any axis

SCHEMA = Schema.of(
    # δ and not 1/δ: the paper names its filters by δ, and pictures stand at δ = 3, 7, 10.
    Dim("delta", "δ", "squared units of x", title="low and high parted at δ ="),
    Array("e_low", ("delta",), "error of the low part, ‖r_low‖ / ‖y_low‖"),
    Array("e_low_centred", ("delta",), "error of the low part without the mean"),
    Array("e_high", ("delta",), "error of the high part, ‖r_high‖ / ‖y_high‖"),
    Array("self_weight", ("delta",), "weight a sample gives itself", is_fixed=True),
    Array("label_lfr", ("delta",), "LFR of the targets", is_fixed=True),
    Array("high_share", ("delta",), "‖y_high‖ / ‖y‖", is_fixed=True),
    Array("low_share", ("delta",), "‖y_low − ȳ‖ / ‖y − ȳ‖", is_fixed=True),
    Array("grey_small", ("delta",), "δ where the filter is the identity", is_derived=True),
    Array("grey_large", ("delta",), "δ where only the mean is left", is_derived=True),
    Outcome("low_epochs", "epochs until the low part is learned", is_log=True),
    Outcome("high_epochs", "epochs until the high part is learned", is_log=True),
    Outcome("low_first", "share of epochs with the low part ahead", dim="delta"),
)


class FilteringReader(Reader):
    """Errors of the low and the high part by δ."""

    schema = SCHEMA
    headline_cursor = "delta"
    summary = ("e_high", "delta")
    table = Table(
        "delta",
        (
            Column("low part{at}", {"e_low_centred": _NOW}, digits=3),
            Column("low part with its mean", {"e_low": _NOW}, digits=3),
            Column("high part", {"e_high": _NOW}, digits=3),
            Column("weight a sample gives itself", {"self_weight": _FIXED}, digits=3),
            Column("LFR of the targets", {"label_lfr": _FIXED}, digits=3),
        ),
    )

    def known(self) -> Coordinates:
        """The values of δ where the settings say them."""
        given = self.config.deltas
        return {} if given is None else {"delta": np.array(given)}

    def derived(self, arrays: Arrays, coordinates: Coordinates) -> Arrays:
        """The useless ends of the range of δ, for grey shades."""
        alone, is_mean = unjudged(coordinates)
        return {
            "grey_small": np.where(alone, _FULL, np.nan),
            "grey_large": np.where(is_mean & ~alone, _FULL, np.nan),
        }

    def ranges(self, arrays: Arrays, coordinates: Coordinates) -> Mapping[str, tuple[float, float]]:
        """All of δ and nothing beyond, where a name at a line's end would stretch the axis."""
        deltas = _fixed(coordinates, "delta")
        reach = (float(deltas[0]), float(deltas[-1]))
        if deltas.size == 1:
            reach = (reach[0] / 2, reach[0] * 2)
        return {"by_delta.x": reach, "filter.x": reach}

    def starts(self, measured: Measured) -> Mapping[str, float]:
        """Where half of the varying part of the targets' energy is low."""
        return {"delta": float(_deltas(measured)[start(measured.coordinates)])}

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """Which part is ahead, at each δ."""
        coordinates = measured.coordinates
        labels = self.schema.dims["delta"].labels(_deltas(measured))
        alone, is_mean = unjudged(coordinates)
        own = np.asarray(coordinates["self_weight"], dtype=np.float64)
        found = []
        for k, delta in enumerate(labels):
            if alone[k]:
                found.append(Message("identity", {"delta": delta, "own": _percent(own[k])}))
            elif is_mean[k]:
                found.append(Message("mean", {"delta": delta}))
            else:
                found.append(_ahead(measured, k, delta))
        return found

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """When each part was learned, and how often the low one was ahead."""
        k = start(measured.coordinates)
        labels = self.schema.dims["delta"].labels(_deltas(measured))
        return {
            "low_epochs": epochs_until(measured, "e_low_centred", k),
            "high_epochs": epochs_until(measured, "e_high", k),
            "low_first": dict(zip(labels, map(float, low_first(measured)), strict=True)),
        }


def unjudged(coordinates: Coordinates) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """At which δ the filter is the identity, and at which it leaves only the mean."""
    own, high, low = (
        _fixed(coordinates, name) for name in ("self_weight", "high_share", "low_share")
    )
    return is_identity(own, high), is_only_mean(low)


def start(coordinates: Coordinates) -> int:
    """Index of the δ that is shown first: half of the energy of y − ȳ is low, where judged."""
    passed = np.square(_fixed(coordinates, "low_share"))
    judged = ~np.logical_or(*unjudged(coordinates))
    distance = np.where(judged, np.abs(passed - 0.5), np.inf)
    return int(distance.argmin()) if judged.any() else passed.size // 2


def low_first(measured: Measured) -> Float64:
    """Share of the measured epochs after the start with e_low_centred < e_high, (m,).

    NaN at a δ where parts are not judged, and where nothing was measured after the start.
    """
    coordinates = measured.coordinates
    later = [arrays for at, arrays in zip(measured.at, measured.arrays, strict=True) if at > 0]
    if not later:
        return np.full(len(coordinates["delta"]), math.nan)
    low, high = (np.stack([one[name] for one in later]) for name in ("e_low_centred", "e_high"))
    share = (low < high).mean(axis=0)
    return np.where(np.logical_or(*unjudged(coordinates)), math.nan, share)


def epochs_until(measured: Measured, name: str, k: int) -> float:
    """First measured epoch with an error below `LEARNED`; infinity where there is none."""
    values = np.array([arrays[name][k] for arrays in measured.arrays], dtype=np.float64)
    if np.isnan(values).all():
        return math.nan
    below = np.flatnonzero(values < LEARNED)
    return float(measured.at[int(below[0])]) if below.size else math.inf


def _ahead(measured: Measured, k: int, delta: str) -> Message:
    now = measured.arrays[-1]
    low, high = float(now["e_low_centred"][k]), float(now["e_high"][k])
    values = {"delta": delta, "low": _percent(low), "high": _percent(high)}
    if len(measured.at) == 1:
        return Message("start", values)
    if low < LEARNED and high < LEARNED:
        at = [epochs_until(measured, name, k) for name in ("e_low_centred", "e_high")]
        order = "even" if at[0] == at[1] else "low" if at[0] < at[1] else "high"
        times = {"low_at": f"{at[0]:g}", "high_at": f"{at[1]:g}"}
        return Message(f"both.{order}", values | times)
    if min(low, high) > _NOTHING:
        return Message("nothing", values)
    if abs(low - high) < _EVEN:
        return Message("even", values)
    return Message("low" if low < high else "high", values)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _deltas(measured: Measured) -> Float64:
    return np.asarray(measured.coordinates["delta"], dtype=np.float64)


def _fixed(coordinates: Coordinates, name: str) -> Float64:
    return np.asarray(coordinates[name], dtype=np.float64)


READER = FilteringReader

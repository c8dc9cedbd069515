"""What the spectra's numbers mean: amplitudes, errors, and the epoch a frequency was learned."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from deepfreq_core.instruments.spectra.config import THRESHOLDS
from deepfreq_core.instruments.spectra.order import Order, order
from deepfreq_core.records import Float64
from deepfreq_core.schema import Array, Coordinates, Dim, Message, Outcome, Schema
from deepfreq_core.schema.panels import Column, Table
from deepfreq_core.schema.reader import Measured, OutcomeValue, Reader

_NOW = {"epoch": "at", "peak": "all"}

SCHEMA = Schema.of(
    Dim("frequency", "frequency k", "cycles a unit along the direction"),
    Dim("peak", "frequency", scale="depth", label="k = {:.3g}".format, short=lambda _, k: k),
    Dim("threshold", "error", title="learned below", label="{:.0%} error".format),
    Array("target_amplitude", ("frequency",), "|ŷ(k)| of the target", is_fixed=True),
    Array("noise", ("frequency",), "sampling noise", is_fixed=True, is_optional=True),
    Array("amplitude", ("frequency",), "|ĥ(k)| of the output", over_seeds="median"),
    Array("relative_error", ("frequency",), "relative error Δ(k)", over_seeds="median"),
    Array("peak_target", ("peak",), "|ŷ(k)|", is_fixed=True),
    Array("peak_error", ("peak",), "relative error Δ(k)", over_seeds="median"),
    Array("learned_epoch", ("peak", "threshold"), "epoch learned", over_seeds="median"),
    Array("level", ("peak", "threshold"), "relative error", is_fixed=True),
    Outcome("learned_epoch", "epoch at which a frequency was learned", dim="peak", is_log=True),
)


class SpectraReader(Reader):
    """Which frequencies are learned, in which order."""

    schema = SCHEMA
    headline_cursor = "threshold"
    summary = ("peak_error", "peak")
    table = Table(
        "peak",
        (
            Column("amplitude of the target", {"peak_target": {"peak": "all"}}),
            Column("relative error at {at}", {"peak_error": _NOW}, digits=3),
            Column("learned at epoch", {"learned_epoch": _NOW | {"threshold": "at"}}),
        ),
    )

    def __init__(self, config: Any, run: Any) -> None:
        super().__init__(config, run)
        if getattr(run.data, "is_line", False):
            dims = dict(SCHEMA.dims)
            dims["frequency"] = replace(dims["frequency"], units="cycles in the interval")
            self.schema = replace(SCHEMA, dims=dims)

    def known(self) -> Coordinates:
        """The thresholds, which are always the same."""
        return {"threshold": np.array(THRESHOLDS)}

    def starts(self, measured: Measured) -> Mapping[str, float]:
        """The threshold of the settings."""
        return {"threshold": float(self.config.threshold)}

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """Which frequencies are below each threshold, and whether the lower ones came first."""
        peaks = np.asarray(measured.coordinates["peak"], dtype=np.float64)
        last = measured.arrays[-1]
        if measured.at[-1] == 0:
            return [Message("untrained", {"peaks": _listed(peaks)})] * len(THRESHOLDS)
        return [
            _headline(peaks, last["learned_epoch"][:, i], last["peak_error"])
            for i in range(len(THRESHOLDS))
        ]

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """First epoch at which each peak was below the settings' threshold; infinity for never."""
        labels = self.schema.dims["peak"].labels(measured.coordinates["peak"])
        column = THRESHOLDS.index(self.config.threshold)
        epochs = measured.arrays[-1]["learned_epoch"][:, column]
        return {"learned_epoch": dict(zip(labels, map(float, epochs), strict=True))}


def _headline(peaks: Float64, epochs: Float64, errors: Float64) -> Message:
    """What is said at one threshold.

    Args:
        peaks: Frequencies, (p,).
        epochs: When each was learned, infinity for not yet, (p,).
        errors: Relative errors now, (p,).
    """
    found = order(peaks, epochs)
    learned = [i for i in np.argsort(epochs, kind="stable") if math.isfinite(epochs[i])]
    values = {
        "learned": _listed(peaks[learned]),
        "epochs": _joined([f"{epochs[i]:,.0f}" for i in learned]),
        "n": str(len(learned)),
        "all": str(peaks.size),
    }
    rest = [i for i in range(peaks.size) if not math.isfinite(epochs[i])]
    if rest:
        nearest = min(rest, key=lambda i: errors[i] if np.isfinite(errors[i]) else math.inf)
        values |= {"next": f"{peaks[nearest]:.3g}", "error": f"{errors[nearest]:.0%}"}
    if found is Order.NONE:
        return Message(found, values)
    return Message(f"{found}{'' if rest else '.all'}", values)


def _listed(frequencies: Float64) -> str:
    return _joined([f"{k:.3g}" for k in frequencies])


def _joined(texts: Sequence[str]) -> str:
    return ", ".join(texts[:-1]) + (" and " if len(texts) > 1 else "") + "".join(texts[-1:])


READER = SpectraReader

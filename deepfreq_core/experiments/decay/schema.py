"""What the numbers of the decay experiment mean: one interpolant for every α, at growing M."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from deepfreq_core.experiments.decay.headline import headline
from deepfreq_core.schema import Array, Clock, Coordinates, Dim, Message, Outcome, Schema
from deepfreq_core.schema.panels import Column, Table
from deepfreq_core.schema.reader import Arrays, Measured, OutcomeValue, Reader

DIMENSION = 1  # d, the critical exponent
_AT = {"cutoff": "at", "exponent": "all"}

SCHEMA = Schema.of(
    Dim("exponent", "α", scale="depth", label="α = {:g}".format, title="decay exponent"),
    Dim("x", "x"),
    Dim("point", "point x"),
    Array("curve", ("exponent", "x"), "interpolant h(x)"),
    Array("height", ("exponent",), "mean |h| between the points"),
    Array("least_energy", ("exponent",), "least energy"),
    Array("condition", ("exponent",), "reciprocal condition number"),
    Array("solve_s", long_name="time spent solving", units="s"),
    Array("value", ("point",), "y", is_fixed=True),
    Outcome("height", "mean |h| between the points at the last M", dim="exponent", is_log=True),
    clock=Clock("cutoff", "cut-off M", "cut-offs", can_start_at_0=False, is_log=True),
)


class DecayReader(Reader):
    """Which exponents leave something between the points."""

    schema = SCHEMA
    headline_cursor = "exponent"
    summary = ("height", "exponent")
    table = Table(
        "exponent",
        (
            Column("height at {at}", {"height": _AT}),
            Column("least energy", {"least_energy": _AT}),
            Column("reciprocal condition number", {"condition": _AT}),
        ),
    )

    def known(self) -> Coordinates:
        """The exponents, which are settings."""
        return {"exponent": np.array(self.config.exponents)}

    def starts(self, measured: Measured) -> Mapping[str, float]:
        """The first α that is critical or below: there the interpolant fails."""
        exponents = np.asarray(measured.coordinates["exponent"], dtype=np.float64)
        low = exponents[exponents <= DIMENSION]
        return {"exponent": float(low[0] if low.size else exponents[0])}

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """What is seen at each α."""
        values = np.asarray(measured.coordinates["value"], dtype=np.float64)
        scale = float(np.abs(values).mean())
        found = []
        for i, exponent in enumerate(self.config.exponents):
            heights = [float(arrays["height"][i]) for arrays in measured.arrays]
            key, numbers = headline(
                measured.at, heights, exponent, dimension=DIMENSION, scale=scale
            )
            found.append(Message(key, {name: _in_words(v) for name, v in numbers.items()}))
        return found

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """Height at the last M by α; NaN where three digits could not be promised."""
        last: Arrays = measured.arrays[-1]
        labels = self.schema.dims["exponent"].labels(measured.coordinates["exponent"])
        return {"height": dict(zip(labels, map(float, last["height"]), strict=True))}


def _in_words(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    text = f"{value:.3g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return text.replace("-", "−")


READER = DecayReader

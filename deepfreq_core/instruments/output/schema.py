"""What the output's numbers mean: a curve over one input, a picture over two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from deepfreq_core.schema import Array, Dim, Message, Outcome, Schema
from deepfreq_core.schema.reader import Measured, OutcomeValue, Reader

_OFF = (
    Array("train_rms", long_name="distance to the target, training points", over_seeds="median"),
    Array("test_rms", long_name="distance to the target, test points", over_seeds="median"),
    Outcome("test_rms", "distance to the target on test points at the end", is_log=True),
)
CURVE = Schema.of(
    Dim("x", "x"),
    Dim("sample", "training point x"),
    Array("curve", ("x",), "output h(x)", over_seeds="first"),
    Array("target", ("x",), "target f(x)", is_fixed=True),
    Array("variation", long_name="total variation of the curve", over_seeds="median"),
    Array("value", ("sample",), "y", is_fixed=True),
    *_OFF,
)
PICTURE = Schema.of(
    Dim("row", "row"),
    Dim("column", "column"),
    Array("picture", ("row", "column"), "output", over_seeds="first"),
    Array("original", ("row", "column"), "target", is_fixed=True),
    *_OFF,
)


class OutputReader(Reader):
    """The function of the first seed."""

    schema = CURVE

    def __init__(self, config: Any, run: Any) -> None:
        super().__init__(config, run)
        if not getattr(run.data, "is_line", True):
            self.schema = PICTURE

    def headlines(self, measured: Measured) -> Sequence[Message]:
        """How far the function is off where it was taught, and where it was not."""
        now = measured.arrays[-1]
        values = {name: f"{float(now[f'{name}_rms']):.3g}" for name in ("train", "test")}
        return (Message("off" if measured.at[-1] else "untrained", values),)

    def outcomes(self, measured: Measured) -> Mapping[str, OutcomeValue]:
        """Distance to the target on test points."""
        return {"test_rms": float(measured.arrays[-1]["test_rms"])}


READER = OutputReader

"""Dims, arrays and outcomes: which numbers a run holds, and what their axes mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import ShapeError

# Values along a dim: numbers in increasing order, or names.
Values: TypeAlias = "NDArray[np.float64] | tuple[str, ...]"
Coordinates: TypeAlias = Mapping[str, Values]

MOST_NUMBERS = 20_000  # that one measurement may hold


@dataclass(frozen=True, slots=True)
class Clock:
    """What a run's measurements are numbered by.

    Attributes:
        name: Key in exports and addresses, for example "epoch".
        long_name: For axes.
        plural: What it counts, for the button of its logarithmic axis.
        units: Of its values; "" where they are counts.
        is_whole: Whether its values are whole numbers.
        can_start_at_0: Whether 0 means "before anything was done".
        is_log: Whether its axis is logarithmic unless the reader wants otherwise.
    """

    name: str = "epoch"
    long_name: str = "epoch"
    plural: str = "epochs"
    units: str = ""
    is_whole: bool = True
    can_start_at_0: bool = True
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Dim:
    """An axis that arrays have beside the clock.

    Attributes:
        name: Key in fills, exports and addresses.
        long_name: For axes and tables.
        units: Of its values; "" where they are names or pure numbers.
        is_named: Whether its values are names ("layer 3") rather than numbers.
        scale: Colour scale that runs along it, or None for one colour. "classes" are told apart
            and not ordered.
        reference: Index of the entry that the others are compared with, -1 for the last; drawn
            grey and dashed.
        short: A name in few letters, for crowded places, from its index and itself.
        label: A value in words, for sliders and ends of lines; None takes the name or the number.
        title: What stands before the slider that moves along it, for example "filter at 1/δ =".
    """

    name: str
    long_name: str
    units: str = ""
    is_named: bool = False
    scale: Literal["depth", "classes"] | None = None
    reference: int | None = None
    short: Callable[[int, str], str] | None = None
    label: Callable[[float], str] | None = None
    title: str = ""

    def labels(self, values: Values) -> tuple[str, ...]:
        """Every value in words."""
        if isinstance(values, tuple):
            return values
        say = self.label or "{:.3g}".format
        return tuple(say(float(value)) for value in values)

    def short_labels(self, values: Values) -> tuple[str, ...]:
        """Every value in few letters."""
        short = self.short or (lambda _, label: label)
        return tuple(short(i, label) for i, label in enumerate(self.labels(values)))


@dataclass(frozen=True, slots=True)
class Array:
    """Numbers that an experiment or instrument gives by name.

    Attributes:
        name: Key, without the instrument's name before it.
        dims: Names of its dims beside the clock, in order.
        long_name: For axes and tables, symbol included.
        units: Of its values.
        is_fixed: Whether it is the same throughout a run, and kept once.
        over_seeds: What is shown of several seeds measured together; of "first", the others' are
            not kept.
        error: Name of the array that holds its standard errors, or "".
        is_optional: Whether a run may lack it (test accuracy where there are no classes).
        is_derived: Whether the reader makes it from the others; never stored or exported.
        is_drawn: Whether charts take it; others stay in the store and in exports.
    """

    name: str
    dims: tuple[str, ...] = ()
    long_name: str = ""
    units: str = ""
    is_fixed: bool = False
    over_seeds: Literal["mean", "median", "first"] = "mean"
    error: str = ""
    is_optional: bool = False
    is_derived: bool = False
    is_drawn: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """A number read off a finished run, or one for each label of a dim.

    NaN means that it is not there; infinity that it was never reached.

    Attributes:
        name: Key.
        long_name: For axes and tables.
        units: Of its values.
        dim: Name of the dim it has a value for each label of; "" for a single number.
        is_log: Whether it is best drawn on a logarithmic axis.
    """

    name: str
    long_name: str
    units: str = ""
    dim: str = ""
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Schema:
    """All that a run, or one instrument of it, holds.

    Attributes:
        clock: What measurements are numbered by.
        dims: By name.
        arrays: By name; those without dims are the run's scalars.
        outcomes: By name.
    """

    clock: Clock = field(default_factory=Clock)
    dims: Mapping[str, Dim] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    @classmethod
    def of(
        cls, *parts: Dim | Array | Outcome, clock: Clock | None = None, scalars: str = ""
    ) -> Schema:
        """A schema of these parts.

        Args:
            parts: Dims, arrays and outcomes in any order.
            clock: The clock; epochs where left out.
            scalars: Names of plain numbers without a text of their own, separated by spaces.

        Raises:
            ShapeError: A name stands twice, or an array or outcome has a dim that is not there.
        """
        every: list[Dim | Array | Outcome] = [*parts, *(Array(name) for name in scalars.split())]
        dims = _by_name([part for part in every if isinstance(part, Dim)])
        arrays = _by_name([part for part in every if isinstance(part, Array)])
        outcomes = _by_name([part for part in every if isinstance(part, Outcome)])
        for array in arrays.values():
            _check_dims(f"array {array.name!r}", array.dims, dims)
            if array.error and array.error not in arrays:
                raise ShapeError(
                    f"array {array.name!r} has its standard errors in {array.error!r}, which the "
                    "schema lacks. Declare it"
                )
        for outcome in outcomes.values():
            _check_dims(f"outcome {outcome.name!r}", (outcome.dim,) if outcome.dim else (), dims)
        return cls(clock or Clock(), dims, arrays, outcomes)

    def check(self, arrays: Mapping[str, NDArray[Any]], coordinates: Coordinates) -> None:
        """Compare what was measured with what is declared.

        Args:
            arrays: What an instrument gave, by name.
            coordinates: Values along the dims.

        Raises:
            ShapeError: An array is not declared, is missing, or has another shape than its dims
                say; or there are more numbers than a measurement may hold.
        """
        for name, array in arrays.items():
            if name not in self.arrays:
                raise ShapeError(f"array {name!r} is not in the schema. Declare it with its dims")
            dims = self.arrays[name].dims
            lacking = [dim for dim in dims if dim not in coordinates]
            if lacking:
                raise ShapeError(
                    f"array {name!r}: dim {lacking[0]!r} has no coordinates. Give them"
                )
            wanted = tuple(len(coordinates[dim]) for dim in dims)
            if np.shape(array) != wanted:
                raise ShapeError(
                    f"array {name!r} has shape {np.shape(array)}; its dims {dims} say {wanted}"
                )
        missing = [
            array.name
            for array in self.arrays.values()
            if not (array.is_optional or array.is_fixed or array.is_derived)
            and array.name not in arrays
        ]
        if missing:
            raise ShapeError(f"array {missing[0]!r} is declared and was not given")
        n_numbers = sum(int(np.size(array)) for array in arrays.values())
        if n_numbers > MOST_NUMBERS:
            raise ShapeError(
                f"a measurement would hold {n_numbers} numbers; allowed are {MOST_NUMBERS}. "
                "Thin the grid, or measure fewer samples"
            )


def _by_name(parts: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in parts:
        if part.name in found:
            raise ShapeError(f"{part.name!r} is declared twice. Give every part its own name")
        found[part.name] = part
    return found


def _check_dims(what: str, wanted: tuple[str, ...], dims: Mapping[str, Dim]) -> None:
    for name in wanted:
        if name not in dims:
            raise ShapeError(f"{what} has the dim {name!r}, which the schema lacks. Declare it")

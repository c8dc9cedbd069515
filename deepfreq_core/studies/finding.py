"""What runs say of a claim, as records that pages, the command line and figures share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deepfreq_core.records import Float64
from deepfreq_core.studies.verdict import Verdict

ALONE = 0.0  # place on the colour scale of a curve that stands alone: its calm end, blue


@dataclass(frozen=True, slots=True)
class Curve:
    """One line with an optional band.

    Attributes:
        name: Label at its end.
        x: (k,).
        y: (k,); NaN where there is nothing to draw.
        low: Lower edge of the band, (k,), or None.
        high: Upper edge of the band, (k,), or None.
        depth: Place on the colour scale of depth, 0 (first) to 1 (last); None for grey.
        is_points: Whether the values are single points that no line joins.
        mark: Which of the chart's marks points are drawn with.
        is_faint: Whether these are the single runs behind a line of the same colour.
    """

    name: str
    x: Float64
    y: Float64
    low: Float64 | None = None
    high: Float64 | None = None
    depth: float | None = None
    is_points: bool = False
    mark: int = 0
    is_faint: bool = False


@dataclass(frozen=True, slots=True, eq=False)  # equal to itself alone, so it can be a key
class Chart:
    """Axes and their curves.

    Attributes:
        title: What is seen.
        x_title: Symbol and unit.
        y_title: Symbol and unit.
        curves: In drawing order.
        x_log: Whether the x axis is logarithmic.
        y_log: Whether the y axis is logarithmic.
        x_ticks: Names of the x values 0, 1, …, where they are no numbers.
        marks: What points of each mark have in common, where there are several.
        top: The y at which what was never reached is drawn, above all numbers, or None.
        x_at: Values written along the x axis; where there are none, round numbers.
    """

    title: str
    x_title: str
    y_title: str
    curves: tuple[Curve, ...]
    x_log: bool = False
    y_log: bool = False
    x_ticks: tuple[str, ...] | None = None
    marks: tuple[str, ...] = ()
    top: float | None = None
    x_at: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict with the numbers it rests on.

    Attributes:
        verdict: What the runs say.
        sentence: The verdict in words, with its uncertainty.
        rows: A table, one mapping of column to value a row.
        charts: What to draw.
        n_runs: Runs it rests on.
    """

    verdict: Verdict
    sentence: str
    rows: Sequence[Mapping[str, str]]
    charts: tuple[Chart, ...]
    n_runs: int

"""An outcome by what varies: a table, and a chart of medians with bands from least to most."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from deepfreq_core.records import Float64
from deepfreq_core.studies.finding import ALONE, Chart, Curve
from deepfreq_core.studies.outcomes import Outcomes, Place, spread

_FAR = 20.0  # from the first to the last value: beyond this ratio an axis is logarithmic


def table(found: Outcomes) -> list[dict[str, str]]:
    """One row a place and label, for people."""
    rows = []
    for place in found.places:
        for label in found.labels:
            values = found.over_seeds(place, label)
            middle, low, high = map(_number, spread(values))
            rows.append(
                dict(zip(found.axes, place, strict=True))
                | ({found.dim: label} if found.dim else {})
                | {
                    "runs": str(values.size),
                    "median": middle,
                    "least": low,
                    "most": high,
                    "never reached": str(int(np.isinf(values).sum())),
                    "not there": str(int(np.isnan(values).sum())),
                }
            )
    return rows


def rows_by_run(found: Outcomes) -> list[dict[str, object]]:
    """One row a run and label; None where there is no number, "never" where it was not reached."""
    return [
        dict(zip(found.axes, run.place, strict=True))
        | {"seed": run.seed}
        | ({found.dim: label} if found.dim else {})
        | {"value": "never" if math.isinf(value) else None if math.isnan(value) else value}
        for run in found.runs
        for label, value in run.values.items()
    ]


def charts(found: Outcomes) -> tuple[Chart, ...]:
    """The outcome along the first axis: a curve a value of the others, or a label.

    An outcome with labels has a chart for every value of the other axes. Where seeds alone vary,
    labels run along the axis; a single number has a point a seed.
    """
    if not found.runs:
        return (_chart(found, "", found.axes[0] if found.axes else "seed", (), None),)
    if not found.axes:
        return (_over_labels(found) if found.dim else _over_seeds(found),)
    firsts = tuple(dict.fromkeys(place[0] for place in found.places))
    x, ticks = _along(firsts)
    order = np.argsort(x, kind="stable")
    others = tuple(dict.fromkeys(place[1:] for place in found.places))

    def curve(name: str, rest: Place, label: str, depth: float) -> Curve:
        there = [spread(found.over_seeds((first, *rest), label)) for first in firsts]
        return _banded(name, x[order], np.array(there)[order], depth)

    if not found.dim:
        curves = [
            curve(_said(found, rest) or "median over seeds", rest, "", _depth(i, len(others)))
            for i, rest in enumerate(others)
        ]
        return (_chart(found, "", found.axes[0], curves, ticks),)
    labels = found.labels
    return tuple(
        _chart(
            found,
            _said(found, rest),
            found.axes[0],
            [curve(label, rest, label, _depth(i, len(labels))) for i, label in enumerate(labels)],
            ticks,
        )
        for rest in others
    )


def _over_labels(found: Outcomes) -> Chart:
    there = np.array([spread(found.over_seeds((), label)) for label in found.labels])
    x = np.arange(float(len(found.labels)))
    curve = _banded("median over seeds", x, there, ALONE)
    return _chart(found, "", found.dim, (curve,), found.labels)


def _over_seeds(found: Outcomes) -> Chart:
    x = np.array([float(run.seed) for run in found.runs])
    curve = Curve("one run", x, _drawn(found.over_seeds((), "")), depth=ALONE, is_points=True)
    return _chart(found, "", "seed", (curve,), None)


def _chart(
    found: Outcomes,
    which: str,
    x_title: str,
    curves: Sequence[Curve],
    ticks: tuple[str, ...] | None,
) -> Chart:
    name, units = found.outcome.long_name, found.outcome.units
    places = np.concatenate([np.empty(0), *(curve.x for curve in curves)])
    is_far = ticks is None and places.size > 1 and 0 < _FAR * places.min() <= places.max()
    return Chart(
        f"{which}: {name}" if which else name[:1].upper() + name[1:],
        x_title,
        f"{name} ({units})" if units else name,
        tuple(curves),
        x_log=bool(is_far),
        y_log=found.outcome.is_log,
        x_ticks=ticks,
    )


def _banded(name: str, x: Float64, there: Float64, depth: float) -> Curve:
    """A curve from its median, least and most at each x, (k, 3)."""
    middle, low, high = _drawn(there).T
    return Curve(name, x, middle, low, high, depth=depth)


def _drawn(values: Float64) -> Float64:
    """What was never reached has no place in a chart; the table counts it."""
    return np.where(np.isfinite(values), values, math.nan)


def _along(values: Place) -> tuple[Float64, tuple[str, ...] | None]:
    """Places of an axis's values, (k,): themselves where they are numbers, else 0, 1, … by name."""
    try:
        return np.array([float(value) for value in values]), None
    except ValueError:
        return np.arange(float(len(values))), values


def _said(found: Outcomes, rest: Place) -> str:
    parts = zip(found.axes[1:], rest, strict=True)
    return ", ".join(f"{name} {value}" for name, value in parts)


def _depth(i: int, n: int) -> float:
    return ALONE if n == 1 else i / (n - 1)


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    return "never" if math.isinf(value) else f"{value:.4g}"

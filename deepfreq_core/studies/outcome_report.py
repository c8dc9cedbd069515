"""An outcome by what varies: a sentence, a table, and a chart of medians over single runs.

Bands reach from the least to the most over seeds. What was never reached has no number, and is
drawn above all that have one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from deepfreq_core.records import Float64
from deepfreq_core.studies.finding import ALONE, Chart, Curve
from deepfreq_core.studies.outcomes import Outcomes, Place, spread

NEVER = "never reached: drawn at the top"
_FAR = 20.0  # from the first to the last value: beyond this ratio an axis is logarithmic
_MOST_WRITTEN = 8  # values that have room along an axis
_ABOVE = 0.12  # of the range of all numbers: where what was never reached is drawn


def sentence(found: Outcomes) -> str:
    """Where the outcome is least and where most; "" without runs, or where it has labels."""
    if found.dim or not found.runs:
        return ""
    name = _capital(found.title)
    medians = {place: spread(found.over_seeds(place, ""))[0] for place in found.places}
    there = {place: value for place, value in medians.items() if not math.isnan(value)}
    if not there:
        return f"{name}: not there in any finished run."
    if all(map(math.isinf, there.values())):
        return f"{name}: never reached."
    unit = f" {found.outcome.units}" if found.outcome.units else ""
    if len(there) == 1:
        ((place, value),) = there.items()
        where = f" at {_where(found, place)}" if place else ""
        return f"{name}: {value:.3g}{unit}{where}, the median over seeds."
    never = [place for place, value in there.items() if math.isinf(value)]
    least, most = min(there, key=there.__getitem__), max(there, key=there.__getitem__)
    low, high = f"{there[least]:.3g}{unit}", f"{there[most]:.3g}{unit}"
    if there[least] == there[most]:
        return f"{name}: {low} everywhere."
    end = f"most, {high}, at {_where(found, most)}"
    if never:
        several = f"{len(never)} of {len(there)} combinations"
        end = f"never reached at {_where(found, most) if len(never) == 1 else several}"
    return f"{name}: least, {low}, at {_where(found, least)}; {end}."


def table(found: Outcomes) -> list[dict[str, str]]:
    """One row a place and label, for people."""
    rows = []
    for place in found.places:
        for label in found.labels:
            values = found.over_seeds(place, label)
            if not values.size:
                continue
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
        x_title = found.axes[0] if found.axes else "seed"
        ticks = _along(_ordered(place[0] for place in found.places if place))[1]
        return (_chart(found, "", x_title, (), ticks, ()),)
    if not found.axes:
        return (_over_labels(found) if found.dim else _over_seeds(found),)
    firsts = _ordered(place[0] for place in found.places)
    x, ticks = _along(firsts)
    others = tuple(dict.fromkeys(place[1:] for place in found.places))
    if found.axes[1:]:
        order = _ordered(rest[0] for rest in others)
        others = tuple(sorted(others, key=lambda rest: order.index(rest[0])))

    def values(rest: Place, label: str) -> list[Float64]:
        return [found.over_seeds((first, *rest), label) for first in firsts]

    if not found.dim:
        lines = {
            _said(found, rest) or "median; band from least to most": values(rest, "")
            for rest in others
        }
        return (_medians(found, "", found.axes[0], x, ticks, lines),)
    return tuple(
        _medians(
            found,
            _said(found, rest),
            found.axes[0],
            x,
            ticks,
            {label: values(rest, label) for label in found.labels},
        )
        for rest in others
    )


def _over_labels(found: Outcomes) -> Chart:
    x = np.arange(float(len(found.labels)))
    lines = {
        "median; band from least to most": [found.over_seeds((), label) for label in found.labels]
    }
    return _medians(found, "", found.dim, x, found.labels, lines)


def _over_seeds(found: Outcomes) -> Chart:
    x = np.array([float(run.seed) for run in found.runs])
    values = found.over_seeds((), "")
    single = [values[i : i + 1] for i in range(values.size)]
    top = _top(single, is_log=found.outcome.is_log)
    there = np.where(np.isinf(values), math.nan, values)
    points = Curve("one run", x, there, depth=ALONE, is_points=True)
    return _chart(found, "", "seed", (points, *_never(x, single, top)), None, single)


def _medians(
    found: Outcomes,
    which: str,
    x_title: str,
    x: Float64,
    ticks: tuple[str, ...] | None,
    lines: dict[str, list[Float64]],
) -> Chart:
    """Curves by name, each from its values over seeds at every x, with the single runs behind."""
    every = [values for line in lines.values() for values in line]
    top = _top(every, is_log=found.outcome.is_log)
    curves: list[Curve] = []
    for i, (name, line) in enumerate(lines.items()):
        depth = _depth(found, i, len(lines), name)
        at = np.repeat(x, [values.size for values in line])
        single = np.concatenate([np.empty(0), *line])
        single = np.where(np.isfinite(single), single, math.nan)
        curves.append(Curve(name, at, single, depth=depth, is_faint=True))
        there = np.array([spread(values) for values in line])
        middle, low, high = np.where(np.isinf(there), top, there).T
        curves.append(Curve(name, x, middle, low, high, depth=depth))
    # Single runs lie behind all lines, so that none covers another line's median.
    curves.sort(key=lambda curve: not curve.is_faint)
    for line in lines.values():
        curves += _never(x, line, top)
    return _chart(found, which, x_title, curves, ticks, every)


def _depth(found: Outcomes, i: int, n: int, name: str) -> float | None:
    """Place of a line on the colour scale; none of the label that the others are compared with."""
    if not found.dim or found.reference is None or n == 1:
        return ALONE if n == 1 else i / (n - 1)
    reference = found.labels[found.reference]
    if name == reference:
        return None
    others = [label for label in found.labels if label != reference]
    return others.index(name) / max(len(others) - 1, 1) if name in others else ALONE


def _never(x: Float64, line: Sequence[Float64], top: float) -> tuple[Curve, ...]:
    """Points of the runs that never got there."""
    at = np.repeat(x, [int(np.isinf(values).sum()) for values in line])
    if not at.size:
        return ()
    return (Curve(NEVER, at, np.full(at.size, top), is_points=True),)


def _top(every: Sequence[Float64], *, is_log: bool) -> float:
    """Where what was never reached is drawn: a little above all numbers."""
    values: Float64 = np.concatenate([np.empty(0), *every])
    there = values[np.isfinite(values)]
    if is_log:
        there = np.log10(there[there > 0])
    if not there.size:
        return 1.0
    low, high = float(there.min()), float(there.max())
    above = high + (_ABOVE * (high - low) or (0.1 if is_log else 0.1 * abs(high) or 0.1))
    return float(10**above) if is_log else above


def _chart(
    found: Outcomes,
    which: str,
    x_title: str,
    curves: Sequence[Curve],
    ticks: tuple[str, ...] | None,
    every: Sequence[Float64],
) -> Chart:
    name, units = found.outcome.long_name, found.outcome.units
    places = np.unique(np.concatenate([np.empty(0), *(curve.x for curve in curves)]))
    x_log = ticks is None and _is_far(places)
    is_never = any(np.isinf(values).any() for values in every)
    return Chart(
        f"{which}: {found.title}" if which else f"{_capital(found.title)} by {x_title}",
        x_title,
        f"{name} ({units})" if units else name,
        tuple(curves),
        x_log=x_log,
        y_log=found.outcome.is_log,
        x_ticks=ticks,
        top=_top(every, is_log=found.outcome.is_log) if is_never else None,
        x_at=tuple(places.tolist()) if x_log and places.size <= _MOST_WRITTEN else (),
    )


def _is_far(values: Float64) -> bool:
    """Whether values that increase are better seen at even ratios than at even steps."""
    if values.size < 2 or values[0] <= 0:
        return False
    if values[-1] >= _FAR * values[0]:
        return True
    steps, ratios = np.diff(values), np.diff(np.log(values))
    is_even = float(np.std(ratios) / np.mean(ratios)) < float(np.std(steps) / np.mean(steps)) / 2
    return values.size > 2 and is_even


def _along(values: Place) -> tuple[Float64, tuple[str, ...] | None]:
    """Places of an axis's values, (k,): themselves where they are numbers, else 0, 1, … by name."""
    if values and all(map(_is_number, values)):
        return np.array([float(value) for value in values]), None
    return np.arange(float(len(values))), values


def _ordered(values: Iterable[str]) -> Place:
    """Each value once: numbers by size, then names in order of launch."""
    once = dict.fromkeys(values)
    numbers = sorted((value for value in once if _is_number(value)), key=float)
    return (*numbers, *(value for value in once if not _is_number(value)))


def _said(found: Outcomes, rest: Place) -> str:
    parts = zip(found.axes[1:], rest, strict=True)
    return ", ".join(_named(name, value) for name, value in parts)


def _where(found: Outcomes, place: Place) -> str:
    parts = zip(found.axes, place, strict=True)
    return ", ".join(_named(name, value) for name, value in parts)


def _named(name: str, value: str) -> str:
    """A value where no column says what it is: "width 8", "skip connections no", but "relu"."""
    is_bare = _is_number(value) or value in {"true", "false", "yes", "no", "none", ""}
    return f"{name} {value}".rstrip() if is_bare else value


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _number(value: float) -> str:
    if math.isnan(value):
        return "–"
    return "never" if math.isinf(value) else f"{value:.4g}"

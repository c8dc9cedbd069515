"""Charts over networks of several depths; one curve a value of the second axis, or a depth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from deepfreq_core.chapters.deep_frequency.depth import DepthRun, by_depth, by_other, named
from deepfreq_core.lowpass.frequency import is_logarithmic
from deepfreq_core.records import Float64
from deepfreq_core.studies.finding import ALONE, Chart, Curve
from deepfreq_core.training.speed import median_and_range

_FREQUENCY = "equivalent frequency"

Groups = Mapping[str, Sequence[DepthRun]]


def charts(
    runs: Sequence[DepthRun], other_name: str, target: float, planned: Iterable[int] = ()
) -> tuple[Chart, ...]:
    """Speed, frequency, and how the two go together; the same axes without curves for no runs.

    Args:
        runs: Finished runs.
        other_name: Name of the second axis; "" without one.
        target: The loss to reach.
        planned: Depths that have a place though no run of them has finished yet, so that axes
            and colours stay as they are while runs come in.
    """
    groups: Groups = {named(other_name, other): of for other, of in by_other(runs).items()}
    depths = sorted({*by_depth(runs), *planned})
    ticks = tuple(str(depth) for depth in depths) or None
    epochs = f"epochs until loss ≤ {target:g}"
    by_layer = (
        chart
        for other, of_other in (by_other(runs) or {"": []}).items()
        for chart in _of_layers(of_other, f"{other_name} {other}" if other else "", depths)
    )
    return (
        Chart(
            "Does depth make learning faster?",
            "depth",
            epochs,
            (
                *_against_depth(groups, depths, lambda run: min(run.epochs, run.cap)),
                *_never_reached(runs, depths),
            ),
            y_log=True,
            x_ticks=ticks,
        ),
        Chart(
            "Frequency and speed: one point a run",
            "frequency of the last layer",
            epochs,
            _relation(groups, depths),
            x_log=True,  # a network that learned nothing may lie far to the right
            y_log=True,
            marks=tuple(groups) if len(groups) > 1 else (),
        ),
        Chart(
            "Frequency left to the last layer",
            "depth",
            _FREQUENCY,
            _against_depth(groups, depths, lambda run: float(run.frequency[-1])),
            x_ticks=ticks,
        ),
        *by_layer,
    )


def _against_depth(
    groups: Groups, depths: Sequence[int], value: Callable[[DepthRun], float]
) -> tuple[Curve, ...]:
    curves = []
    for i, (other, runs) in enumerate(groups.items()):
        at = by_depth(runs)
        spread = _over_seeds([np.array([[value(run)] for run in of]) for of in at.values()])
        curves.append(
            _banded(
                other or "median; band from least to most",
                np.array([float(depths.index(depth)) for depth in at]),
                spread[:, :, 0],
                ALONE if len(groups) == 1 else i / (len(groups) - 1),
            )
        )
    return tuple(curves)


def _never_reached(runs: Sequence[DepthRun], depths: Sequence[int]) -> tuple[Curve, ...]:
    never = [run for run in runs if math.isinf(run.epochs)]
    if not never:
        return ()
    x = np.array([float(depths.index(run.depth)) for run in never])
    return (_points("never reached: drawn at the last epoch", x, never, None),)


def _relation(groups: Groups, depths: Sequence[int]) -> tuple[Curve, ...]:
    """Colours tell depths apart, marks the values of the second axis."""
    curves = []
    for mark, runs in enumerate(groups.values()):
        reached = [run for run in runs if math.isfinite(run.epochs)]
        never = [run for run in runs if math.isinf(run.epochs)]
        curves += [
            _points(_name(depth), _last(of), of, _place(depths, depth), mark)
            for depth, of in by_depth(reached).items()
        ]
        if never:
            curves.append(_points("never reached", _last(never), never, None, mark))
    return tuple(sorted(curves, key=lambda curve: (curve.depth is None, curve.depth)))


def _of_layers(runs: Sequence[DepthRun], which: str, depths: Sequence[int]) -> tuple[Chart, Chart]:
    """Frequency by layer and RDF of the last hidden layer; a curve a depth.

    Which networks they are stands first in the titles: a narrow page cuts their ends.
    """
    by_layer, density = [], []
    for depth, of in by_depth(runs).items():
        name, place = _name(depth), _place(depths, depth)
        frequency = _over_seeds([np.stack([run.frequency for run in of])])[:, 0]
        by_layer.append(_banded(str(depth), np.arange(depth + 1.0), frequency, place))
        grid = _shared_grid(of)
        rdf = [np.interp(grid, run.inverse_delta, run.rdf[-1]) for run in of]
        spread = _over_seeds([np.stack(rdf)])[:, 0]
        top = spread[0].max() if spread[0].max() > 0 else 1.0
        density.append(_banded(name, grid, spread / top, place))
    names = [str(layer) for layer in range(1, max(depths, default=0) + 1)]
    return (
        Chart(
            f"{which}: frequency by layer" if which else "Frequency by layer, one line a depth",
            _cut(runs),
            _FREQUENCY,
            tuple(by_layer),
            x_ticks=("input", *names) if names else None,
        ),
        Chart(
            f"{which}: RDF of the last layer"
            if which
            else "RDF of the last hidden layer at the end",
            "1/δ (inverse squared units of x)",
            "RDF / its maximum",
            tuple(density),
            x_log=any(_all_logarithmic(of) for of in by_depth(runs).values()),
        ),
    )


def _over_seeds(tables: Sequence[Float64]) -> Float64:
    """Median, least and most over the rows of each table, (3, tables, columns); NaN left out."""
    found = [
        [
            median_and_range(column[~np.isnan(column)])
            if not np.isnan(column).all()
            else (math.nan,) * 3
            for column in table.T
        ]
        for table in tables
    ]
    return np.moveaxis(np.array(found), -1, 0)


def _banded(name: str, x: Float64, spread: Float64, depth: float) -> Curve:
    """A curve from its median, least and most, (3, k)."""
    middle, low, high = spread
    return Curve(name, x, middle, low, high, depth=depth)


def _shared_grid(runs: Sequence[DepthRun]) -> Float64:
    """Where the grids of all runs overlap, as fine as the first of them."""
    lower = max(run.inverse_delta[0] for run in runs)
    upper = min(run.inverse_delta[-1] for run in runs)
    even = np.geomspace if _all_logarithmic(runs) else np.linspace
    return even(lower, upper, runs[0].inverse_delta.size)


def _all_logarithmic(runs: Sequence[DepthRun]) -> bool:
    return all(is_logarithmic(run.inverse_delta) for run in runs)


def _points(
    name: str, x: Float64, runs: Sequence[DepthRun], depth: float | None, mark: int = 0
) -> Curve:
    y = np.array([float(min(run.epochs, run.cap)) for run in runs])
    return Curve(name, x, y, depth=depth, is_points=True, mark=mark)


def _last(runs: Sequence[DepthRun]) -> Float64:
    return np.array([run.frequency[-1] for run in runs])


def _place(depths: Sequence[int], depth: int) -> float:
    return ALONE if len(depths) == 1 else depths.index(depth) / (len(depths) - 1)


def _cut(runs: Sequence[DepthRun]) -> str:
    """What is counted along depth: a hidden layer, a stage, a block."""
    word = runs[0].layers[-1].rpartition(" ")[0] if runs else ""
    return word if word and word != "layer" else "hidden layer"


def _name(depth: int) -> str:
    return f"depth {depth}"

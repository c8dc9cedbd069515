"""What networks of several depths say together: epochs to a target loss, frequency by layer.

A network is one depth at one value of a second axis; its runs differ in their seeds. Numbers are
medians over seeds with the least and the most beside them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from deepfreq_core.chapters.deep_frequency.settings import trained
from deepfreq_core.config import RunConfig
from deepfreq_core.experiments import catalogue
from deepfreq_core.instruments.layers.trace import OWNER
from deepfreq_core.lowpass.frequency import FLOOR, equivalent_frequency
from deepfreq_core.records import Float64, JsonValue, Measurement
from deepfreq_core.runs.state import Run
from deepfreq_core.runs.store import RunStore
from deepfreq_core.schema import Coordinates
from deepfreq_core.schema.reader import own
from deepfreq_core.studies import outcomes, sweep_plan
from deepfreq_core.studies.verdict import OrderSummary, Verdict, in_words, summarize_order
from deepfreq_core.training.learning import Learning, left_out, of_losses
from deepfreq_core.training.speed import epochs_to_loss, median_and_range, seen_loss

_FEWEST_SEEDS = 6  # see studies/verdict.py
_CLEAR = 0.5  # mean rank correlation from which depth and speed are said to go together
_SPEED = {
    Verdict.HOLDS: "deeper networks learn faster",
    Verdict.FAILS: "deeper networks do not learn faster",
    Verdict.UNCLEAR: "no clear order of depth and speed",
}


@dataclass(frozen=True, slots=True)
class DepthRun:
    """One finished run of a sweep.

    Attributes:
        depth: Hidden layers.
        other: Its value on the second axis; "" without one.
        seed: Its seed.
        layers: Names of the raw input and the hidden layers, (L+1,).
        epochs: Epochs to the target loss; infinity where it was never reached.
        cap: Epochs it had at most.
        inverse_delta: Grid of 1/δ, (m,).
        rdf: RDF of each layer at the end, (L+1, m).
        frequency: Equivalent frequency of each layer at the end, (L+1,); NaN beyond the grid and
            where nothing was learned.
        learning: What its network has learned.
    """

    depth: int
    other: str
    seed: int
    layers: tuple[str, ...]
    epochs: float
    cap: int
    inverse_delta: Float64
    rdf: Float64
    frequency: Float64
    learning: Learning = Learning.LEARNED


def depth_run(
    measurements: Sequence[Measurement],
    coordinates: Coordinates,
    facts: Mapping[str, JsonValue],
    *,
    other: str,
    seed: int,
    target: float,
    cap: int,
) -> DepthRun:
    """What counts of one run's measurements.

    Args:
        measurements: At least one, in order.
        coordinates: The run's coordinates.
        facts: The run's facts.
        other: The run's value on the second axis; "" without one.
        seed: The run's seed.
        target: The loss to reach.
        cap: Epochs it had at most.

    Returns:
        The run; its depth is the number of layers besides the raw input.
    """
    end, along = own(measurements[-1].arrays, OWNER), own(coordinates, OWNER)
    layers, grid = along["layer"], np.asarray(along["inverse_delta"], dtype=np.float64)
    epoch = np.array([one.at for one in measurements])
    loss = {
        name: np.array([one.scalars.get(name, math.nan) for one in measurements])
        for name in ("train_loss", "epoch_loss")
    }
    learned = of_losses(loss["train_loss"], facts)
    frequency = equivalent_frequency(grid, end["lfr"], facts.get(FLOOR))
    return DepthRun(
        depth=len(layers) - 1,
        other=other,
        seed=seed,
        layers=tuple(map(str, layers)),
        epochs=epochs_to_loss(epoch, seen_loss(loss), target),
        cap=cap,
        inverse_delta=grid,
        rdf=end["rdf"],
        frequency=frequency_of(frequency, learned),
        learning=learned,
    )


def can_read(config: RunConfig) -> bool:
    """Whether runs with these settings measure what is read here."""
    return OWNER in catalogue.instruments_of(config)


def read(store: RunStore, run: Run, second: str | None) -> DepthRun:
    """The numbers of one finished run of a depth sweep; its second axis is that setting."""
    config = trained(run.config)
    return depth_run(
        [measurement for _, measurement in store.measurements(run.id)],
        catalogue.reader(config).known() | store.coordinates(run.id),
        run.facts,
        other=outcomes.text_at(config, second) if second else "",
        seed=config.seed,
        target=sweep_plan.target(config),
        cap=config.training.epochs,
    )


def frequency_of(frequency: Float64, learned: Learning) -> Float64:
    """Frequencies that count, (L+1,): none of a network that has learned nothing."""
    return frequency if learned is Learning.LEARNED else np.full_like(frequency, math.nan)


def by_other(runs: Iterable[DepthRun]) -> dict[str, list[DepthRun]]:
    """Runs by their value on the second axis; numbers in order of size."""
    groups: dict[str, list[DepthRun]] = {}
    for run in runs:
        groups.setdefault(run.other, []).append(run)
    return dict(sorted(groups.items(), key=lambda item: _order(item[0])))


def by_depth(runs: Iterable[DepthRun]) -> dict[int, list[DepthRun]]:
    """Runs by depth, shallow first."""
    groups: dict[int, list[DepthRun]] = {}
    for run in runs:
        groups.setdefault(run.depth, []).append(run)
    return dict(sorted(groups.items()))


def named(other_name: str, other: str) -> str:
    """A value of the second axis where no column says what it is: "width 8", but "relu"."""
    is_bare = other in {"true", "false"} or _order(other)[0] == 0
    return f"{other_name} {other}" if is_bare else other


def speed_order(runs: Iterable[DepthRun]) -> dict[str, OrderSummary]:
    """How learning speed runs with depth, for each value of the second axis with an order.

    Seeds that lack a depth are left out, as are runs that diverged: at another rate they may be
    fast. Those that learned nothing are slow, and count. Positive
    correlations: deeper networks are faster.
    """
    orders = {}
    counted = [run for run in runs if run.learning is not Learning.DIVERGED]
    for other, of_other in by_other(counted).items():
        depths = list(by_depth(of_other))
        seeds = sorted({run.seed for run in of_other})
        table_ = np.full((len(seeds), len(depths)), math.nan)
        for run in of_other:
            table_[seeds.index(run.seed), depths.index(run.depth)] = run.epochs
        complete = table_[~np.isnan(table_).any(axis=1)]
        if len(depths) > 1 and complete.size:
            orders[other] = summarize_order(-complete)
    return orders


def sentence(runs: Sequence[DepthRun], other_name: str = "") -> str:
    """The order of depth and speed in words; why there is none where there is none.

    Args:
        runs: Finished runs.
        other_name: Name of the second axis; "" without one.
    """
    note = left_out(run.learning for run in runs)
    return f"{_order_in_words(speed_order(runs), other_name)} {note}".rstrip()


def _order_in_words(orders: Mapping[str, OrderSummary], other_name: str) -> str:
    if not orders:
        return "Two finished depths of one seed are needed before speed can be compared."
    parts = [
        f"{f'{named(other_name, other)}: ' if other else ''}"
        f"{_order_of_speed(order)}, {in_words(order)}"
        for other, order in orders.items()
    ]
    whole = "; ".join(parts)
    first = next(iter(orders))
    if not first or named(other_name, first) != first:  # else a name, which stays as it is written
        whole = whole[0].upper() + whole[1:]
    line = f"{whole} (rank correlation of depth with learning speed)."
    few = all(order.correlations.size < _FEWEST_SEEDS for order in orders.values())
    return f"{line} Six seeds are the fewest that can show an order." if few else line


def table(runs: Iterable[DepthRun], other_name: str) -> list[dict[str, str]]:
    """One row a network, for people."""
    rows = []
    for other, of_other in by_other(runs).items():
        for depth, of_depth in by_depth(of_other).items():
            middle, low, high = median_and_range(np.array([run.epochs for run in of_depth]))
            cap = of_depth[0].cap
            rows.append(
                ({other_name: other} if other else {})
                | {
                    "depth": str(depth),
                    "runs": str(len(of_depth)),
                    "epochs, median": _epochs(middle, cap),
                    "least": _epochs(low, cap),
                    "most": _epochs(high, cap),
                    "never reached": str(sum(math.isinf(run.epochs) for run in of_depth)),
                    "frequency of the last layer": _frequency(of_depth),
                }
            )
    return rows


def rows_by_run(runs: Iterable[DepthRun], other_name: str) -> list[dict[str, object]]:
    """One row a layer of a run, as plain numbers; None where there is none."""
    return [
        ({other_name: run.other} if run.other else {})
        | {
            "depth": run.depth,
            "seed": run.seed,
            "epochs_to_target": None if math.isinf(run.epochs) else round(run.epochs, 3),
            "layer": name,
            "equivalent_frequency": None if math.isnan(value) else round(float(value), 5),
        }
        for of_other in by_other(runs).values()
        for run in sorted(of_other, key=lambda run: (run.depth, run.seed))
        for name, value in zip(run.layers, run.frequency, strict=True)
    ]


def _order_of_speed(order: OrderSummary) -> str:
    if order.correlations.size < _FEWEST_SEEDS and order.verdict is Verdict.UNCLEAR:
        return "too few seeds to tell"
    if order.verdict is Verdict.HOLDS and order.mean < _CLEAR:
        return "speed rises with depth only in part"
    return _SPEED[order.verdict]


def _order(label: str) -> tuple[int, float, str]:
    try:
        return 0, float(label), label
    except ValueError:
        return 1, 0.0, label


def _epochs(value: float, cap: int) -> str:
    return f"> {cap}" if math.isinf(value) else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _frequency(runs: Sequence[DepthRun]) -> str:
    last = np.array([run.frequency[-1] for run in runs])
    there = last[~np.isnan(last)]
    if not there.size:
        learned = any(run.learning is Learning.LEARNED for run in runs)
        return "beyond the grid" if learned else "nothing learned"
    middle, low, high = median_and_range(there)
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"

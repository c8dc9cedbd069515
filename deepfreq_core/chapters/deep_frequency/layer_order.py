"""How the frequency of each layer's effective target runs with depth, over seeds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from deepfreq_core.instruments.layers.trace import Trace
from deepfreq_core.lowpass.frequency import FLOOR, equivalent_frequency
from deepfreq_core.records import Float64
from deepfreq_core.studies.finding import Chart, Curve
from deepfreq_core.studies.verdict import OrderSummary, summarize_order
from deepfreq_core.studies.verdict import in_words as in_words
from deepfreq_core.training.learning import Learning

_APART = 30  # ratio of frequencies from which even steps would hide most layers


def frequencies(one: Trace) -> Float64:
    """Equivalent frequency of every layer at every kept epoch, (t, L+1).

    What the grid cannot tell apart is put at its ends, which is what an order needs: infinity for
    a half-energy point beyond the grid, 0 for one within its first cell.
    """
    found = equivalent_frequency(one.inverse_delta, one.lfr, one.facts.get(FLOOR))
    first_cell = math.sqrt(math.log(2.0) * one.inverse_delta[1])
    return np.where(np.isnan(found), np.inf, np.where(found <= first_cell, 0.0, found))


def order_at(traces: Sequence[Trace], index: int) -> OrderSummary:
    """How *low* frequency runs with depth over hidden layers, at the index-th kept epoch.

    Args:
        traces: One a seed, all of the same depth.
        index: 0 before training, -1 at the end; then only of networks that have learned.

    Returns:
        The summary; positive correlations mean that deeper layers hold lower frequencies.
    """
    counted = traces if index == 0 else having_learned(traces)
    table = np.empty((len(counted), len(traces[0].layers) - 1))
    for row, one in zip(table, counted, strict=True):
        row[:] = -frequencies(one)[index, 1:]
    return summarize_order(table)


def having_learned(traces: Sequence[Trace]) -> list[Trace]:
    """Those whose layers are effective targets of what was learned."""
    return [one for one in traces if one.learning is Learning.LEARNED]


def order_row(name: str, traces: Sequence[Trace]) -> Mapping[str, str]:
    """A row of a findings table: the order before training and at the end."""
    before, after = order_at(traces, 0), order_at(traces, -1)
    return {
        "case": name,
        "runs": str(len(traces)),
        "order before": in_words(before),
        "order after": in_words(after),
        "after": after.verdict.value,
    }


def frequency_by_layer(title: str, traces: Sequence[Trace]) -> Chart:
    """Frequency against layer, before training and at the end; bands from least to most."""
    curves = []
    for name, index, depth in (("before training", 0, None), ("after", -1, 1.0)):
        counted = traces if index == 0 else having_learned(traces)
        if not counted:
            continue
        table = np.stack([frequencies(one)[index] for one in counted])
        table = np.where(np.isinf(table) | (table == 0), np.nan, table)
        curves.append(
            Curve(
                name=name,
                x=np.arange(table.shape[1], dtype=np.float64),
                y=_over_seeds(np.nanmedian, table),
                low=_over_seeds(np.nanmin, table),
                high=_over_seeds(np.nanmax, table),
                depth=depth,
            )
        )
    return Chart(
        title=title,
        x_title="layer",
        y_title="equivalent frequency",
        curves=tuple(curves),
        y_log=_lie_decades_apart(curves),
        x_ticks=traces[0].layers,
    )


def _lie_decades_apart(curves: Sequence[Curve]) -> bool:
    shown = np.concatenate([curve.y[~np.isnan(curve.y)] for curve in curves])
    return bool(shown.size and shown.max() > _APART * shown.min())


def _over_seeds(reduce: object, table: Float64) -> Float64:
    missing = np.isnan(table).all(axis=0)
    safe = np.where(missing, 0.0, table)
    result = reduce(safe, axis=0)  # type: ignore[operator]
    return np.where(missing, np.nan, result)

"""What a run came to: LFR by layer at a few epochs, and in words whether the order turned."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from deepfreq_core import settings
from deepfreq_core.analysis.learning import Learning, of_losses
from deepfreq_core.cli.output import print_table, say
from deepfreq_core.figures import words
from deepfreq_core.records import Float64, Measurement
from deepfreq_core.runs.state import Run

_COLUMNS = 6


def print_summary(
    run: Run, measured: Sequence[Measurement], inverse_delta: float | None = None
) -> None:
    """The table and the sentence, on stdout.

    Args:
        run: The run.
        measured: What it measured, at least once.
        inverse_delta: The 1/δ asked for; the nearest of the grid is taken. None takes the one at
            which hidden layers differ most at the end.
    """
    grid = measured[0].arrays["inverse_delta"]
    last = measured[-1].arrays["lfr"]
    k = widest(last) if inverse_delta is None else int(np.abs(grid - inverse_delta).argmin())
    chosen = few([measurement.epoch for measurement in measured])
    heads = ["before" if measured[i].epoch == 0 else f"epoch {measured[i].epoch}" for i in chosen]
    rows = [
        [
            name,
            *(_cell(measured[i], layer, k) for i in chosen),
        ]
        for layer, name in enumerate(run.layer_names)
    ]
    losses = (measured[i].scalars.get("train_loss", float("nan")) for i in chosen)
    rows.append(["train loss", *(f"{loss:.3g}" for loss in losses)])
    backend = run.facts.get("backend", "unknown backend")
    say(f"Low-frequency ratio of each layer at 1/δ = {grid[k]:.4g} (filter: {backend})\n")
    print_table(["", *heads], rows, n_text=1)
    before = measured[0] if measured[0].epoch == 0 else None
    now = measured[-1] if len(measured) > 1 else None
    say("")
    texts = json.loads((settings.assets() / "texts" / "words.json").read_text("utf-8"))
    sentence = words.sentence(
        texts,
        run.layer_names[1:],
        _hidden(before, k, "lfr"),
        _hidden(now, k, "lfr"),
        before_errors=_hidden(before, k, "lfr_se"),
        now_errors=_hidden(now, k, "lfr_se"),
        learned=_learned(run, measured),
    )
    say(sentence)


def few(epochs: Sequence[int], most: int = _COLUMNS) -> list[int]:
    """Indices of at most `most` epochs: first, last, and between them dense early and then rarer.

    Args:
        epochs: What was measured, increasing; most of what happens does so early.
        most: How many there is room for.

    Returns:
        Indices, increasing.
    """
    if len(epochs) <= most:
        return list(range(len(epochs)))
    wanted = np.geomspace(epochs[1], epochs[-1], most - 1)
    nearest = (int(np.abs(np.array(epochs) - epoch).argmin()) for epoch in wanted)
    return sorted({0, *nearest})


def widest(lfr: Float64) -> int:
    """Index of the 1/δ at which hidden layers differ most; lfr is (L+1, m)."""
    hidden = np.nan_to_num(lfr[1:])
    return int((hidden.max(axis=0) - hidden.min(axis=0)).argmax())


def _cell(measurement: Measurement, layer: int, k: int) -> str:
    """LFR with its standard error, where rows were sampled or seeds vary."""
    value = f"{measurement.arrays['lfr'][layer, k]:.2f}"
    if "lfr_se" not in measurement.arrays:
        return value
    return f"{value} ± {measurement.arrays['lfr_se'][layer, k]:.2f}"


def _hidden(measurement: Measurement | None, k: int, name: str) -> list[float] | None:
    if measurement is None or name not in measurement.arrays:
        return None
    values: list[float] = measurement.arrays[name][1:, k].tolist()
    return values


def _learned(run: Run, measured: Sequence[Measurement]) -> Learning:
    if run.diverged:
        return Learning.DIVERGED
    return of_losses([m.scalars.get("train_loss") for m in measured], run.facts)

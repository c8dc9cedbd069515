"""What a run came to: its main array at a few moments, and in words what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from deepfreq_core.cli.output import print_table, say
from deepfreq_core.experiments import catalogue
from deepfreq_core.exports import Content
from deepfreq_core.records import Float64
from deepfreq_core.schema import Message
from deepfreq_core.schema import say as in_words

_COLUMNS = 6


def print_summary(content: Content, cursor: float | None = None) -> None:
    """The table and the sentence, on stdout.

    Args:
        content: The run, with at least one measurement.
        cursor: Where the cursor shall stand; the nearest value is taken. None takes the one at
            which the rows differ most at the end.
    """
    reader, measured = content.reader, [one for _, one in content.measurements]
    clock = reader.schema.clock
    if reader.summary is None:
        return
    name, rows_dim = reader.summary
    array, rows_of = reader.schema.arrays[name], reader.schema.dims[rows_dim]
    along = next((dim for dim in array.dims if dim != rows_dim), "")
    table = [_by_row(one.arrays[name], array.dims, rows_dim) for one in measured]
    grid = np.asarray(content.coordinates[along], dtype=np.float64) if along else np.zeros(1)
    first_row = 0 if rows_of.reference is None else 1
    k = (
        widest(table[-1][first_row:])
        if cursor is None or not along
        else int(np.abs(grid - cursor).argmin())
    )
    errors = [
        _by_row(one.arrays[array.error], array.dims, rows_dim)
        if array.error in one.arrays
        else None
        for one in measured
    ]
    at = [one.at for one in measured]
    chosen = few(at)
    heads = [
        "before" if at[i] == 0 and clock.can_start_at_0 else f"{clock.long_name} {at[i]:g}"
        for i in chosen
    ]
    names = rows_of.labels(content.coordinates[rows_dim])
    rows = [
        [label, *(_cell(table[i], errors[i], row, k) for i in chosen)]
        for row, label in enumerate(names)
    ]
    for scalar, text, _ in reader.status[:1]:
        values = (measured[i].scalars.get(scalar, float("nan")) for i in chosen)
        rows.append([text, *(f"{value:.3g}" for value in values)])
    where = f" at {reader.schema.dims[along].long_name} = {grid[k]:.4g}" if along else ""
    backend = content.run.facts.get("backend")
    say(f"{array.long_name}{where}{f' (filter: {backend})' if backend else ''}\n")
    print_table(["", *heads], rows, n_text=1)
    sentences = catalogue.sentences(content.run.config)
    messages = reader.headlines(content.measured())
    if content.run.diverged:
        messages = (Message("diverged"),)
    if messages:
        place = k if reader.headline_cursor == along else 0
        message = messages[min(place, len(messages) - 1)]
        say("")
        say(in_words(message, sentences))


def few(at: Sequence[float], most: int = _COLUMNS) -> list[int]:
    """Indices of at most `most` moments: first, last, and between them dense early, then rarer.

    Args:
        at: When was measured, increasing; most of what happens does so early.
        most: How many there is room for.

    Returns:
        Indices, increasing.
    """
    if len(at) <= most:
        return list(range(len(at)))
    wanted = np.geomspace(at[1], at[-1], most - 1)
    nearest = (int(np.abs(np.array(at) - moment).argmin()) for moment in wanted)
    return sorted({0, *nearest})


def widest(values: Float64) -> int:
    """Index along the second axis at which the rows differ most; values are (rows, m)."""
    there = np.nan_to_num(values)
    return int((there.max(axis=0) - there.min(axis=0)).argmax())


def _by_row(array: Any, dims: Sequence[str], rows: str) -> Float64:
    """The array as (rows, m), whichever of its dims comes first."""
    table = np.asarray(array, dtype=np.float64)
    if table.ndim == 1:
        return table[:, None]
    return table if dims[0] == rows else table.T


def _cell(table: Float64, errors: Float64 | None, row: int, k: int) -> str:
    """A value, with its standard error where there is one."""
    value = f"{table[row, k]:.2f}" if abs(table[row, k]) >= 0.01 else f"{table[row, k]:.2g}"
    return value if errors is None else f"{value} ± {errors[row, k]:.2f}"

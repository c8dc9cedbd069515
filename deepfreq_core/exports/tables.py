"""CSV: one long table for each set of dims, a row for each combination of their values."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from deepfreq_core.errors import RunNotFound
from deepfreq_core.exports.content import Content


def table_names(content: Content) -> list[str]:
    """Tables of a run, the one with the most dims first, for example "layer-inverse_delta"."""
    sets = dict.fromkeys(array.dims for array in content.arrays().values())
    ordered = sorted(sets, key=len, reverse=True) or [()]
    return [_name(content, dims) for dims in ordered]


def as_csv(content: Content, table: str | None = None) -> Iterator[str]:
    """One table in long form, the scalars of a measurement repeated in each of its rows.

    A dim of names has two columns: the number of the entry, then its name (`layer`, `layer_name`).

    Args:
        content: The run.
        table: One of `table_names`; the first where left out.

    Returns:
        The heading, then the lines of one measurement after the other.

    Raises:
        RunNotFound: There is no such table.
    """
    names = table_names(content)
    if table is not None and table not in names:
        raise RunNotFound(f"no table {table!r} in this run. There are: {', '.join(names)}")
    return _table(content, table or names[0])


def _table(content: Content, wanted: str) -> Iterator[str]:
    arrays = {n: a for n, a in content.arrays().items() if _name(content, a.dims) == wanted}
    dims = next(iter(arrays.values())).dims if arrays else ()
    scalars = [name for name in content.scalars if name not in arrays]
    short = content.reader.short
    heading = [content.clock]
    columns = []
    for dim in dims:
        values = content.coordinates.get(dim, ())
        is_named = isinstance(values, tuple)
        heading += [short(dim), f"{short(dim)}_name"] if is_named else [short(dim)]
        columns.append([*enumerate(values)] if is_named else [(_text(value),) for value in values])
    yield _lines([heading + [short(name) for name in (*arrays, *scalars)]])
    for _, m in content.measurements:
        fixed = [_text(m.scalars.get(name, np.nan)) for name in scalars]
        at = f"{m.at:g}" if float(m.at).is_integer() else repr(float(m.at))
        found = [m.arrays.get(name, m.scalars.get(name)) for name in arrays]
        rows = []
        for place in itertools.product(*(range(len(column)) for column in columns)):
            along = [cell for column, i in zip(columns, place, strict=True) for cell in column[i]]
            numbers = ["" if array is None else _text(np.asarray(array)[place]) for array in found]
            rows.append([at, *along, *numbers, *fixed])
        yield _lines(rows)


def _name(content: Content, dims: tuple[str, ...]) -> str:
    return "-".join(content.reader.short(dim).replace("/", ".") for dim in dims) or content.clock


def _text(value: Any) -> str:
    return "" if value != value else repr(float(value))  # NaN: no value


def _lines(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

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
from deepfreq_core.schema import Values


def table_names(content: Content) -> list[str]:
    """Tables of a run, the one with the most dims first, for example "layer-inverse_delta"."""
    sets = dict.fromkeys(array.dims for array in content.arrays().values())
    ordered = sorted(sets, key=len, reverse=True) or [()]
    return [_name(content, dims) for dims in ordered]


def as_csv(content: Content, table: str | None = None) -> Iterator[str]:
    """One table in long form, the scalars of a measurement repeated in each of its rows.

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
    yield _lines([[content.clock, *map(short, (*dims, *arrays, *scalars))]])
    values = [_texts(content.coordinates.get(dim, ())) for dim in dims]
    for _, m in content.measurements:
        fixed = [_text(m.scalars.get(name, np.nan)) for name in scalars]
        at = f"{m.at:g}" if float(m.at).is_integer() else repr(float(m.at))
        found = [m.arrays.get(name, m.scalars.get(name)) for name in arrays]
        rows = []
        for place in itertools.product(*(range(len(names)) for names in values)):
            along = [names[i] for names, i in zip(values, place, strict=True)]
            numbers = ["" if array is None else _text(np.asarray(array)[place]) for array in found]
            rows.append([at, *along, *numbers, *fixed])
        yield _lines(rows)


def _name(content: Content, dims: tuple[str, ...]) -> str:
    return "-".join(content.reader.short(dim).replace("/", ".") for dim in dims) or content.clock


def _texts(values: Values) -> list[str]:
    return list(values) if isinstance(values, tuple) else [_text(value) for value in values]


def _text(value: Any) -> str:
    return "" if value != value else repr(float(value))  # NaN: no value


def _lines(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

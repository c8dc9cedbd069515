"""What all verbs share in answering: one JSON document, tables, numbers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table


def print_json(value: Any) -> None:
    """One JSON document on stdout; floats in it are finite, see `exports.numbers.plain`."""
    sys.stdout.write(json.dumps(value, allow_nan=False) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, n_text: int = 0) -> None:
    """A table on stdout.

    Args:
        columns: Headings.
        rows: Cells, one sequence a row.
        n_text: How many columns from the left are text; the others are numbers, set right.
    """
    # A pipe has no width: leave lines whole for grep.
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console = Console(markup=False, highlight=False, width=1_000)
    table = Table(box=None, pad_edge=False)
    for k, column in enumerate(columns):
        table.add_column(column, justify="left" if k < n_text else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def say(text: str) -> None:
    """A line on stdout, as it is."""
    sys.stdout.write(text + "\n")


def age(seconds: float) -> str:
    """A stretch of time in one unit that is easy to read: 45 s, 12 min, 3 h, 2 d."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"

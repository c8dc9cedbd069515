"""Charts of the live view, declared: figures without points, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from deepfreq_core.schema import fills
from deepfreq_core.schema.arrays import Schema
from deepfreq_core.schema.compose import qualified


@dataclass(frozen=True, slots=True)
class Panel:
    """One chart.

    Attributes:
        name: Key.
        title: What is seen; "{at}" becomes the moment shown, for example " at epoch 3".
        about: The chart's accessible name.
        figure: A Plotly figure as a dict, its traces with fills (schema/fills.py) and no points.
        place: "main" takes the width of the page, "row" shares it with others.
        group: Panels with the same group share one place, with tabs; "" is a place of its own.
        tab: What stands on its tab.
    """

    name: str
    title: str
    about: str
    figure: Mapping[str, Any]
    place: Literal["main", "row"] = "row"
    group: str = ""
    tab: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table under the charts.

    Attributes:
        title: Its head; "{at}" becomes the moment shown.
        fill: What stands in it, with one dim as "all": that of the rows.
        digits: Decimals; None for three significant digits.
    """

    title: str
    fill: Mapping[str, Any]
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of the moment shown, a row for each value of a dim."""

    dim: str
    columns: Sequence[Column] = field(default_factory=tuple)


def sections(parts: Mapping[str, Sequence[Panel]], schema: Schema) -> list[dict[str, Any]]:
    """The charts of a whole run as the browser takes them.

    Args:
        parts: Panels by their owner, in order; "" for the experiment. Its panels join the first
            instrument's section: in the group that they share with it, else at the end.
        schema: The run's schema, composed.

    Returns:
        One section an instrument: {"name", "groups": [{"name", "place", "cursors", "panels"}]}.
    """
    own = list(parts.get("", ()))
    found: list[dict[str, Any]] = []
    places: dict[str, dict[str, Any]] = {}
    for owner, panels in [item for item in parts.items() if item[0]] or [("", [])]:
        section: dict[str, Any] = {"name": owner, "groups": []}
        found.append(section)
        for panel in panels:
            _put(section, places, owner, panel, schema)
        while own:
            _put(section, places, "", own.pop(0), schema)
    for section in found:
        for group in section["groups"]:
            group["panels"].sort(key=lambda panel: bool(panel.pop("owner")))
    return found


def table(owner: str, wanted: Table, schema: Schema) -> dict[str, Any]:
    """The table as the browser takes it."""
    names = _names(owner, schema)
    return {
        "dim": names.get(wanted.dim, wanted.dim),
        "columns": [
            {
                "title": column.title,
                "digits": column.digits,
                "fill": fills.renamed_fill(column.fill, names),
            }
            for column in wanted.columns
        ],
    }


def _put(
    section: dict[str, Any],
    places: dict[str, dict[str, Any]],
    owner: str,
    panel: Panel,
    schema: Schema,
) -> None:
    figure = fills.renamed(panel.figure, _names(owner, schema))
    key = panel.group or f"{owner}.{panel.name}".strip(".")
    if key not in places:
        places[key] = {"name": key, "place": panel.place, "cursors": [], "panels": []}
        section["groups"].append(places[key])
    group = places[key]
    clock = schema.clock.name
    wanted = [dim for dim in fills.cursors(figure) if dim != clock and dim not in group["cursors"]]
    group["cursors"] += wanted
    group["panels"].append({
        "owner": owner,
        "name": f"{owner}.{panel.name}".strip("."),
        "tab": panel.tab,
        "title": panel.title,
        "about": panel.about,
        "arrays": [name for name in fills.arrays(figure) if name in schema.arrays],
        "figure": figure,
    })


def _names(owner: str, schema: Schema) -> dict[str, str]:
    """Short names of an owner's arrays and dims, and what the whole run calls them."""
    every = [*schema.arrays, *schema.dims]
    prefix = qualified(owner, "x")[:-1]
    return {name.removeprefix(prefix): name for name in every if owner and name.startswith(prefix)}

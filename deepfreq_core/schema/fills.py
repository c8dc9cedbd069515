"""What feeds the traces of a figure without points, and whether a schema can.

A trace carries in its `meta` a *fill*: for each channel an array, and for each dim of that array,
by name and exactly once, what is taken of it:

    {"fill": {"x": {"epoch": {"epoch": "all"}},
              "y": {"lfr": {"epoch": "all", "layer": "each", "inverse_delta": "at"}}}}

    all     every value: the channel runs along it
    at      the value at the dim's cursor; for the clock, the measurement shown
    each    a trace for every value; what it is called and its colour are the dim's
    facet   a small chart for every value, under its name, all with the same axes; a click on one
            moves the dim's cursor, where it has one
    3, -1   the value with this index, from the end where negative; of the clock, a measurement

A dim's own coordinates are an array of that name. Channels: x, y, z, text, color (numbers that
the marker's colour scale turns into colours; where they are not measured nothing is drawn), and
low with high for a band. Beside the fill, `meta` may say

    named     a dim whose names the whole parts of the colours' numbers stand for: told to a
              pointer as text, and written beside the colour bar
    from      {"layer": 1}: what leading values of a dim are left out
    own_max   true: y, low and high are divided by the largest y of the trace
    dark      what is different on a dark page, for example {"colorscale": [...]}

and the figure's `layout.meta`

    x, y        the dim along an axis: names become its ticks; the cursor of that along x is drawn
                as a line, and a click moves it
    square      true: the area of the plot is as high as it is wide
    end_names   true: the traces' names stand at the right ends of their lines
    peak_names  an array with dims as in a fill: where along x each trace's name stands, above
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from deepfreq_core.errors import ShapeError
from deepfreq_core.schema.arrays import Schema

CHANNELS = ("x", "y", "z", "text", "color", "low", "high")
_ALONG = {"z": 2}  # dims that a channel runs along; the others run along one
_WORDS = ("all", "at", "each", "facet")


def check_figure(schema: Schema, figure: Mapping[str, Any]) -> None:
    """Compare the fills of a figure with a schema.

    Args:
        schema: What the run or instrument holds.
        figure: A Plotly figure as a dict, {"data": [...], "layout": {...}}.

    Raises:
        ShapeError: A trace has no fill; a fill names an array, a dim or a channel that is not
            there, leaves a dim out, takes one in a way that does not exist, runs along too few or
            too many dims, or needs the cursor of a dim without a title.
    """
    for index, trace in enumerate(figure["data"]):
        meta = trace.get("meta") or {}
        where = f"trace {index}"
        if not meta.get("fill"):
            raise ShapeError(f"{where} has no fill in its meta. Say what feeds its channels")
        each = {tuple(_check_channel(schema, where, *item)) for item in meta["fill"].items()}
        every = {dim for dims in each for dim in dims}
        if any(set(dims) not in ({*every}, set()) for dims in each):
            raise ShapeError(
                f"{where} has channels with different dims as “each” or “facet”: {sorted(every)}"
            )
        for dim in (*meta.get("from", {}), *filter(None, [meta.get("named")])):
            _check_dim(schema, where, dim)
    found = facets(figure)
    if len(found) > 1:
        raise ShapeError(f"a figure has one dim as “facet”; this one has {list(found)}. Take one")
    meta = figure["layout"].get("meta") or {}
    for axis in ("x", "y"):
        if meta.get(axis):
            _check_dim(schema, f"the {axis} axis", meta[axis])


def fits(schema: Schema, figure: Mapping[str, Any]) -> bool:
    """Whether a schema has all that feeds a figure: of some panels a run has only one kind."""
    known = {schema.clock.name, *schema.arrays, *schema.dims}
    return known.issuperset(arrays(figure))


def cursors(figure: Mapping[str, Any]) -> tuple[str, ...]:
    """Dims whose cursor a figure follows, in order of appearance; the clock may be among them."""
    found: dict[str, None] = {}
    for trace in figure["data"]:
        for channel in trace["meta"]["fill"].values():
            for take in channel.values():
                found |= {dim: None for dim, how in take.items() if how == "at"}
    return tuple(found)


def facets(figure: Mapping[str, Any]) -> tuple[str, ...]:
    """Dims for whose values a figure has small charts."""
    takes = (
        take
        for trace in figure["data"]
        for channel in trace["meta"]["fill"].values()
        for take in channel.values()
    )
    return tuple(dict.fromkeys(dim for take in takes for dim in take if take[dim] == "facet"))


def arrays(figure: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of all arrays and coordinates that feed a figure."""
    names = (
        name
        for trace in figure["data"]
        for channel in trace["meta"]["fill"].values()
        for name in channel
    )
    return tuple(dict.fromkeys(names))


def renamed(figure: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The figure with arrays and dims in its fills under other names; others stay."""
    data = []
    for trace in figure["data"]:
        meta = dict(trace["meta"])
        meta["fill"] = {
            channel: renamed_fill(fill, names) for channel, fill in meta["fill"].items()
        }
        meta["from"] = {names.get(dim, dim): n for dim, n in meta.get("from", {}).items()}
        if meta.get("named"):
            meta["named"] = names.get(meta["named"], meta["named"])
        data.append({**trace, "meta": meta})
    layout = dict(figure["layout"])
    meta = dict(layout.get("meta") or {})
    for axis in ("x", "y"):
        if meta.get(axis):
            meta[axis] = names.get(meta[axis], meta[axis])
    if meta.get("peak_names"):
        meta["peak_names"] = renamed_fill(meta["peak_names"], names)
    layout["meta"] = meta
    return {"data": data, "layout": layout}


def renamed_fill(
    fill: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """One channel's fill with arrays and dims under other names."""
    return {
        names.get(array, array): {names.get(dim, dim): how for dim, how in take.items()}
        for array, take in fill.items()
    }


def _check_channel(
    schema: Schema, where: str, channel: str, fill: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """The dims that this channel takes as “each” or “facet”.

    Args:
        schema: The schema.
        where: The trace, for errors.
        channel: Its name.
        fill: The one array that feeds it, with what is taken of each dim.

    Yields:
        Names of dims.

    Raises:
        ShapeError: See `check_figure`.
    """
    where = f"{where}, channel {channel!r}"
    if channel not in CHANNELS:
        raise ShapeError(f"{where}: there is no such channel. There are: {', '.join(CHANNELS)}")
    if len(fill) != 1:
        raise ShapeError(f"{where}: names {len(fill)} arrays. Name one")
    ((array, take),) = fill.items()
    wanted = _dims_of(schema, where, array)
    if sorted(take) != sorted(wanted):
        raise ShapeError(
            f"{where}: {array!r} has the dims {list(wanted)}; the fill takes {list(take)}. "
            "Take each exactly once"
        )
    for dim, how in take.items():
        if how not in _WORDS and (isinstance(how, bool) or not isinstance(how, int)):
            raise ShapeError(
                f"{where}: dim {dim!r} is taken as {how!r}. Use one of {', '.join(_WORDS)}, or "
                "an index"
            )
        if how == "at" and dim != schema.clock.name and not schema.dims[dim].title:
            raise ShapeError(f"{where}: dim {dim!r} has no title for its cursor. Give it one")
    n_along = sum(how == "all" for how in take.values())
    allowed = {_ALONG.get(channel, 1)} | ({1, 2} if channel == "text" else set())
    if n_along not in allowed:
        raise ShapeError(
            f"{where}: runs along {n_along} dims (“all”); {channel} runs along "
            f"{' or '.join(map(str, sorted(allowed)))}"
        )
    yield from (dim for dim, how in take.items() if how in ("each", "facet"))


def _dims_of(schema: Schema, where: str, array: str) -> tuple[str, ...]:
    if array in schema.arrays:
        found = schema.arrays[array]
        return found.dims if found.is_fixed else (schema.clock.name, *found.dims)
    if array == schema.clock.name or array in schema.dims:
        return (array,)
    known = [schema.clock.name, *schema.arrays, *schema.dims]
    raise ShapeError(f"{where}: there is no array {array!r}. There are: {', '.join(known)}")


def _check_dim(schema: Schema, where: str, dim: str) -> None:
    if dim != schema.clock.name and dim not in schema.dims:
        known = [schema.clock.name, *schema.dims]
        raise ShapeError(f"{where}: there is no dim {dim!r}. There are: {', '.join(known)}")

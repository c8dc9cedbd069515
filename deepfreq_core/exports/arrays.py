"""A run as arrays: npz, xarray's labelled arrays, netCDF."""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core import config as configs
from deepfreq_core.errors import BackendUnavailable
from deepfreq_core.exports import numbers
from deepfreq_core.exports.content import Content

if TYPE_CHECKING:
    import xarray as xr

_PART = 1_000_000  # bytes of an answer at a time


def as_npz(content: Content) -> bytes:
    """Arrays by name, measurements first: lfr (t, L+1, m); scalars (t,); config as JSON text.

    An array whose shape changes within the run is left as one array a measurement, `name/seq`.
    """
    short, every = content.reader.short, [m for _, m in content.measurements]
    arrays: dict[str, NDArray[Any]] = {
        "seq": np.array([seq for seq, _ in content.measurements]),
        content.clock: np.array([m.at for m in every]),
        "config": np.array(configs.to_json(content.run.config)),
        "facts": np.array(json.dumps(numbers.plain(dict(content.run.facts)))),
    }
    arrays |= {short(name): np.array(values) for name, values in content.coordinates.items()}
    for name in content.scalars:
        arrays[short(name)] = np.array([m.scalars.get(name, np.nan) for m in every])
    for name in dict.fromkeys(name for m in every for name in m.arrays):
        found = {seq: m.arrays[name] for seq, m in content.measurements if name in m.arrays}
        if len(found) == len(every) and len({array.shape for array in found.values()}) == 1:
            arrays[short(name)] = np.stack(list(found.values()))
        else:
            arrays |= {f"{short(name)}/{seq}": array for seq, array in found.items()}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def as_file(content: Content, kind: str) -> Iterator[bytes]:
    """Npz or netCDF in parts, by way of a temporary file.

    Args:
        content: The run.
        kind: "npz" or "nc".

    Yields:
        Parts of the file.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"run.{kind}"
        if kind == "npz":
            path.write_bytes(as_npz(content))
        else:
            write_netcdf(content, path)
        with path.open("rb") as file:
            while part := file.read(_PART):
                yield part


def as_dataset(content: Content) -> xr.Dataset | xr.DataTree:
    """Labelled arrays: a Dataset, or a tree with a node an instrument where several measure.

    Where a measurement lacks an array that others have, it is NaN there.
    """
    xarray = _xarray()
    owners = list(content.reader.parts)
    if len(owners) <= 2:
        return _dataset(content, owners)
    tree: xr.DataTree = xarray.DataTree.from_dict({
        f"/{owner}": _dataset(content, [owner]) for owner in owners
    })
    return tree


def write_netcdf(content: Content, path: Path) -> None:
    """Write netCDF-4 by h5netcdf.

    Raises:
        BackendUnavailable: xarray or h5netcdf is not installed.
    """
    _xarray()
    try:
        import h5netcdf  # noqa: F401
        import h5py  # noqa: F401, which it writes with
    except ImportError as error:
        raise BackendUnavailable(_lacking(error)) from error
    as_dataset(content).to_netcdf(path, engine="h5netcdf")


def _xarray() -> Any:
    """The library, which the dashboard does without.

    Raises:
        BackendUnavailable: It is not installed.
    """
    try:
        import xarray as xr
    except ImportError as error:
        raise BackendUnavailable(_lacking(error)) from error
    return xr


def _lacking(error: ImportError) -> str:
    return (
        f"labelled arrays need {error.name}, which is not installed. Install deepfreq[netcdf], or "
        "export npz"
    )


def _dataset(content: Content, owners: list[str]) -> xr.Dataset:
    """One node: the parts of these owners, under their short names."""
    xarray = _xarray()
    schema, clock = content.reader.schema, content.clock

    def bare(name: str) -> str:
        return name.partition("/")[2] or name

    def is_here(name: str) -> bool:
        return (name.partition("/")[0] if "/" in name else "") in owners

    every = [m for _, m in content.measurements]
    variables: dict[str, Any] = {}
    for name, array in schema.arrays.items():
        if not is_here(name) or array.is_derived:
            continue
        attributes = {"long_name": array.long_name or bare(name), "units": array.units}
        found = [m.arrays.get(name, m.scalars.get(name)) for m in every]
        if array.is_fixed and name in content.coordinates:
            fixed = np.asarray(content.coordinates[name], dtype=np.float64)
            variables[bare(name)] = ([bare(dim) for dim in array.dims], fixed, attributes)
        elif any(value is not None for value in found):
            shape = next(np.shape(value) for value in found if value is not None)
            missing = np.full(shape, np.nan)
            stacked = np.stack([missing if value is None else np.asarray(value) for value in found])
            dims = [clock, *map(bare, array.dims)]
            variables[bare(name)] = (dims, stacked, attributes)
    coordinates: dict[str, Any] = {clock: ([clock], np.array([m.at for m in every]))}
    for name, dim in schema.dims.items():
        if is_here(name) and name in content.coordinates:
            attributes = {"long_name": dim.long_name, "units": dim.units}
            values = content.coordinates[name]
            numbers_or_names = np.array(values, dtype=object if isinstance(values, tuple) else None)
            coordinates[bare(name)] = ([bare(name)], numbers_or_names, attributes)
    node: xr.Dataset = xarray.Dataset(variables, coordinates, _attributes(content))
    return node


def _attributes(content: Content) -> Mapping[str, str]:
    run = content.run
    return {
        "run": run.id,
        "title": run.title,
        "config": configs.to_json(run.config),
        "facts": json.dumps(numbers.plain(dict(run.facts))),
    }

"""A run of this machine's store in a notebook: `deepfreq_core.open_run(id)`."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from deepfreq_core.exports.arrays import as_dataset
from deepfreq_core.exports.content import content
from deepfreq_core.runs.store import RunStore

if TYPE_CHECKING:
    import xarray as xr


def open_run(run_id: str) -> xr.Dataset | xr.DataTree:
    """A run as labelled arrays, as far as it has measured.

    Args:
        run_id: Id of the run, as tables and links have it.

    Returns:
        A Dataset; a tree with a node an instrument where several measure.
    """
    with closing(RunStore()) as store:
        run, measurements = store.read(run_id)
        return as_dataset(content(run, measurements, store.coordinates(run_id)))

"""CPU backend: tiles of distances by BLAS, then compiled loops; pairs are visited once.

A sweep needs the weight sums S, D of every row (table in `deepfreq_core.lowpass`). Tiles above the
diagonal serve their rows and, transposed, their columns. Threads take tiles from a list in which
neighbours share no panel; every panel receives its tiles in the order of that list, so the
result does not depend on the number of threads or their speed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.lowpass import _cpu_kernels as kernels
from deepfreq_core.lowpass._cpu_instructions import COLUMNS, LANES, PAIR
from deepfreq_core.lowpass._dense import filtered_labels
from deepfreq_core.lowpass._plan import (
    PANEL,
    Filtered,
    Float64,
    GridPlan,
    Integers,
    LabelPlan,
    Panel,
    column_blocks,
    column_weights,
    plan_panels,
    rounds,
)
from deepfreq_core.lowpass._samples import BLOCK_PANEL, Samples
from deepfreq_core.lowpass._threads import one_blas_thread, run_in_threads, thread_count
from deepfreq_core.lowpass._tiles import TileList
from deepfreq_core.lowpass._workspace import Workspace, workspace

# Above this, sums for all rows at once are not held: rows are taken panel by panel, which needs
# the full product instead of its upper half.
_MOST_SUM_BYTES = 2**30


class CpuBackend:
    """Gaussian low-pass filter on the processor; see `LowPass`."""

    name = "cpu"

    def row_energies(
        self,
        x: NDArray[Any],
        scale: Float64,
        labels: LabelPlan,
        grid: GridPlan,
        rows: NDArray[np.int64] | None,
    ) -> tuple[Float64, Float64]:
        """‖y_low,i‖² and its derivative with respect to β, each (rows, m).

        Args:
            x: Samples, (n, d), floating, finite.
            scale: What each dimension is divided by, (d,).
            labels: Plan of the labels.
            grid: Plan of the grid.
            rows: Places in `labels.order` to sum over, increasing; None for all.
        """
        n_threads = thread_count()
        with workspace() as space, one_blas_thread():
            samples = Samples(x, scale, labels.order, float(grid.beta[-1]), space, n_threads)
            sweep = _Sweep(samples, labels, grid, space, n_threads)
            if rows is None and samples.n * sweep.bytes_per_row <= _MOST_SUM_BYTES:
                energy, slope = sweep.all_rows()
            else:
                energy, slope = sweep.some_rows(np.arange(samples.n) if rows is None else rows)
            return energy, slope

    def filtered_rows(
        self, x: NDArray[Any], scale: Float64, labels: LabelPlan, grid: GridPlan
    ) -> Filtered:
        """What the filter makes of every row of weighted labels; see `LowPass`."""
        n_threads = thread_count()
        with workspace() as space, one_blas_thread():
            samples = Samples(x, scale, labels.order, float(grid.beta[-1]), space, n_threads)
            sweep = _FilteredSweep(samples, labels, grid, space, n_threads)
            is_held = samples.n * sweep.bytes_per_row <= _MOST_SUM_BYTES
            found = sweep.all_rows() if is_held else sweep.some_rows(np.arange(samples.n))
            low, cross, high, own = found
            return low, cross, high, own

    def low_pass(self, x: NDArray[Any], y: NDArray[Any], inverse_delta: Float64) -> NDArray[Any]:
        """Filtered labels (m, n, c), in the floating type of x."""
        low: NDArray[Any] = filtered_labels(np, x, y, inverse_delta)
        return low


class _Sweep:
    """One sweep over one set of samples; the buffers belong to its workspace.

    It gives energies and their slopes. Another result needs other sums: `_columns`, `_shape` and
    `_finished` say which, all else is the same.
    """

    def __init__(
        self, samples: Samples, labels: LabelPlan, grid: GridPlan, space: Workspace, n_threads: int
    ) -> None:
        self.samples, self.labels, self.grid, self.space = samples, labels, grid, space
        width = BLOCK_PANEL if samples.way == "blocks" else PANEL
        self.panels = plan_panels(labels.edges, width)
        self.weights = [self._columns(panel) for panel in self.panels]
        self.n_threads = max(1, min(n_threads, len(self.panels)))
        # G = exp(−β r²/2), and r² of the tiles is in units of `samples.unit`.
        self.beta = (grid.beta * (samples.unit / 2)).astype(np.float32)
        self.step = np.float32(grid.step * (samples.unit / 2) if grid.step >= 0 else -1)
        self.thread_spaces = [space.part(f"thread {t}") for t in range(self.n_threads)]
        # Which thread gets which tile is chance: each is given room for the largest.
        longest = max(panel.length for panel in self.panels)
        for own in self.thread_spaces:
            self._reserve(own, max(longest, PANEL), longest)

    def _reserve(self, space: Workspace, n_rows: int, n_columns: int) -> None:
        space.take("tile", (n_rows, n_columns), np.float32)
        space.take("product", (n_rows, n_columns), self.samples.dtype)
        space.take("strip", (max(n_rows, n_columns), LANES), np.float32)
        space.take("row", (n_columns,), np.float64)

    @property
    def bytes_per_row(self) -> int:
        """What the sums of a row take."""
        return 8 * prod(self._shape(LANES)) // LANES

    def all_rows(self) -> list[Float64]:
        """Every pair once: tiles on and above the diagonal."""
        sums = [
            self._sums(f"sums {index}", panel.length) for index, panel in enumerate(self.panels)
        ]
        tiles = TileList(rounds(len(self.panels)), len(self.panels))

        def work(thread: int) -> None:
            space = self.thread_spaces[thread]
            while (pair := tiles.take()) is not None:
                try:
                    self._both_sides(*pair, sums, space)
                finally:
                    tiles.done(pair)

        run_in_threads(work, self.n_threads)
        parts = [
            self._finished(own, np.arange(panel.start, panel.stop), self.space)
            for own, panel in zip(sums, self.panels, strict=True)
        ]
        return [np.concatenate(values) for values in zip(*parts, strict=True)]

    def some_rows(self, places: NDArray[np.int64]) -> list[Float64]:
        """The chosen rows over all columns, a panel of rows at a time."""
        n_parts = max(-(-len(places) // PANEL), min(self.n_threads, len(places)))
        cuts = [len(places) * a // n_parts for a in range(n_parts + 1)]
        numbered = enumerate(zip(cuts[:-1], cuts[1:], strict=True))
        found: list[Any] = [None] * n_parts
        lock = threading.Lock()

        def work(thread: int) -> None:
            space = self.thread_spaces[thread]
            while True:
                with lock:
                    number, part = next(numbered, (0, None))
                if part is None:
                    return
                rows = self.samples.rows(places[slice(*part)])
                sums = self._sums("row sums", len(rows.places), space)
                for panel, weights in zip(self.panels, self.weights, strict=True):
                    tile = self.samples.tile(rows, panel, space)
                    self._add(kernels.tile_rows, tile, panel, weights, sums, space)
                found[number] = self._finished(sums, rows.places, space)

        run_in_threads(work, self.n_threads)
        return [np.concatenate(values) for values in zip(*found, strict=True)]

    def _columns(self, panel: Panel) -> Any:
        """What the columns of a panel weigh."""
        return column_weights(self.labels, panel)

    def _shape(self, n_rows: int) -> tuple[int, ...]:
        """Shape of the sums of so many rows; they lie in the lanes of strips."""
        n_strips = -(-n_rows // LANES)
        return n_strips, self.labels.n_sums, 2, len(self.beta), LANES

    def _finished(self, sums: Float64, places: Integers, space: Workspace) -> tuple[Float64, ...]:
        """Results of the rows at these places, each (rows, m)."""
        return self._energies(sums, len(places), space)

    def _sums(self, name: str, n_rows: int, space: Workspace | None = None) -> Float64:
        sums = (space or self.space).take(name, self._shape(n_rows), np.float64)
        sums[:] = 0
        return sums

    def _both_sides(self, i: int, j: int, sums: Sequence[Float64], space: Workspace) -> None:
        upper, right = self.panels[i], self.panels[j]
        rows = self.samples.rows(slice(upper.start, upper.stop))
        tile = self.samples.tile(rows, right, space)
        # A tile on the diagonal is its own transpose, and its columns lie ready.
        self._add(kernels.tile_columns, tile, upper, self.weights[i], sums[j], space)
        if i != j:
            self._add(kernels.tile_rows, tile, right, self.weights[j], sums[i], space)

    def _add(
        self,
        side: Callable[..., None],
        tile: NDArray[Any],
        over: Panel,
        weights: Any,
        sums: Float64,
        space: Workspace,
    ) -> None:
        """Sums of the rows of a tile over its columns, or of its columns over its rows."""
        scratch = space.take("scratch", (3, kernels.CHUNK, LANES), np.float32)
        strip = space.take("strip", (over.length, LANES), np.float32)
        side(tile, over.pieces, weights, self.beta, self.grid.runs, self.step, scratch, strip, sums)

    def _energies(self, sums: Float64, n_rows: int, space: Workspace) -> tuple[Float64, Float64]:
        labels, m = self.labels, self.grid.m
        n_strips, lanes = len(sums), sums.shape[-1]
        flat = sums.reshape(n_strips, sums.shape[1], -1)
        if labels.to_labels is not None:
            flat = labels.to_labels @ flat
        by_slot = flat.reshape(n_strips, flat.shape[1], 2, -1)
        shape = (n_strips, m * lanes)
        energy, slope = np.empty(shape), np.empty(shape)
        scratch = space.take("energies", (4, by_slot.shape[-1]), np.float64)
        kernels.row_energies(by_slot, labels.in_row_sum, labels.in_energy, scratch, energy, slope)
        # D is in units of the scaled r²: back to those of x.
        slope *= self.samples.unit
        energy, slope = (
            values.reshape(n_strips, m, lanes).swapaxes(1, 2).reshape(-1, m)[:n_rows]
            for values in (energy, slope)
        )
        return energy, slope


class _FilteredSweep(_Sweep):
    """Column sums without their derivatives: C_i and Σ_j G_ij r_j, columns in blocks."""

    @property
    def _width(self) -> int:
        return PAIR if self.labels.n_sums <= PAIR else COLUMNS

    def _columns(self, panel: Panel) -> Any:
        return column_blocks(self.labels, panel, self._width)

    def _shape(self, n_rows: int) -> tuple[int, ...]:
        n_columns = -(-self.labels.n_sums // self._width) * self._width
        return -(-n_rows // LANES), len(self.beta), n_columns, LANES

    def _finished(self, sums: Float64, places: Integers, space: Workspace) -> tuple[Float64, ...]:
        out = np.empty((4, self.grid.m, len(places)))
        residuals = np.ascontiguousarray(self.labels.weights[:, places])
        kernels.filtered_rows(sums, residuals, out)
        return tuple(values.T for values in out)

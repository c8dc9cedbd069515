"""CPU backend: tiles of distances by BLAS, then compiled loops; pairs are visited once.

A sweep needs the weight sums S, D of every row (table in `deepfreq_core.lowpass`). Tiles above the
diagonal serve their rows and, transposed, their columns. Threads take tiles from a list in which
neighbours share no panel; every panel receives its tiles in the order of that list, so the
result does not depend on the number of threads or their speed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.lowpass import _cpu_kernels as kernels
from deepfreq_core.lowpass._cpu_instructions import LANES
from deepfreq_core.lowpass._dense import filtered_labels
from deepfreq_core.lowpass._plan import (
    PANEL,
    Float64,
    GridPlan,
    LabelPlan,
    Panel,
    column_weights,
    plan_panels,
    rounds,
)
from deepfreq_core.lowpass._samples import BLOCK_PANEL, Samples
from deepfreq_core.lowpass._threads import one_blas_thread, run_in_threads, thread_count
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
            slots = 2 * 8 * labels.n_sums * len(grid.beta)
            if rows is None and samples.n * slots <= _MOST_SUM_BYTES:
                return sweep.all_rows()
            return sweep.some_rows(np.arange(samples.n) if rows is None else rows)

    def low_pass(self, x: NDArray[Any], y: NDArray[Any], inverse_delta: Float64) -> NDArray[Any]:
        """Filtered labels (m, n, c), in the floating type of x."""
        low: NDArray[Any] = filtered_labels(np, x, y, inverse_delta)
        return low


class _Sweep:
    """One sweep over one set of samples; the buffers belong to its workspace."""

    def __init__(
        self, samples: Samples, labels: LabelPlan, grid: GridPlan, space: Workspace, n_threads: int
    ) -> None:
        self.samples, self.labels, self.grid, self.space = samples, labels, grid, space
        width = BLOCK_PANEL if samples.way == "blocks" else PANEL
        self.panels = plan_panels(labels.edges, width)
        self.weights = [column_weights(labels, panel) for panel in self.panels]
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

    def all_rows(self) -> tuple[Float64, Float64]:
        """Every pair once: tiles on and above the diagonal."""
        sums = [
            self._sums(f"sums {index}", panel.length) for index, panel in enumerate(self.panels)
        ]
        tiles = _TileList(rounds(len(self.panels)), len(self.panels))

        def work(thread: int) -> None:
            space = self.thread_spaces[thread]
            while (pair := tiles.take()) is not None:
                try:
                    self._both_sides(*pair, sums, space)
                finally:
                    tiles.done(pair)

        run_in_threads(work, self.n_threads)
        parts = [
            self._energies(own, panel.length, self.space)
            for own, panel in zip(sums, self.panels, strict=True)
        ]
        energies, slopes = zip(*parts, strict=True)
        return np.concatenate(energies), np.concatenate(slopes)

    def some_rows(self, places: NDArray[np.int64]) -> tuple[Float64, Float64]:
        """The chosen rows over all columns, a panel of rows at a time."""
        m = self.grid.m
        energy, slope = np.empty((len(places), m)), np.empty((len(places), m))
        n_parts = max(-(-len(places) // PANEL), min(self.n_threads, len(places)))
        cuts = [len(places) * a // n_parts for a in range(n_parts + 1)]
        parts = iter([slice(a, b) for a, b in zip(cuts[:-1], cuts[1:], strict=True)])
        lock = threading.Lock()

        def work(thread: int) -> None:
            space = self.thread_spaces[thread]
            while True:
                with lock:
                    part = next(parts, None)
                if part is None:
                    return
                rows = self.samples.rows(places[part])
                sums = self._sums("row sums", len(rows.places), space)
                for panel, weights in zip(self.panels, self.weights, strict=True):
                    tile = self.samples.tile(rows, panel, space)
                    self._add(kernels.tile_rows, tile, panel, weights, sums, space)
                energy[part], slope[part] = self._energies(sums, len(rows.places), space)

        run_in_threads(work, self.n_threads)
        return energy, slope

    def _sums(self, name: str, n_rows: int, space: Workspace | None = None) -> Float64:
        n_strips = -(-n_rows // LANES)
        shape = (n_strips, self.labels.n_sums, 2, len(self.beta), LANES)
        sums = (space or self.space).take(name, shape, np.float64)
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


class _TileList:
    """Hands out tiles; each panel gets its tiles in list order and by one thread at a time."""

    def __init__(self, pairs: Sequence[tuple[int, int]], n_panels: int) -> None:
        self._waiting = list(pairs)
        self._changed = threading.Condition()
        self._busy: set[int] = set()
        self._n_panels = n_panels

    def take(self) -> tuple[int, int] | None:
        """First tile whose panels are free and have no earlier tile waiting; None at the end."""
        with self._changed:
            while self._waiting:
                blocked = set(self._busy)
                for place, (i, j) in enumerate(self._waiting):
                    if i not in blocked and j not in blocked:
                        del self._waiting[place]
                        self._busy |= {i, j}
                        return i, j
                    blocked |= {i, j}
                    if len(blocked) >= self._n_panels:
                        break
                self._changed.wait()
            return None

    def done(self, pair: tuple[int, int]) -> None:
        """Free the panels of a tile."""
        with self._changed:
            self._busy -= set(pair)
            self._changed.notify_all()

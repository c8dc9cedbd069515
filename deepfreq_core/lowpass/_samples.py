"""Samples made ready for a sweep on the CPU: ordered, centred, scaled; and their tile distances.

‖x_i − x_j‖² = ‖x_i‖² + ‖x_j‖² − 2 x_i·x_j cancels when samples lie far from the origin, so x is
centred first. Three ways to a tile, chosen once a sweep:

    direct    a few dimensions: differences in float64, no shortcut
    products  BLAS: in float32, or in float64 where rounding would show in exp(−β r²/2)
    blocks    the same by column blocks of an x that is not to be held in memory twice
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from deepfreq_core.lowpass import _cpu_kernels as kernels
from deepfreq_core.lowpass._plan import Integers, Panel
from deepfreq_core.lowpass._scale import (
    LARGEST_SQ_NORM,
    centre_and_exponent,
    needs_float64,
    subsample,
)
from deepfreq_core.lowpass._threads import run_in_threads
from deepfreq_core.lowpass._workspace import Workspace

DIRECT_DIMENSIONS = 8  # below, differences in float64 cost less than a BLAS call and never cancel
_SURELY_FITS = 2**28  # bytes: not worth asking the system
_BLOCK = 4096  # columns of x read at a time where x is not held
BLOCK_PANEL = 2048  # tile edge there: x is read n / 2048 times


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a tile: their places in tile order, values and squared norms."""

    places: Integers
    values: Any
    norms: NDArray[Any]


class Samples:
    """Rows of x in tile order; scaled by a power of two so that ‖x‖² is near 1.

    Attributes:
        n, d: Samples and input size.
        unit: Squared scale: a squared distance of x is `unit` times that of a tile.
        way: "direct", "products" or "blocks".
        dtype: Of the samples and products: float64 where float32 would show.
    """

    def __init__(
        self,
        x: NDArray[Any],
        scale: NDArray[np.float64],
        order: Integers,
        largest_beta: float,
        space: Workspace,
        n_threads: int,
    ) -> None:
        self.n, self.d = x.shape
        self._x, self._order, self._space = x, order, space
        self._centre, exponent = centre_and_exponent(subsample(x), scale)
        self.unit = float(4.0**exponent)
        self._factor = 2.0**-exponent / scale
        if self.d <= DIRECT_DIMENSIONS:
            self.way = "direct"
        else:
            self.way = "blocks" if _too_large(x) else "products"
        precise = self.way == "direct" or needs_float64(self.n, largest_beta * self.unit)
        self._prepare(np.float64 if precise else np.float32, n_threads)
        if self.dtype == np.float32 and not self._exact_norms.max() < LARGEST_SQ_NORM:
            # A sample so far out that its distances overflow.
            self._prepare(np.float64, n_threads)

    def _prepare(self, dtype: DTypeLike, n_threads: int) -> None:
        self.dtype = np.dtype(dtype)
        self._exact_norms = self._space.take("norms", (self.n,), np.float64)
        if self.way == "blocks":
            self._block_norms()
        else:
            self._copy_in_order(n_threads)
        self._norms = self._exact_norms
        if self.dtype == np.float32 and self._exact_norms.max() < LARGEST_SQ_NORM:
            self._norms = self._space.take("norms32", (self.n,), np.float32)
            self._norms[:] = self._exact_norms

    def _copy_in_order(self, n_threads: int) -> None:
        self._values = self._space.take("samples", (self.n, self.d), self.dtype)
        x = np.ascontiguousarray(self._x)
        centre, factor = self._centre.astype(self.dtype), self._factor.astype(self.dtype)
        edges = [self.n * t // n_threads for t in range(n_threads + 1)]

        def work(t: int) -> None:
            part = slice(edges[t], edges[t + 1])
            values, norms = self._values[part], self._exact_norms[part]
            kernels.gather(x, self._order[part], centre, factor, values, norms)

        run_in_threads(work, n_threads)
        if self.way == "direct":
            self._columns = self._space.take("columns", (self.d, self.n), np.float64)
            self._columns[:] = self._values.T

    def _block(self, places: slice | Integers, columns: slice) -> NDArray[Any]:
        block = self._x[self._order[places], columns].astype(np.float64)
        block -= self._centre[columns]
        block *= self._factor[columns]
        return block.astype(self.dtype, copy=False)

    def _block_norms(self) -> None:
        self._exact_norms[:] = 0
        for start in range(0, self.n, BLOCK_PANEL):
            places = slice(start, start + BLOCK_PANEL)
            for a in range(0, self.d, _BLOCK):
                block = self._block(places, slice(a, a + _BLOCK)).astype(np.float64)
                self._exact_norms[places] += np.einsum("ij,ij->i", block, block)

    def rows(self, places: slice | Integers) -> Rows:
        """Rows of tiles: a range of places, or any increasing choice of them."""
        numbers = np.arange(self.n)[places]
        values = None if self.way == "blocks" else self._values[places]
        return Rows(numbers, values, self._norms[places])

    def tile(self, rows: Rows, columns: Panel, space: Workspace) -> NDArray[np.float32]:
        """Squared distances of a tile, float32, in a buffer of `space`."""
        j = slice(columns.start, columns.stop)
        shape = (len(rows.places), columns.stop - columns.start)
        out = space.take("tile", shape, np.float32)
        if self.way == "direct":
            row = space.take("row", (shape[1],), np.float64)
            kernels.direct_sq_dist(rows.values, self._columns[:, j], row, out)
            return out
        product = space.take("product", shape, self.dtype)
        if self.way == "blocks":
            product[:] = 0
            for a in range(0, self.d, _BLOCK):
                block = slice(a, a + _BLOCK)
                product += self._block(rows.places, block) @ self._block(j, block).T
        else:
            np.matmul(rows.values, self._values[j].T, out=product)
        own = rows.places - columns.start
        own[own >= shape[1]] = -1
        kernels.products_to_sq_dist(product, rows.norms, self._norms[j], own, out)
        return out


def _too_large(x: NDArray[Any]) -> bool:
    """Whether x is on disk, or its ordered copy would take more than half of the free memory."""
    if isinstance(x, np.memmap):
        return True
    return 4 * x.size > _SURELY_FITS and 4 * x.size > _free_memory() // 2


def _free_memory() -> int:
    """Bytes that can be had without swapping; where that is unknown, more than anyone asks."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable"):
                    return 1024 * int(line.split()[1])
    except OSError:
        pass
    return 2**62

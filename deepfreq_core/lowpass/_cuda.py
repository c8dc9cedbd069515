"""CUDA backend: tile products by cuBLAS, then the kernels of kernels/low_pass.cu.

The only module that imports CuPy, and only when it is asked for. Everything is launched on CuPy's
current stream; the one wait is for the row energies at the end. Pairs are visited twice: the
product is cheap here, and a warp that owns its row needs no atomics.
"""

from __future__ import annotations

import ctypes
import importlib
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import BackendUnavailable
from deepfreq_core.lowpass._dense import filtered_labels
from deepfreq_core.lowpass._plan import Filtered, Float64, GridPlan, LabelPlan, plan_panels
from deepfreq_core.lowpass._scale import (
    LARGEST_SQ_NORM,
    centre_and_exponent,
    needs_float64,
    subsample,
)
from deepfreq_core.lowpass._threads import run_in_threads

SOURCE = Path(__file__).with_name("kernels") / "low_pass.cu"
OPTIONS = ("-std=c++17",)
LANES, WARPS = 32, 8  # as in the source
LONG_RUN, SHORT_RUN = 20, 4  # slots one exp serves: linear grids, doubling grids
KERNELS = tuple(
    f"row_sums<{scalar}, {run}, {square}>"
    for scalar in ("float", "double")
    for run, square in ((LONG_RUN, "false"), (SHORT_RUN, "false"), (SHORT_RUN, "true"))
) + tuple(
    f"{name}<{scalar}>"
    for name in ("row_energies", "filtered_rows")
    for scalar in ("float", "double")
)

_ROWS, _COLUMNS = 1024, 8192  # 32 MB of float32 products: they stay in L2 of a large GPU
# Multiply-adds above which all GPUs of the machine share a sweep: a second of one of them.
_SHARED_WORK = 2e13


def problem() -> str | None:
    """Why CUDA cannot be used here, in words; None where it can."""
    if not _driver_is_there():
        return "there is no NVIDIA driver"
    try:
        cupy = importlib.import_module("cupy")
    except ImportError as error:
        return f"CuPy is not installed ({error})"
    return None if cupy.is_available() else "CuPy finds no CUDA device"


@cache
def _driver_is_there() -> bool:
    """Half a second cheaper to ask than CuPy, and starts nothing."""
    try:
        ctypes.CDLL("nvcuda.dll" if os.name == "nt" else "libcuda.so.1")
    except OSError:
        return False
    return True


def from_dlpack(value: Any, name: str) -> Any:
    """CuPy view of a device array of another library.

    Raises:
        BackendUnavailable: CuPy cannot be used here.
    """
    reason = problem()
    if reason is not None:
        raise BackendUnavailable(f"{name} lies in GPU memory, but {reason}. Move it to the host.")
    return importlib.import_module("cupy").from_dlpack(value)


def to_device(array: Any) -> Any:
    """CuPy array; a host array is copied."""
    return importlib.import_module("cupy").asarray(array)


@cache
def _module(device: int) -> Any:
    """The kernels, compiled once a device; CuPy keeps the binary on disk."""
    cupy = importlib.import_module("cupy")
    return cupy.RawModule(
        code=SOURCE.read_text(encoding="utf-8"), options=OPTIONS, name_expressions=KERNELS
    )


class CudaBackend:
    """Gaussian low-pass filter on the GPU; see `LowPass`.

    Attributes:
        n_devices: GPUs that may share a large sweep; None for all.
    """

    name = "cuda"

    def __init__(self, n_devices: int | None = None) -> None:
        self.n_devices = n_devices

    def row_energies(
        self,
        x: Any,
        scale: Float64,
        labels: LabelPlan,
        grid: GridPlan,
        rows: NDArray[np.int64] | None,
    ) -> tuple[Float64, Float64]:
        """As `CpuBackend.row_energies`, x on a device."""
        places = np.arange(len(x)) if rows is None else rows
        energy, slope = self._shared(_Sweep, x, scale, labels, grid, places)
        return energy, slope

    def filtered_rows(self, x: Any, scale: Float64, labels: LabelPlan, grid: GridPlan) -> Filtered:
        """As `CpuBackend.filtered_rows`, x on a device."""
        places = np.arange(len(x))
        low, cross, high, own = self._shared(_FilteredSweep, x, scale, labels, grid, places)
        return low, cross, high, own

    def low_pass(self, x: Any, y: NDArray[Any], inverse_delta: Float64) -> Any:
        """Filtered labels (m, n, c), in the floating type of x."""
        cupy = importlib.import_module("cupy")
        with cupy.cuda.Device(x.device.id):
            return filtered_labels(cupy, x, cupy.asarray(y), inverse_delta)

    def _shared(
        self,
        sweep: type[_Sweep],
        x: Any,
        scale: Float64,
        labels: LabelPlan,
        grid: GridPlan,
        places: NDArray[np.int64],
    ) -> list[Float64]:
        """A sweep over some rows, by as many devices as it is worth; results on the host."""
        cupy = importlib.import_module("cupy")
        with cupy.cuda.Device(x.device.id):
            n_devices = self._devices_for(len(places) * x.size)
            if n_devices == 1:
                return [part.get() for part in sweep(cupy, x, scale, labels, grid).rows(places)]
            cupy.cuda.get_current_stream().synchronize()  # x is read from other devices
        parts = np.array_split(places, n_devices)
        found: list[Any] = [None] * n_devices

        def work(device: int) -> None:
            with cupy.cuda.Device(device):
                own = sweep(cupy, cupy.asarray(x), scale, labels, grid)
                found[device] = [part.get() for part in own.rows(parts[device])]

        run_in_threads(work, n_devices)
        return [np.concatenate(values) for values in zip(*found, strict=True)]

    def _devices_for(self, work: float) -> int:
        present = int(importlib.import_module("cupy").cuda.runtime.getDeviceCount())
        if self.n_devices is not None:
            return min(self.n_devices, present)
        return present if work > _SHARED_WORK else 1


class _Sweep:
    """One sweep on the current device.

    Attributes:
        n_results: Numbers a row and grid point that `_launch` makes of the sums.
    """

    n_results = 2

    def __init__(
        self, cupy: Any, x: Any, scale: Float64, labels: LabelPlan, grid: GridPlan
    ) -> None:
        self.cupy, self.labels, self.grid = cupy, labels, grid
        n, d = x.shape
        centre, exponent = centre_and_exponent(subsample(x).get(), scale)
        self.unit = float(4.0**exponent)
        # A few dimensions cancel most in the shortcut and cost least: always in double.
        double = needs_float64(n, float(grid.beta[-1]) * self.unit) or d <= 8
        self._prepare(x, centre, 2.0**-exponent / scale, double)
        if not double and not float(self.norms.max()) < LARGEST_SQ_NORM:
            self._prepare(x, centre, 2.0**-exponent / scale, double=True)
        self.panels = plan_panels(labels.edges, _COLUMNS)
        self.pieces = [cupy.asarray(panel.pieces) for panel in self.panels]
        self.weights = cupy.asarray(labels.weights) if len(labels.weights) else None
        self.in_row_sum = cupy.asarray(labels.in_row_sum)
        self.in_energy = cupy.asarray(labels.in_energy)
        self.beta = cupy.asarray(grid.beta * (self.unit / 2))
        self.step = grid.step * (self.unit / 2)
        self.module = _module(cupy.cuda.Device().id)

    def _prepare(self, x: Any, centre: Float64, factor: Float64, double: bool) -> None:
        cupy = self.cupy
        self.scalar = "double" if double else "float"
        self.dtype = np.float64 if double else np.float32
        self.values = cupy.empty(x.shape, self.dtype)
        self.norms = cupy.empty(len(x), self.dtype)
        order = cupy.asarray(self.labels.order)
        centre, factor = cupy.asarray(centre), cupy.asarray(factor)
        rows = max(1, 2**24 // x.shape[1])  # 128 MB of float64 at a time
        for start in range(0, len(x), rows):
            part = slice(start, start + rows)
            self.values[part] = (x[order[part]] - centre) * factor
            exact = self.values[part].astype(np.float64)
            self.norms[part] = (exact * exact).sum(axis=1)

    def rows(self, places: NDArray[np.int64]) -> list[Any]:
        """Results of the rows at these places, (rows, m) each, on the device."""
        cupy, labels, grid = self.cupy, self.labels, self.grid
        widest = max(panel.stop - panel.start for panel in self.panels)
        buffer = cupy.empty(min(_ROWS, len(places)) * widest, self.dtype)
        results = [cupy.empty((len(places), grid.m)) for _ in range(self.n_results)]
        for start in range(0, len(places), _ROWS):
            part = slice(start, min(start + _ROWS, len(places)))
            here = cupy.asarray(places[part])
            sums = self._sums(self.values[here], self.norms[here], here, buffer)
            if labels.to_labels is not None:
                flat = cupy.asarray(labels.to_labels) @ sums.reshape(*sums.shape[:2], -1)
                sums = cupy.ascontiguousarray(flat.reshape(len(sums), -1, *sums.shape[2:]))
            self._launch(sums, here, [values[part] for values in results])
        return results

    def _sums(self, values: Any, norms: Any, places: Any, buffer: Any) -> Any:
        cupy, labels, grid = self.cupy, self.labels, self.grid
        n_slots, n_rows = len(grid.beta), len(values)
        sums = cupy.zeros((n_rows, labels.n_sums, 2, n_slots))
        square = grid.step < 0
        for panel, pieces in zip(self.panels, self.pieces, strict=True):
            columns = slice(panel.start, panel.stop)
            width = panel.stop - panel.start
            product = buffer[: n_rows * width].reshape(n_rows, width)
            cupy.matmul(values, self.values[columns].T, out=product)
            n_sums = labels.n_sums if self.weights is not None else len(panel.pieces)
            for first, last in grid.runs:
                run = LONG_RUN if last - first > SHORT_RUN else SHORT_RUN
                name = f"row_sums<{self.scalar}, {run}, {str(square).lower()}>"
                self.module.get_function(name)(
                    (-(-n_rows // WARPS), n_sums),
                    (LANES, WARPS),
                    (
                        product, np.int64(width), norms, self.norms[columns], places,
                        np.int64(panel.start), np.int64(n_rows), pieces,
                        np.uintp(0) if self.weights is None else self.weights,
                        np.int64(len(self.values)), self.beta, np.float64(self.step),
                        np.int64(first), np.int32(last - first), np.int64(labels.n_sums),
                        np.int64(n_slots), sums,
                    ),
                )  # fmt: skip
        return sums

    def _launch(self, sums: Any, places: Any, results: list[Any]) -> None:
        """Energies and slopes from the sums of rows."""
        n_rows, n_sums, _, n_slots = sums.shape
        m = self.grid.m
        self.module.get_function("row_energies<double>")(
            (-(-n_rows * m // 256),),
            (256,),
            (
                sums, self.in_row_sum, self.in_energy, np.int64(n_rows), np.int64(n_sums),
                np.int64(n_slots), np.int64(m), np.float64(self.unit), *results,
            ),
        )  # fmt: skip


class _FilteredSweep(_Sweep):
    """Low and high part of weighted labels; derivatives are summed and not used."""

    n_results = 4

    def _launch(self, sums: Any, places: Any, results: list[Any]) -> None:
        n_rows, n_sums, _, n_slots = sums.shape
        m = self.grid.m
        self.module.get_function("filtered_rows<double>")(
            (-(-n_rows * m // 256),),
            (256,),
            (
                sums, self.weights, places, np.int64(len(self.values)), np.int64(n_rows),
                np.int64(n_sums), np.int64(n_slots), np.int64(m), *results,
            ),
        )  # fmt: skip

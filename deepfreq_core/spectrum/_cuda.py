"""CUDA backend: tile products by cuBLAS, then the fused kernel of kernels/low_pass.cu.

The only module that imports CuPy, and only when it is asked for.
"""

from __future__ import annotations

import ctypes
import importlib
import os
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import BackendUnavailable
from deepfreq_core.spectrum._plan import Float64, GridPlan, LabelPlan


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


class CudaBackend:
    """Gaussian low-pass filter on the GPU; see `LowPass`."""

    name = "cuda"

    def row_energies(
        self,
        x: Any,
        scale: Float64,
        labels: LabelPlan,
        grid: GridPlan,
        rows: NDArray[np.int64] | None,
    ) -> tuple[Float64, Float64]:
        """As `CpuBackend.row_energies`, on a device array."""
        raise NotImplementedError

    def low_pass(self, x: Any, y: NDArray[Any], inverse_delta: Float64) -> Any:
        """Filtered labels (m, n, c), in the floating type of x."""
        raise NotImplementedError

"""Arrays of NumPy, CuPy and torch in, without a copy where DLPack allows; the same kind out.

Neither torch nor CuPy is imported here: a torch tensor is known by its own methods, and CuPy is
in `sys.modules` already when a CuPy array arrives.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from deepfreq_core.errors import ConfigError, ShapeError

_DLPACK_CPU = (1, 3, 11)  # kDLCPU, kDLCUDAHost, kDLROCMHost


@dataclass(frozen=True, slots=True)
class Taken:
    """An argument as NumPy or CuPy array, and the way back.

    Attributes:
        array: Floating NumPy (host) or CuPy (device) array; float16 and bfloat16 as float32.
        original: What the caller gave.
    """

    array: Any
    original: Any

    @property
    def namespace(self) -> Any:
        """Module of the array: numpy or cupy."""
        return namespace_of(self.array)

    def give_back(self, result: Any) -> Any:
        """`result`, NumPy or CuPy, as the kind and floating type of the original."""
        original = self.original
        if _is_torch(original):
            dtype = original.dtype if original.dtype.is_floating_point else None
            out = original.detach().new_empty(tuple(result.shape), dtype=dtype)
            source = out.new_tensor([])  # device and dtype of the original
            if not original.is_cuda:
                host = result if isinstance(result, np.ndarray) else result.get()
                writable = np.ascontiguousarray(host)
                return _torch_from(writable, original).to(source.dtype)
            return _torch_from(result, original).to(source.dtype)
        dtype = getattr(original, "dtype", None)
        kept = dtype if dtype is not None and np.dtype(dtype).kind == "f" else result.dtype
        if isinstance(original, np.ndarray) or not hasattr(original, "__dlpack__"):
            host = result if isinstance(result, np.ndarray) else result.get()
            return host.astype(kept, copy=False)
        return namespace_of(original).asarray(result).astype(kept, copy=False)


def _torch_from(result: Any, original: Any) -> Any:
    torch = sys.modules["torch"]  # loaded: the original is one of its tensors
    return torch.from_dlpack(result).to(original.device)


def _is_torch(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] == "torch"


def namespace_of(array: Any) -> Any:
    """The module whose functions work on the array: numpy, or cupy for device arrays."""
    if isinstance(array, np.ndarray):
        return np
    return sys.modules[type(array).__module__.partition(".")[0]]


def take(value: Any, name: str) -> Taken:
    """Argument as a floating NumPy or CuPy array, no copy where types and DLPack allow.

    Raises:
        ShapeError: It is a ragged list.
        ConfigError: It does not hold real numbers.
    """
    array = value
    if _is_torch(array):
        array = array.detach()
        if array.is_sparse or str(array.dtype) == "torch.bfloat16":
            array = array.to_dense().float() if array.is_sparse else array.float()
        array = array.resolve_conj().resolve_neg()
        if str(array.device.type) == "cpu":
            array = np.from_dlpack(array)
        else:
            array = _device_array(array, name)
    elif hasattr(array, "__dlpack_device__") and not isinstance(array, np.ndarray):
        on_host = int(array.__dlpack_device__()[0]) in _DLPACK_CPU
        array = np.from_dlpack(array) if on_host else _device_array(array, name)
    elif not isinstance(array, np.ndarray):
        try:
            array = np.asarray(array)
        except ValueError as error:
            raise ShapeError(
                f"{name} must be an array; got {type(value).__name__}: {error}."
            ) from None
    if array.dtype.kind in "iub" or array.dtype == np.float16:
        array = array.astype(np.float64 if array.dtype.itemsize > 2 else np.float32)
    if array.dtype.kind != "f":
        raise ConfigError(f"{name} must hold real numbers; got {array.dtype}. Convert it first.")
    if array.dtype.itemsize > 8 or not array.dtype.isnative:
        array = array.astype(np.float64)
    return Taken(array, value)


def _device_array(value: Any, name: str) -> Any:
    """DLPack exchange with CuPy, which the CUDA backend loads; not without it."""
    from deepfreq_core.lowpass import _cuda

    return _cuda.from_dlpack(value, name)


def for_backend(array: Any, backend: str) -> Any:
    """The array where the backend works: on the host for "cpu", in GPU memory for "cuda"."""
    if backend == "cpu":
        return to_host(array)
    from deepfreq_core.lowpass import _cuda

    return _cuda.to_device(array)


def to_host(array: Any) -> Any:
    """NumPy array; a device array is copied."""
    return array if isinstance(array, np.ndarray) else array.get()


def take_samples(x: Any, name: str = "x") -> Taken:
    """Samples checked to be (n, d) with n, d ≥ 1, floating and finite.

    Raises:
        ShapeError: They are not.
    """
    taken = take(x, name)
    array = taken.array
    if array.ndim != 2 or 0 in array.shape:
        raise ShapeError(
            f"{name} must be (n, d) with at least one sample and one dimension; got shape "
            f"{tuple(array.shape)}. Flatten every sample to one row."
        )
    require_finite(array, name)
    return taken


def take_labels(y: Any, n: int, *, name: str = "y", all_zero: bool = False) -> Any:
    """Labels as (n, c), float64 on the host; one output may be given as (n,).

    Raises:
        ShapeError: They are not (n, c) with the n of the samples.
        ConfigError: They are zero everywhere, unless `all_zero` allows it.
    """
    array = to_host(take(y, name).array)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2 or array.shape[1] == 0:
        raise ShapeError(
            f"{name} must be (n, c); got shape {tuple(array.shape)}. Give one row a sample."
        )
    if array.shape[0] != n:
        raise ShapeError(
            f"x and {name} must have the same number of samples; got {n} and {array.shape[0]}. "
            "Give one label row for every sample."
        )
    require_finite(array, name)
    array = np.ascontiguousarray(array, np.float64)
    if not all_zero and not array.any():
        raise ConfigError("y must not be zero everywhere; got only zeros. LFR divides by Σ‖y‖².")
    return array


def take_grid(inverse_delta: Any) -> Any:
    """The grid of 1/δ as (m,), float64 on the host; a single number is a grid of one.

    Raises:
        ShapeError: It is not (m,).
        ConfigError: It is negative or not increasing.
    """
    grid = np.atleast_1d(to_host(take(inverse_delta, "inverse_delta").array)).astype(np.float64)
    if grid.ndim != 1 or grid.size == 0:
        raise ShapeError(f"inverse_delta must be (m,) with m ≥ 1; got shape {grid.shape}.")
    require_finite(grid, "inverse_delta")
    if grid.min() < 0:
        raise ConfigError(
            f"inverse_delta must not be negative; got {grid.min():g}. It is 1/δ, and δ is a "
            "variance; 0 stands for δ = ∞."
        )
    falls = np.flatnonzero(np.diff(grid) <= 0)
    if falls.size:
        at = falls[0]
        raise ConfigError(
            f"inverse_delta must be increasing; got {grid[at + 1]:g} after {grid[at]:g}. "
            "Sort the grid, or use linear_grid(lo, hi, m)."
        )
    return grid


def require_finite(array: Any, name: str) -> None:
    """Refuse NaN and infinity.

    Raises:
        ConfigError: A value is not finite.
    """
    # min and max carry NaN along and show infinities, without a Boolean copy of the array.
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise ConfigError(f"{name} must be finite; got NaN or infinity. Drop or mend those values.")

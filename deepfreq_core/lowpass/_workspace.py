"""Buffers that outlive one sweep, so that the steady state allocates nothing."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGNMENT = 64  # one cache line, one AVX-512 vector
_KEPT_BYTES = 2**30  # a larger workspace is given back to the system after its sweep

_lock = threading.Lock()
_idle: list[Workspace] = []


class Workspace:
    """Named, aligned buffers that grow to the largest shape asked for."""

    def __init__(self) -> None:
        self._buffers: dict[str, NDArray[np.uint8]] = {}
        self._parts: dict[str, Workspace] = {}

    def part(self, name: str) -> Workspace:
        """A workspace inside this one, for a thread of the sweep."""
        return self._parts.setdefault(name, Workspace())

    def take(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Buffer of this shape; its content is whatever was left in it."""
        n_bytes = prod(shape) * np.dtype(dtype).itemsize
        buffer = self._buffers.get(name)
        if buffer is None or buffer.size < n_bytes:
            raw = np.empty(n_bytes + _ALIGNMENT, np.uint8)
            start = -raw.ctypes.data % _ALIGNMENT
            buffer = self._buffers[name] = raw[start : start + n_bytes]
        return buffer[:n_bytes].view(dtype).reshape(shape)

    @property
    def n_bytes(self) -> int:
        """Bytes held."""
        inside = sum(part.n_bytes for part in self._parts.values())
        return inside + sum(buffer.size for buffer in self._buffers.values())


@contextmanager
def workspace() -> Generator[Workspace, None, None]:
    """A workspace nobody else uses meanwhile; kept for the next sweep unless it is huge.

    Yields:
        The workspace.
    """
    with _lock:
        held = _idle.pop() if _idle else Workspace()
    try:
        yield held
    finally:
        if held.n_bytes <= _KEPT_BYTES:
            with _lock:
                if len(_idle) < 2:
                    _idle.append(held)

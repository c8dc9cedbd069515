"""How many threads a sweep may use, and BLAS kept to one thread inside each of them."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

_AFFIXES = [(a, b) for a in ("", "scipy_") for b in ("", "64_", "_64")]


class Blas:
    """The thread limit of one BLAS library.

    `threadpoolctl` finds the libraries, but lets only the first thread that ever changed the
    limit of OpenBLAS change it again; a sweep may run in any thread, so OpenBLAS is called here.
    """

    def __init__(self, found: Any) -> None:
        self._found = found
        self._functions: tuple[Any, Any] | None = None
        # With OpenMP the limit belongs to the calling thread, otherwise to the process.
        self.per_thread = found.internal_api != "openblas" or found.threading_layer == "openmp"
        if not self.per_thread:
            library = ctypes.CDLL(found.filepath)
            for prefix, suffix in _AFFIXES:
                names = [f"{prefix}openblas_{a}_num_threads{suffix}" for a in ("get", "set")]
                if all(hasattr(library, name) for name in names):
                    self._functions = (getattr(library, names[0]), getattr(library, names[1]))
                    break

    @property
    def is_numpys(self) -> bool:
        """Whether the library came with NumPy."""
        return "numpy" in str(self._found.filepath)

    @property
    def limit(self) -> int:
        """Threads a call may use."""
        return int(self._functions[0]() if self._functions else self._found.num_threads)

    @limit.setter
    def limit(self, n_threads: int) -> None:
        if self._functions:
            self._functions[1](n_threads)
        else:
            self._found.set_num_threads(n_threads)


_lock = threading.Lock()
_libraries: list[Blas] | None = None
_sweeps_running = 0
_limits_before: list[int] = []


def blas_libraries() -> list[Blas]:
    """BLAS libraries of this process, found once."""
    global _libraries
    if _libraries is None:
        import numpy as np
        import threadpoolctl

        np.dot(np.ones((2, 2)), np.ones((2, 2)))  # the library is there before it is looked for
        found = threadpoolctl.ThreadpoolController().select(user_api="blas")
        _libraries = [Blas(library) for library in found.lib_controllers]
    return _libraries


def thread_count() -> int:
    """Threads a sweep will use.

    The smallest of the processors this process may run on, the limit that holds for NumPy's BLAS
    (OMP_NUM_THREADS and its kin, or `threadpoolctl`), and numba's limit where one was set.
    """
    if hasattr(os, "sched_getaffinity"):
        limits = [len(os.sched_getaffinity(0))]
    else:
        limits = [os.cpu_count() or 1]
    with _lock:
        libraries = blas_libraries()
        held = _limits_before if _sweeps_running else [library.limit for library in libraries]
        limits += [n for library, n in zip(libraries, held, strict=True) if library.is_numpys]
    numba_pool = sys.modules.get("numba.np.ufunc.parallel")
    if numba_pool is not None and getattr(numba_pool, "_is_initialized", False):
        limits.append(numba_pool.get_num_threads())
    return max(1, min(limits))


@contextmanager
def one_blas_thread() -> Generator[None, None, None]:
    """BLAS on one thread a call until the last of the sweeps that run at once has left.

    Yields:
        Nothing.
    """
    global _sweeps_running
    with _lock:
        if _sweeps_running == 0:
            _limits_before[:] = [library.limit for library in blas_libraries()]
            _limit_here(1)
        _sweeps_running += 1
    try:
        yield
    finally:
        with _lock:
            _sweeps_running -= 1
            if _sweeps_running == 0:
                for library, before in zip(blas_libraries(), _limits_before, strict=True):
                    library.limit = before


def _limit_here(n_threads: int, *, only_per_thread: bool = False) -> None:
    for library in blas_libraries():
        if library.per_thread or not only_per_thread:
            library.limit = n_threads


def run_in_threads(work: Callable[[int], None], n_threads: int) -> None:
    """Call work(0) … work(n_threads − 1) at the same time; the first error is raised here.

    The threads live for one call: nothing is left behind that a fork could lose.
    """
    errors: list[BaseException] = []

    def guarded(index: int) -> None:
        try:
            if index and _sweeps_running:
                _limit_here(1, only_per_thread=True)
            work(index)
        except BaseException as error:
            errors.append(error)

    helpers = [threading.Thread(target=guarded, args=(i,)) for i in range(1, n_threads)]
    for helper in helpers:
        helper.start()
    guarded(0)
    for helper in helpers:
        helper.join()
    if errors:
        raise errors[0]

"""How many threads a sweep may use, and BLAS kept to one thread inside each of them."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()
_controller: Any = None
_sweeps_running = 0
_blas_threads_before: list[tuple[Any, int]] = []


def _blas_libraries() -> list[Any]:
    global _controller
    if _controller is None:
        import numpy as np
        import threadpoolctl

        np.dot(np.ones((2, 2)), np.ones((2, 2)))  # the library is there before it is looked for
        _controller = threadpoolctl.ThreadpoolController().select(user_api="blas")
    return list(_controller.lib_controllers)


def thread_count() -> int:
    """Threads a sweep will use.

    The smallest of the processors this process may run on, the limit that holds for NumPy's BLAS
    (OMP_NUM_THREADS and its kin, or `threadpoolctl`), and numba's limit where one was set.
    """
    limits = [len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()]
    with _lock:
        libraries = _blas_libraries()
        if _sweeps_running:
            limits += [before for library, before in _blas_threads_before if _is_numpys(library)]
        else:
            limits += [library.num_threads for library in libraries if _is_numpys(library)]
    numba_pool = sys.modules.get("numba.np.ufunc.parallel")
    if numba_pool is not None and getattr(numba_pool, "_is_initialized", False):
        limits.append(numba_pool.get_num_threads())
    return max(1, min(limit for limit in limits if limit))


def _is_numpys(library: Any) -> bool:
    return "numpy" in str(library.filepath)


@contextmanager
def one_blas_thread() -> Generator[None, None, None]:
    """BLAS on one thread a call until the last of the sweeps that run at once has left.

    Yields:
        Nothing.
    """
    global _sweeps_running
    with _lock:
        if _sweeps_running == 0:
            _blas_threads_before[:] = [(lib, lib.num_threads) for lib in _blas_libraries()]
            for library, _ in _blas_threads_before:
                library.set_num_threads(1)
        _sweeps_running += 1
    try:
        yield
    finally:
        with _lock:
            _sweeps_running -= 1
            if _sweeps_running == 0:
                for library, before in _blas_threads_before:
                    library.set_num_threads(before)


def run_in_threads(work: Callable[[int], None], n_threads: int) -> None:
    """Call work(0) … work(n_threads − 1) at the same time; the first error is raised here.

    The threads live for one call: nothing is left behind that a fork could lose.
    """
    errors: list[BaseException] = []

    def guarded(index: int) -> None:
        try:
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

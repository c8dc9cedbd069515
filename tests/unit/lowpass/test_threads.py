"""Sweeps in threads, after a fork, and under limits that others set."""

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from deepfreq_core.lowpass import _cpu, _threads, ratio_curve
from deepfreq_core.lowpass._plan import rounds
from tests import cases


def curve():
    case = cases.CASES["ordinary"]()
    return ratio_curve(case.x, case.y, case.inverse_delta, backend="cpu")


def test_result_does_not_depend_on_the_number_of_threads(monkeypatch):
    results = []
    for n_threads in (1, 2, 3, 7):
        monkeypatch.setattr(_cpu, "thread_count", lambda n=n_threads: n)
        results.append(curve())
    for other in results[1:]:
        np.testing.assert_array_equal(other.low_frequency_ratio, results[0].low_frequency_ratio)
        np.testing.assert_array_equal(other.ratio_density, results[0].ratio_density)


@pytest.mark.parametrize("n_panels", range(1, 12))
def test_every_pair_of_panels_comes_once(n_panels):
    pairs = rounds(n_panels)
    assert sorted(pairs) == [(i, j) for i in range(n_panels) for j in range(i, n_panels)]


def test_respects_a_limit_and_restores_it():
    with threadpool_limits(1):
        assert _threads.thread_count() == 1
        curve()
        assert all(library.limit == 1 for library in _threads.blas_libraries())
    before = [library.limit for library in _threads.blas_libraries()]
    curve()
    assert [library.limit for library in _threads.blas_libraries()] == before


def test_sweeps_at_the_same_time_restore_the_limit():
    before = [library.limit for library in _threads.blas_libraries()]
    expected = curve().low_frequency_ratio
    found = []
    threads = [threading.Thread(target=lambda: found.append(curve())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for each in found:
        np.testing.assert_array_equal(each.low_frequency_ratio, expected)
    assert [library.limit for library in _threads.blas_libraries()] == before


def test_an_error_in_a_thread_is_raised_here():
    def work(index):
        if index == 1:
            raise ArithmeticError("from thread 1")

    with pytest.raises(ArithmeticError, match="from thread 1"):
        _threads.run_in_threads(work, 3)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_works_in_a_child_of_a_forkserver_that_holds_torch():
    """As a run is started: forked from a server with torch loaded; measured off the main thread."""
    program = textwrap.dedent(
        """
        import multiprocessing, sys, threading
        import numpy as np

        def measure(queue):
            import torch
            from tests.unit.lowpass.test_threads import curve
            torch.set_num_threads(2)
            torch.ones(300, 300) @ torch.ones(300, 300)
            thread = threading.Thread(target=lambda: queue.put(curve().low_frequency_ratio))
            thread.start()
            thread.join()

        if __name__ == "__main__":
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["torch", "deepfreq_core.lowpass"])
            queue = context.Queue()
            children = [context.Process(target=measure, args=(queue,)) for _ in range(2)]
            [child.start() for child in children]
            values = [queue.get(timeout=120) for _ in children]
            [child.join() for child in children]
            np.save(sys.argv[1], np.array(values))
        """
    )
    check_in_fresh_process(program)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_works_in_a_fork_of_a_process_that_has_swept_and_used_torch():
    program = textwrap.dedent(
        """
        import multiprocessing, sys, warnings
        import numpy as np
        import torch
        from tests.unit.lowpass.test_threads import curve

        def measure(queue):
            queue.put(curve().low_frequency_ratio)

        if __name__ == "__main__":
            torch.ones(300, 300) @ torch.ones(300, 300)
            curve()
            context = multiprocessing.get_context("fork")
            queue = context.Queue()
            child = context.Process(target=measure, args=(queue,))
            child.start()
            values = [queue.get(timeout=120)]
            child.join()
            np.save(sys.argv[1], np.array(values))
        """
    )
    check_in_fresh_process(program)


def check_in_fresh_process(program):
    """Run a program that saves LFR values; compare them with those of this process."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        script, out = Path(folder) / "program.py", Path(folder) / "values.npy"
        script.write_text(program)
        root = Path(__file__).resolve().parents[3]
        subprocess.run(
            [sys.executable, str(script), str(out)],
            env={**os.environ, "PYTHONPATH": str(root)},
            check=True,
            timeout=240,
        )
        for values in np.load(out):
            np.testing.assert_array_equal(values, curve().low_frequency_ratio)


def test_no_numba_thread_pool_is_started():
    assert multiprocessing.current_process().name  # the pools below belong to this process
    curve()
    pool = sys.modules.get("numba.np.ufunc.parallel")
    assert pool is None or not pool._is_initialized

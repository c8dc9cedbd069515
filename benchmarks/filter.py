"""Time, memory and error of one LFR sweep: ours and others, side by side in one run.

python -m benchmarks.filter [--quick] [--shape TEXT] [--markdown] [--repeat N] [--threads N]

Methods take turns, so that a busy machine hits all of them alike; ratios are medians of the ratios
within one turn. Peak memory is that of a process of its own per method.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import version
from typing import Any, NamedTuple

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from benchmarks import filter_methods, filter_parts, filter_steps


class Size(NamedTuple):
    """One shape: n samples, d dimensions, m values of 1/δ, c outputs (real-valued if `real`)."""

    n: int
    d: int
    m: int = 20
    c: int = 10
    real: bool = False

    def __str__(self) -> str:
        kind = f"c = {self.c} real" if self.real else f"c = {self.c} one-hot"
        return f"n = {self.n:,}, d = {self.d:,}, K = {self.m}, {kind}"


QUICK = [Size(2000, 500), Size(1797, 64), Size(1797, 64, real=True)]
FULL = [
    Size(2000, 500), Size(2000, 784), Size(5000, 500), Size(5000, 500, m=100),
    Size(5000, 500, real=True), Size(2500, 784, real=True), Size(10000, 500), Size(30000, 500),
    Size(1797, 64), Size(2000, 500, c=100), Size(2000, 8192), Size(2000, 65536),
    Size(5000, 1, c=1, real=True),
]  # fmt: skip
_MOST_DENSE_BYTES = 6e9
_EXACT_UP_TO = 5000
MEMORY = PEERS = (Size(5000, 500),)  # dense methods take minutes and gigabytes
_PAUSE_S, _CALLS, _QUICK_S = 0.2, 5, 0.3
SLOW = {"plain torch", "scikit-learn", "authors' notebook", "pykeops"}
_SLOW_TURNS = 2


def data(size: Size) -> tuple[Any, Any, Any]:
    """Samples near a curved sheet, as a hidden layer's are; labels; a grid from floor to 0.9."""
    rng = np.random.default_rng(0)
    inner = rng.standard_normal((size.n, min(size.d, 12)), np.float32)
    mix = rng.standard_normal((inner.shape[1], size.d), np.float32) / np.float32(3)
    x = np.tanh(inner @ mix)
    if size.real:
        y = rng.standard_normal((size.n, size.c))
    else:
        y = np.eye(size.c)[rng.integers(0, size.c, size.n)]
    few = x[:500].astype(np.float64)
    spread = 2 * few.var(axis=0).sum()
    return x, y, np.linspace(0.5, 10, size.m) / spread


def peak_memory(name: str, size: Size, threads: int) -> str:
    """MB above what the inputs take, in a fresh process; Linux only, and for few shapes."""
    if size not in MEMORY or not os.path.exists("/proc/self/clear_refs"):
        return ""
    command = [sys.executable, "-m", "benchmarks.filter", "--memory-of", name]
    command += ["--threads", str(threads), "--size", ",".join(str(int(v)) for v in size)]
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    return f"{float(out.stdout.split()[-1]):.0f}"


def print_memory(name: str, size: Size) -> None:
    """The child's side of `peak_memory`."""
    method = filter_methods.available()[name]
    method(*prepared(Size(300, 20, size.m, size.c, size.real)))  # imports and compilation
    arrays = prepared(size)
    with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
        file.write("5")  # the peak starts anew
    before = resident_peak()
    method(*arrays)
    print(resident_peak() - before)


def resident_peak() -> float:
    """Peak resident memory since it was last reset, MB."""
    with open("/proc/self/status", encoding="ascii") as file:
        line = next(line for line in file if line.startswith("VmHWM"))
    return float(line.split()[1]) / 1024


def prepared(size: Size) -> tuple[Any, Any, Any]:
    """Data, with what the yardsticks need."""
    arrays = data(size)
    filter_methods.prepare(arrays[0])
    return arrays


def measure(size: Size, repeat: int, threads: int) -> list[list[str]]:
    """Rows of the table for one shape."""
    x, y, grid = prepared(size)
    methods = filter_methods.available()
    if 8 * size.n**2 * size.m > _MOST_DENSE_BYTES:
        methods.pop("authors' notebook", None)
    if size not in PEERS and size not in QUICK:
        for name in SLOW & set(methods):
            methods.pop(name)
    if size.n**2 * 12 > _MOST_DENSE_BYTES:
        methods.pop("scikit-learn", None)
        methods.pop("plain torch", None)
    results = {name: method(x, y, grid) for name, method in methods.items()}
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for turn in range(repeat):
        for name, method in methods.items():
            if turn >= _SLOW_TURNS and name in SLOW:
                continue
            seconds[name].append(one_turn(lambda method=method: method(x, y, grid)))
    exact = filter_methods.exact(x, y, grid) if size.n <= _EXACT_UP_TO else None
    rows = []
    for name, times in seconds.items():
        yard = "cupy product" if "cuda" in name or "cupy" in name else "product x·xᵀ"
        ratios = np.array(times) / np.array(seconds[yard][: len(times)])
        rows.append([
            str(size), name,
            f"{np.median(times):.4f} ({min(times):.4f}…{max(times):.4f})",
            f"{np.median(ratios):.2f} ({ratios.min():.2f}…{ratios.max():.2f})",
            peak_memory(name, size, threads),
            *errors(results[name], exact),
        ])  # fmt: skip
    return rows


def one_turn(call: Callable[[], Any]) -> float:
    """Seconds of a call, after the threads of the method before have gone to sleep.

    OpenBLAS's idle threads spin for tens of milliseconds after a product, on a processor that the
    next method would need. Quick calls are repeated, and their median counts.
    """
    time.sleep(_PAUSE_S)
    taken: list[float] = []
    while not taken or (len(taken) < _CALLS and sum(taken) < _QUICK_S):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def errors(result: Any, exact: Any) -> tuple[str, str]:
    """Largest errors: of LFR, and of RDF as a part of its maximum."""
    (lfr, rdf), shown = result, ["", ""]
    if exact is not None and lfr is not None:
        shown[0] = f"{np.abs(lfr - exact[0]).max():.0e}"
    if exact is not None and rdf is not None:
        shown[1] = f"{np.abs(rdf - exact[1]).max() / np.abs(exact[1]).max():.0e}"
    return shown[0], shown[1]


HEAD = ["shape", "method", "seconds, median (min…max)", "× product", "MB", "LFR error", "RDF error"]


def table(head: list[str], rows: list[list[str]], markdown: bool) -> str:
    """Rows as Markdown or in columns."""
    if markdown:
        lines = [head, ["---"] * len(head), *rows]
        return "\n".join("| " + " | ".join(row) + " |" for row in lines)
    widths = [max(len(row[a]) for row in [head, *rows]) for a in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [head, *rows]
    )


def machine(threads: int) -> str:
    """Hardware, versions and date."""
    cpu = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            lines = [line.split(":", 1)[1].strip() for line in file if "model name" in line]
        cpu = f"{lines[0]}, {len(lines)} processors" if lines else cpu
    blas = [f"{b['internal_api']} {b['version']} {b.get('architecture', '')}"
            for b in threadpool_info() if b["user_api"] == "blas"]  # fmt: skip
    names = ["numpy", "numba", "scikit-learn", "torch", "cupy-cuda13x", "pykeops"]
    versions = []
    for name in names:
        module = {"scikit-learn": "sklearn", "cupy-cuda13x": "cupy"}.get(name, name)
        if importlib.util.find_spec(module):
            versions.append(f"{name} {version(name)}")
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{date.today()}, {cpu}, {threads} threads, {load}; Python {platform.python_version()}, "
        f"{', '.join(versions)}; BLAS of NumPy: {', '.join(sorted(set(blas)))}"
    )


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.filter", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two small shapes")
    parser.add_argument("--markdown", action="store_true", help="tables for docs/")
    parser.add_argument("--shape", help="only shapes whose description holds this text")
    parser.add_argument("--parts", action="store_true", help="only low and high parts of residuals")
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--memory-of", help=argparse.SUPPRESS)
    parser.add_argument("--size", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if importlib.util.find_spec("torch"):
        importlib.import_module("torch").set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        if options.memory_of:
            n, d, m, c, real = (int(v) for v in options.size.split(","))
            print_memory(options.memory_of, Size(n, d, m, c, bool(real)))
            return
        print(machine(options.threads), flush=True)
        sizes = QUICK if options.quick else FULL
        if options.shape:
            sizes = [size for size in FULL if options.shape in str(size)]
        for size in () if options.parts else sizes:
            print(f"… {time.strftime('%X')} {size}", file=sys.stderr, flush=True)
            rows = measure(size, options.repeat if size.n < 20000 else 3, options.threads)
            print("\n" + table(HEAD, rows, options.markdown), flush=True)
        if not options.parts:
            print("\n" + table(*filter_steps.measure(sizes, data), options.markdown))
        print("\n" + table(*filter_parts.measure(sizes, data), options.markdown))


if __name__ == "__main__":
    main()

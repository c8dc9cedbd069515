"""Samples a second of our training loop and of others, several seeds at once, cost of measuring.

python -m benchmarks.training [--quick] [--markdown] [--repeat N] [--threads N] [--device NAME]

What is compared takes turns, one epoch each, so that a busy machine hits all alike; a ratio is the
median of the ratios within a turn, with the least and the largest in brackets. Random samples of
MNIST's size: nothing is downloaded.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import time
import warnings
from collections.abc import Mapping
from datetime import date
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import numpy as np

from deepfreq_core.chapters import catalogue
from deepfreq_core.data import Dataset
from deepfreq_core.experiments.train.cost import due_epochs
from deepfreq_core.instruments import catalogue as instruments
from deepfreq_core.instruments.base import Sizes
from deepfreq_core.instruments.snapshot import MEASURED, TEST, Samples, Snapshot
from deepfreq_core.training.device import device_name, resolve_device
from deepfreq_core.training.losses import Objective
from deepfreq_core.training.threads import threads_for

# isort: split
import torch  # after ours, which tells OpenMP how to wait

from benchmarks import training_images
from benchmarks.training_loops import (
    LOOPS,
    Epoch,
    Size,
    bare_fused,
    bare_products,
    network,
    on_one_thread,
    ours,
    ours_together,
    samples,
    seconds,
)

MNIST = Size(30_000, 784, 500, 5, 256)
QUICK = MNIST._replace(n=2_560)
SEEDS = 8
# Widths from the smallest that anybody would train to one bound by arithmetic.
SEED_SIZES = [
    Size(101, 1, 40, 4, 101, c=1),
    Size(1_500, 64, 64, 5, 64),
    Size(1_500, 64, 200, 5, 64),
    Size(1_500, 64, 200, 5, 256),
]
_FULL_SEED_SIZES = [*SEED_SIZES, MNIST._replace(n=2_560)]
# The digits demo, the paper's network, a line whose 600 points make one step.
THREAD_SIZES = [Size(1_500, 64, 200, 5, 64), QUICK, Size(600, 1, 200, 4, 600, c=1)]
Rows = list[list[str]]


def turns(epochs: Mapping[str, Epoch], repeat: int) -> dict[str, list[float]]:
    """Seconds of each in every turn, after one turn that does not count."""
    times: dict[str, list[float]] = {name: [] for name in epochs}
    for turn in range(repeat + 1):
        for name, epoch in epochs.items():
            spent = epoch()
            if turn:
                times[name].append(spent)
    return times


def spread(values: list[float], form: str = ".2f") -> str:
    """Median with least and largest."""
    low, middle, high = (
        format(value, form) for value in (min(values), statistics.median(values), max(values))
    )
    return f"{middle} [{low}, {high}]"


def ratios(above: list[float], below: list[float], factor: float = 1.0) -> list[float]:
    """Their ratios within each turn, times a factor."""
    return [factor * a / b for a, b in zip(above, below, strict=True)]


def compare_loops(epochs: Mapping[str, Epoch], n: int, repeat: int) -> Rows:
    """Our loop beside the others, each with n samples an epoch."""
    times = turns(epochs, repeat)
    rows = [["loop", "samples/s", "time of an epoch / ours"]]
    for name, own in times.items():
        rate = [n / spent for spent in own]
        rows.append([name, spread(rate, ",.0f"), spread(ratios(own, times["ours"]))])
    return rows


def compare_threads(sizes: list[Size], repeat: int) -> Rows:
    """Our loop on the threads it chooses, on one and on all; beside bare products on one thread.

    Processor time of all threads says what a loop costs where other work shares the cores.
    """
    device, limit = torch.device("cpu"), torch.get_num_threads()
    rows = [["network", "loop", "ms a step", "processor, ms a step", "processor / products"]]
    for size in sizes:
        chosen = threads_for(network(size, device), samples(size, device)[0][0, :1], size.batch)
        products = "bare products, one thread"
        loops: dict[str, Epoch] = {
            products: on_one_thread(bare_products(size, device)),
            f"ours, threads as chosen ({chosen})": ours(size, device),
            "ours, one thread": ours(size, device, threads=1),
            f"ours, all threads ({limit})": ours(size, device, threads=limit),
            "bare loop, fused Adam, one thread": on_one_thread(bare_fused(size, device)),
        }
        spent: dict[str, list[float]] = {name: [] for name in loops}

        def watched(name: str, epoch: Epoch, spent: dict[str, list[float]] = spent) -> float:
            before = time.process_time()
            wall = epoch()
            spent[name].append(time.process_time() - before)
            return wall

        watching = {name: partial(watched, name, epoch) for name, epoch in loops.items()}
        times = turns(watching, repeat)
        of_step = 1e3 / -(-size.n // size.batch)
        for name, wall in times.items():
            processor = spent[name][1:]  # the first turn does not count
            rows.append([
                str(size),
                name,
                spread([of_step * value for value in wall]),
                spread([of_step * value for value in processor]),
                spread(ratios(processor, spent[products][1:])),
            ])
    return rows


def compare_seeds(sizes: list[Size], device: torch.device, repeat: int) -> Rows:
    """Several seeds together beside one, and beside as many runs one after the other."""
    rows = [["network", "one seed, ms an epoch", f"{SEEDS} together / one", "/ one by one"]]
    for size in sizes:
        alone = [ours(size, device, seed=seed) for seed in range(SEEDS)]
        epochs: dict[str, Epoch] = {
            "one by one": lambda alone=alone: sum(epoch() for epoch in alone),
            "together": ours_together(size, device, SEEDS),
        }
        times = turns(epochs, repeat)
        one, both = times["one by one"], times["together"]
        mean = [1e3 * spent / SEEDS for spent in one]
        share = ratios(both, one)
        rows.append([
            str(size),
            spread(mean, ".1f"),
            spread(ratios(both, one, SEEDS)),
            spread(share),
        ])
    return rows


def measuring(size: Size, device: torch.device, repeat: int) -> Rows:
    """Share of the time that measuring takes at the default schedule of the paper's experiment."""
    config = catalogue.preset("mnist-paper").config
    net = network(MNIST, device)
    test, (x, y) = MNIST._replace(n=config.data.n_test), samples(MNIST, device)
    x_test, y_test = samples(test, device)
    arrays = [part[0].cpu().numpy() for part in (x, y, x_test, y_test)]
    labels = [targets.argmax(1).astype(np.int64) for targets in arrays[1::2]]
    data = Dataset("random", *arrays[:2], *arrays[2:], *labels, input_shape=(size.d,))
    meters = {
        name: instruments.module(name, "measure").INSTRUMENT(settings, n_seeds=1)
        for name, settings in config.instruments.items()
    }
    sets = {TEST: Samples.of(data, "test", device)}
    for meter in meters.values():
        sets |= meter.samples(data, seed=0, device=device)
    gradients = frozenset().union(*(meter.gradients for meter in meters.values()))

    def snapshot() -> Snapshot:
        objective = Objective(config.training.loss)
        return Snapshot(lambda: net, sets, objective, at=0.0, with_gradient=gradients)

    def measure() -> None:
        one = snapshot()
        for name in (MEASURED, TEST):
            one.loss(name), one.accuracy(name)
        for meter in meters.values():
            meter.read(one)

    for meter in meters.values():
        meter.begin([snapshot()])
    epochs: dict[str, Epoch] = {
        "train": ours(size, device),
        "measure": lambda: seconds(measure, device),
    }
    times = turns(epochs, repeat)
    train = [spent * MNIST.n / size.n for spent in times["train"]]
    last = config.training.epochs
    sizes = Sizes(
        n_parameters=net.n_parameters,
        widths=[layer.shape[1] for layer in snapshot().layers(MEASURED)],
        n_train=MNIST.n,
        n_test=len(sets[TEST].x),
        n_measured=len(sets[MEASURED].x),
    )
    n_due = len(due_epochs(config, sizes, meters))
    shares = [
        100 * n_due * measure / (n_due * measure + last * epoch)
        for measure, epoch in zip(times["measure"], train, strict=True)
    ]
    return [
        ["what", "measured"],
        ["one epoch of 30,000 samples, s", spread(train)],
        ["one measurement of 2,000 samples, 5 hidden layers, s", spread(times["measure"])],
        ["measurements in 40 epochs", str(n_due)],
        ["share of the time that measuring takes, %", spread(shares, ".1f")],
    ]


def print_table(title: str, rows: Rows, markdown: bool) -> None:
    """A table for the terminal or for a document."""
    print(f"\n## {title}\n" if markdown else f"\n{title}")
    if markdown:
        rows = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        print("\n".join(f"| {' | '.join(row)} |" for row in rows), flush=True)
        return
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))


def setting(device: torch.device) -> str:
    """Hardware, versions and date on one line."""
    named = []
    for name in ("torch", "lightning", "numpy"):
        try:
            named.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            named.append(f"no {name}")
    threads = f"{torch.get_num_threads()} threads"
    python = f"Python {platform.python_version()}"
    return ", ".join([device_name(device), threads, python, *named, date.today().isoformat()])


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--quick", action="store_true", help="a twelfth of the samples, fewer sizes"
    )
    parser.add_argument("--markdown", action="store_true", help="tables for a document")
    parser.add_argument("--repeat", type=int, default=0, help="turns; 5, or 3 with --quick")
    parser.add_argument("--threads", type=int, default=0, help="torch's threads; its default")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")  # Lightning's advice about workers and loggers
    if asked.threads:
        torch.set_num_threads(asked.threads)
    name: Literal["auto", "cpu", "cuda"] = asked.device
    device = resolve_device(name)
    repeat = asked.repeat or (3 if asked.quick else 5)
    size = QUICK if asked.quick else MNIST
    print(setting(device), f"{repeat} turns", sep=", ")
    loops = {name: make(size, device) for name, make in LOOPS.items()}
    rows = compare_loops(loops, size.n, repeat)
    print_table(f"Loops: {size}, {size.n:,} samples", rows, asked.markdown)
    # The paper's photographs are a matter for a GPU; a CPU does the small ones.
    photographs = training_images.PAPER if device.type == "cuda" else training_images.QUICK
    loops = {name: make(photographs, device) for name, make in training_images.LOOPS.items()}
    rows = compare_loops(loops, photographs.n, repeat)
    print_table(f"Loops: {photographs}, {photographs.n:,} samples", rows, asked.markdown)
    if device.type == "cpu":
        rows = compare_threads(THREAD_SIZES, 3 * repeat)
        print_table("Threads of a step", rows, asked.markdown)
    rows = compare_seeds(SEED_SIZES if asked.quick else _FULL_SEED_SIZES, device, 3 * repeat)
    print_table(f"{SEEDS} seeds at once", rows, asked.markdown)
    rows = measuring(size, device, repeat)
    print_table("Measuring at the default schedule of mnist-paper", rows, asked.markdown)


if __name__ == "__main__":
    main()

"""How many runs this machine carries at a time, and how many threads each gets."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from deepfreq_core import settings

RUNS_PER_GPU = 4
_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one dispatcher hands out.

    Attributes:
        slots: Runs at a time.
        threads: Threads of each.
        gpus: Values for CUDA_VISIBLE_DEVICES, one a GPU; runs are spread over them.
    """

    slots: int
    threads: int
    gpus: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """Variables that hold each worker to its threads, save what the user set."""
        return {name: os.environ.get(name, str(self.threads)) for name in _THREAD_VARIABLES}


def capacity() -> Capacity:
    """What this machine carries; `DEEPFREQ_SLOTS` overrides the number of runs.

    On the CPU every run has two cores, so half as many runs as cores. With GPUs up to four runs
    share one, since these networks are far from filling it, and each needs one core to feed it.
    """
    cores, found = n_cores(), gpus()
    automatic = max(1, cores // 2)
    if found:
        automatic = min(cores, max(automatic, RUNS_PER_GPU * len(found)))
    slots = settings.slots() or automatic
    return Capacity(slots=slots, threads=max(1, cores // slots), gpus=found)


def n_cores() -> int:
    """Cores this process may use: its affinity, and the quota of its container."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # macOS
        cores = os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        cores = min(cores, max(1, int(quota) // int(period)))
    except (OSError, ValueError):  # no container, or quota "max"
        pass
    return cores


def gpus() -> tuple[str, ...]:
    """The NVIDIA GPUs this process may use, found without touching CUDA."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return tuple(name.strip() for name in visible.split(",") if name.strip() not in {"", "-1"})
    # One folder a GPU where the driver is loaded; in a container only those that were passed in
    # have a device file.
    devices = sorted(Path("/dev").glob("nvidia[0-9]*"))
    return tuple(str(index) for index in range(len(devices)))

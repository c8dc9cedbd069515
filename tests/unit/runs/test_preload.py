"""What is loaded before the fork must survive it: no CUDA, no threads of Python's."""

import subprocess
import sys

from tests.unit.runs.conftest import ROOT

PROGRAM = """
import os, sys, threading, warnings
import torch

def forbidden(name):
    def touch(*_):
        raise SystemExit(f"the preload touched CUDA by {name}")
    return touch

names = [name for name in ("_cuda_getDeviceCount", "_cuda_init") if hasattr(torch._C, name)]
kept = {name: getattr(torch._C, name) for name in names}
for name in names:
    setattr(torch._C, name, forbidden(name))

from deepfreq_core.runs.worker.preload import preload
preload()
assert threading.active_count() == 1, threading.enumerate()
before = set(sys.modules)
pid = os.fork()
if pid == 0:
    for name in names:
        setattr(torch._C, name, kept[name])
    from deepfreq_core.experiments import catalogue, reading
    events = catalogue.create(reading.from_dict({
        "experiment": "train", "version": 2,
        "net": {"name": "mlp", "depth": 1, "width": 8}, "training": {"epochs": 1},
        "instruments": {"layers": {"n_samples": 20, "n_grid": 3, "backend": "cpu"}},
        "device": "cpu",
    })).events()
    for event in events:
        pass
    print(*sorted(set(sys.modules) - before))
    sys.stdout.flush()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""


def test_the_preload_touches_no_cuda_and_leaves_little_to_load(home):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    late = done.stdout.split()
    assert len(late) < 20, late  # each costs the first measurement of every run

"""Whatever of ours loads torch, OpenMP has been told before that waiting threads shall sleep."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Says how the variable stands at the moment torch is first asked for, and ends there: torch reads
# it while it loads, and need not load for this.
PROGRAM = """
import os, sys

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "torch":
            print(os.environ.get("OMP_WAIT_POLICY"), flush=True)
            os._exit(0)

sys.meta_path.insert(0, Watch())
{route}
sys.exit("torch was never asked for")
"""
ROUTES = {
    "library": "import deepfreq_core.nets.mlp",
    "training": "import deepfreq_core.training.loop",
    "experiment": "import deepfreq_core.experiments.train.measure",
    "worker": "from deepfreq_core.experiments import reading\n"
    "from deepfreq_core.runs import store, worker\n"
    "config = reading.from_dict({'experiment': 'train'})\n"
    "worker.main(store.RunStore().create(config, owner='me').id)",
    "fork server": "import runpy\n"
    "runpy.run_module('deepfreq_core.runs.launchers.forkserver', run_name='__main__')",
}


def policy(route: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(route=route)],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"} | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return (done.stdout or done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize("name", ROUTES)
def test_it_is_said_before_torch_loads(name, tmp_path):
    assert policy(ROUTES[name], DEEPFREQ_HOME=str(tmp_path)) == "PASSIVE"


def test_who_said_otherwise_has_their_way():
    assert policy(ROUTES["library"], OMP_WAIT_POLICY="ACTIVE") == "ACTIVE"

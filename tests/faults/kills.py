"""Kill workers, dispatchers and fork servers at random moments, and see that nothing is lost.

    python -m tests.faults.kills [--kills 150] [--seed 0]

Rehearsals wait, run and are resumed by whoever finds them lost, while a process is ended by
SIGKILL again and again. In the end every run must be done, equal to the bit to one that nobody
disturbed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from deepfreq_core.config import RunConfig
from deepfreq_core.records import Measurement
from deepfreq_core.runs import checkpoints, dispatcher
from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.runs.store import RunStore
from tests.rehearsal import register, rehearsal
from tests.rehearsal.measure import Rehearsal

ROOT = Path(__file__).resolve().parents[2]
VICTIMS = {"worker": 2, "fork server": 2, "dispatcher": 1}  # and how often
AT_A_TIME = 4  # runs that wait or go, on two slots
# Everything that takes its time, faster: a fork server that loads, checkpoints, silence.
HURRY = {
    "DEEPFREQ_SLOTS": "2",
    "DEEPFREQ_TEST_PRELOAD_S": "0.15",
    "DEEPFREQ_TEST_CHECKPOINT_S": "0.1",
    "DEEPFREQ_TEST_LOST_S": "1.0",
}


@dataclass
class Toll:
    """What came of it.

    Attributes:
        kills: How many processes of each kind were killed.
        runs: Runs there were.
        lost: Times a run was found lost.
        never_began: Of these, before its first start.
        false_promises: Of these, where the sentence promised a checkpoint that was not there.
        not_done: Runs that did not end done.
        different: Runs whose numbers are not those of an undisturbed one.
    """

    kills: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    lost: int = 0
    never_began: int = 0
    false_promises: int = 0
    not_done: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)


class Trial:
    """Killing in one empty data folder, named by DEEPFREQ_HOME.

    Args:
        seed: Of the moments and the victims.
        kill_s: How long the killing may take, on a machine that has other things to do.
        patience_s: How long the runs may take to end once the killing is over.
    """

    def __init__(self, seed: int, kill_s: float = 300.0, patience_s: float = 120.0) -> None:
        self._chance = random.Random(seed)
        self._kill_s, self._patience_s = kill_s, patience_s
        self._store = RunStore()
        self._made: list[Run] = []
        self._dispatcher: subprocess.Popen[bytes] | None = None
        self._toll = Toll()

    def carry_out(self, n_kills: int) -> Toll:
        """Kill up to so many processes, then wait until all runs have ended."""
        try:
            stop = time.monotonic() + self._kill_s
            while self._toll.kills.total() < n_kills and time.monotonic() < stop:
                self._tend(launch=True)
                time.sleep(self._chance.uniform(0.0, 0.4))
                (victim,) = self._chance.choices(list(VICTIMS), list(VICTIMS.values()))
                self._kill(victim)
            deadline = time.monotonic() + self._patience_s
            while self._active() and time.monotonic() < deadline:
                self._tend(launch=False)
                time.sleep(0.02)
        finally:
            self._end()
        self._compare()
        return self._toll

    def _active(self) -> list[Run]:
        ends = {RunState.DONE, RunState.FAILED}
        return [run for run in self._store.list() if run.state not in ends]

    def _tend(self, *, launch: bool) -> None:
        """What people and the dashboard do: start what is missing, resume what is lost."""
        if self._dispatcher is None or self._dispatcher.poll() is not None:
            if not dispatcher.is_running():
                self._dispatcher = subprocess.Popen(
                    [sys.executable, "-m", "tests.rehearsal", "dispatcher"],
                    cwd=ROOT,
                    env=os.environ | HURRY,
                    stderr=subprocess.DEVNULL,
                )
        active = self._active()
        for run in active:
            if run.state is RunState.LOST:
                self._count(run)
                self._store.resume(run.id)
        for _ in range(AT_A_TIME - len(active) if launch else 0):
            config = rehearsal(steps=12, pause_s=0.025, seed=len(self._made))
            self._made.append(self._store.create(config))

    def _count(self, run: Run) -> None:
        self._toll.lost += 1
        self._toll.never_began += run.attempt == 0
        promises = "goes on from its last checkpoint" in (run.error or "")
        self._toll.false_promises += promises and not checkpoints.path(run.id).exists()

    def _kill(self, victim: str) -> None:
        pids: list[int] = []
        if victim == "worker":
            pids = [lease.pid for lease in self._store.leases() if lease.worker and lease.pid]
        elif self._dispatcher is not None and self._dispatcher.poll() is None:
            pids = children(self._dispatcher.pid)
            if pids and victim == "dispatcher":  # one that is at work
                pids = [self._dispatcher.pid]
        if pids:
            with suppress(ProcessLookupError):
                os.kill(self._chance.choice(pids), signal.SIGKILL)
                self._toll.kills[victim] += 1
            if victim == "dispatcher" and self._dispatcher is not None:
                self._dispatcher.wait()

    def _end(self) -> None:
        for lease in self._store.leases():  # none, unless the trial failed
            if lease.worker and lease.pid:
                with suppress(ProcessLookupError):
                    os.kill(lease.pid, signal.SIGKILL)
        if self._dispatcher is not None:
            self._dispatcher.terminate()
            self._dispatcher.wait()

    def _compare(self) -> None:
        self._toll.runs = len(self._made)
        for run in self._made:
            if self._store.get(run.id).state is not RunState.DONE:
                self._toll.not_done.append(run.id)
            elif numbers(self._store.measurements(run.id)) != undisturbed(run.config):
                self._toll.different.append(run.id)
        self._store.close()


def numbers(rows: list[tuple[int, Measurement]]) -> list[tuple[object, ...]]:
    """Everything that was measured, to the bit."""
    return [
        (seq, m.at, m.scalars["step"], *(array.tobytes() for array in m.arrays.values()))
        for seq, m in rows
    ]


def undisturbed(config: RunConfig) -> list[tuple[object, ...]]:
    """The same of a run in this process."""
    events = Rehearsal(config).events()
    return numbers(list(enumerate((e for e in events if isinstance(e, Measurement)), start=1)))


def children(pid: int) -> list[int]:
    """Processes that this one has started: of a dispatcher, its fork server."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(word) for word in found.read_text().split()]
    except OSError:
        return []


def an_orphan_comes_late(until: Callable[[Callable[[], object]], object]) -> tuple[Run, str]:
    """A fork server outlives its dispatcher, and reads its request when the run went elsewhere.

    Returns:
        The run as it ended, and the log of its workers.
    """
    from deepfreq_core.runs import files

    store = RunStore()
    command = [sys.executable, "-m", "tests.rehearsal", "dispatcher"]
    environment = os.environ | HURRY

    def dispatch() -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)

    first = dispatch()
    until(lambda: children(first.pid) and store.dispatcher_status().is_alive)
    (orphan,) = children(first.pid)
    os.kill(orphan, signal.SIGSTOP)
    run = store.create(rehearsal(steps=60, pause_s=0.02))
    until(lambda: store.get(run.id).state is RunState.RUNNING)
    time.sleep(0.3)  # the request is in the pipe by now; if it is not, the trial is easier
    first.kill()
    first.wait()
    second = dispatch()
    until(lambda: store.get(run.id).n_measurements > 0)
    os.kill(orphan, signal.SIGCONT)
    until(lambda: not store.get(run.id).state.is_active)
    until(lambda: "ERROR" in files.log_tail(run.id))  # the orphan's worker was refused
    second.terminate()
    second.wait()
    ended = store.get(run.id)
    store.close()
    return ended, files.log_tail(run.id)


def main() -> None:
    """Print the toll."""
    register()
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DEEPFREQ_HOME"] = folder
        began = time.monotonic()
        toll = Trial(options.seed).carry_out(options.kills)
        took = time.monotonic() - began
    sys.stdout.write(f"{toll}\n{took:.0f} s\n")


if __name__ == "__main__":
    main()

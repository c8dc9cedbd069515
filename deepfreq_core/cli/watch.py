"""Start the worker of one run and watch it in the store until it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from types import FrameType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from deepfreq_core.cli.output import age
from deepfreq_core.experiments import catalogue
from deepfreq_core.runs.errors import LeaseLost, StoreUnavailable, WrongState
from deepfreq_core.runs.launchers.local import python_path
from deepfreq_core.runs.state import Request, Run, RunState
from deepfreq_core.runs.store import RunStore

WORKER = ("-m", "deepfreq_core.runs.worker")
_POLL_S = 0.1
_NOBODY = "nobody"  # a worker's token


def launch_and_watch(store: RunStore, run_id: str, claim: str) -> bool:
    """Carry a run out in a worker process of ours; Ctrl-C asks it to stop and waits for it.

    Args:
        store: The store.
        run_id: A run that was created with this claim.
        claim: Its token.

    Returns:
        Whether it was interrupted.
    """
    worker = subprocess.Popen(
        [sys.executable, *WORKER, run_id, claim],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # its log and its run say it all
        env=os.environ | python_path(),
        start_new_session=True,  # Ctrl-C is ours: it becomes a request to stop
    )
    console = Console(stderr=True)
    with (
        _Interruptions() as interruptions,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[epoch]}  {task.fields[loss]}  {task.fields[left]}"),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        ) as bar,
    ):
        shown = _Shown(bar, store, run_id)
        n_heeded = 0
        while shown.update():
            if not shown.has_begun:  # loading torch takes a while: nobody shall think it is dead
                with suppress(LeaseLost, StoreUnavailable):
                    store.heartbeat(run_id)
            if interruptions.count > n_heeded:
                n_heeded = interruptions.count
                if n_heeded == 1:
                    _ask_to_stop(store, run_id)
                else:
                    worker.kill()
            if worker.poll() is not None:
                _bury(store, run_id, claim, worker.pid)
            time.sleep(_POLL_S)
        worker.wait()
    return interruptions.count > 0


class _Interruptions:
    """Counts Ctrl-C and requests to end, instead of being torn out of whatever is going on."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> _Interruptions:
        signals = (signal.SIGINT, signal.SIGTERM)
        self._before = {number: signal.signal(number, self._note) for number in signals}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1


class _Shown:
    """The progress bar of one run."""

    def __init__(self, bar: Progress, store: RunStore, run_id: str) -> None:
        self._bar, self._store, self._run_id = bar, store, run_id
        reader = catalogue.reader(store.get(run_id).config)
        self._clock, self._status = reader.schema.clock.name, reader.status
        self._seq = 0
        self.has_begun = False
        self._task = bar.add_task("starting", total=None, epoch="", loss="", left="")

    def update(self) -> bool:
        """Show what is new; False once the run is not active any more."""
        run, rows = self._store.read(self._run_id, since=self._seq)
        if rows:
            self._seq, last = rows[-1]
            for name, text, _ in self._status[:1]:
                if name in last.scalars:
                    self._bar.update(self._task, loss=f"{text} {last.scalars[name]:.3g}")
        self.has_begun = run.attempt > 0
        if run.progress is not None:
            self._progress(run)
        return run.state.is_active

    def _progress(self, run: Run) -> None:
        assert run.progress is not None
        done, total = run.progress["at"], run.config.planned_end()[0]
        seconds = run.progress.get("eta_s")
        self._bar.update(
            self._task,
            completed=done,
            total=total or None,
            description="stopping"
            if run.request
            else escape(run.progress.get("note") or "running"),
            epoch=f"{self._clock} {done:.0f}/{total:.0f}",
            left="" if seconds is None else f"{age(seconds)} left",
        )


def _ask_to_stop(store: RunStore, run_id: str) -> None:
    try:
        store.request(run_id, Request.STOP)
    except WrongState:
        pass  # it has just ended by itself


def _bury(store: RunStore, run_id: str, claim: str, pid: int) -> None:
    """Say in the store how a run ended whose worker, process `pid`, is gone and did not."""
    try:
        store.start(run_id, worker=_NOBODY, claim=claim)
        store.finish(run_id, RunState.FAILED, "its worker could not start", worker=_NOBODY)
    except WrongState:
        pass  # it had started
    for lease in store.leases():
        if lease.run_id == run_id and lease.pid == pid:
            store.mark_lost(lease, "its worker ended without a word")

"""A launcher that carries out the run at once in this process; for tests and the terminal."""

from __future__ import annotations

from typing import ClassVar

from deepfreq_core.runs import files
from deepfreq_core.runs.launchers.base import WorkerStatus
from deepfreq_core.runs.store import RunStore
from deepfreq_core.runs.worker.attempt import Attempt


class InlineLauncher:
    """Carries out a run before `submit` returns.

    Args:
        store: The store; the default one when left out.
    """

    name: ClassVar[str] = "inline"

    def __init__(self, store: RunStore | None = None) -> None:
        self._store = store or RunStore()

    def submit(self, run_id: str, claim: str | None = None) -> None:
        """Carry out the run, whatever state it ends in."""
        Attempt(self._store, run_id, claim=claim).carry_out()

    def status(self, run_id: str) -> WorkerStatus:
        """Ended, since `submit` returns only then."""
        return WorkerStatus(alive=False)

    def stop(self, run_id: str) -> None:
        """Nothing to do: see `status`."""

    def log(self, run_id: str) -> str:
        """The end of the log, where a worker process wrote one."""
        return files.log_tail(run_id)

    def close(self) -> None:
        """Nothing is held."""

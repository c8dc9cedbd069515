"""What every launcher can do: start `worker RUN_ID` somewhere and tell how it fares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

NO_CLAIM = "-"  # where a word must stand for the claim of a run that nobody claimed
NO_STORE = 3  # exit status of a worker that could not tell the store how its run ended


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How a worker process fares.

    Attributes:
        alive: Whether it lives or will soon; None when the launcher cannot tell.
        reason: How it ended, in words, where known.
    """

    alive: bool | None
    reason: str | None = None


class Launcher(Protocol):
    """Starts workers on one kind of place: this machine, a cluster, this very process.

    A worker needs nothing but the run's id: it finds the rest through DEEPFREQ_HOME and
    DEEPFREQ_DATABASE_URL. So a launcher for a cluster submits the command
    `python -m deepfreq_core.runs.worker RUN_ID CLAIM` with these two set, and keeps the job's id.
    """

    name: ClassVar[str]

    def submit(self, run_id: str, claim: str | None = None) -> None:
        """Start a worker for a run that was claimed by this token; returns before it has begun."""
        ...

    def status(self, run_id: str) -> WorkerStatus:
        """How the worker of a run that was submitted here fares."""
        ...

    def stop(self, run_id: str) -> None:
        """End the worker of a run by force; no error when it has ended."""
        ...

    def log(self, run_id: str) -> str:
        """The end of the worker's log."""
        ...

    def close(self) -> None:
        """Let go of what the launcher holds; workers go on."""
        ...

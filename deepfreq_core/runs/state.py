"""What a run is and which states it goes through.

WAITING ──► RUNNING ──► DONE
   ▲           ├──────► STOPPED   by hand; keeps a checkpoint
   │           ├──────► PAUSED    by hand; keeps a checkpoint and gives its slot back
   │           ├──────► FAILED    by an error of its own
   │           └──────► LOST      its process is gone; found by the dispatcher
   └── resume ── from STOPPED, PAUSED, FAILED, LOST
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.records import JsonValue


class RunState(StrEnum):
    """State of a run; see the picture above."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    LOST = "lost"

    @property
    def is_active(self) -> bool:
        """Whether more measurements can come without anybody's doing."""
        return self in {RunState.WAITING, RunState.RUNNING}

    @property
    def can_resume(self) -> bool:
        """Whether `resume` puts it back into the queue."""
        return self in {RunState.PAUSED, RunState.STOPPED, RunState.FAILED, RunState.LOST}


class Request(StrEnum):
    """What somebody asked a running worker to do."""

    STOP = "stop"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class RunHead:
    """What has to be known of a run to follow hundreds of them: no progress, no facts.

    Attributes:
        id: Ten characters, a-z and 2-7.
        owner: Who launched it.
        group: The group it was started in.
        config: All settings as JSON text, as it was stored.
        state: Where it is in the picture above.
        error: One sentence, for FAILED and LOST.
    """

    id: str
    owner: str
    group: str
    config: str
    state: RunState
    error: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """One run as the store knows it. Times are seconds since the epoch, UTC.

    Attributes:
        id: Ten characters, a-z and 2-7.
        title: One line for people.
        owner: Who launched it; slots are shared fairly between owners.
        group: Runs started together (a sweep, seeds) carry the same group; else None.
        preset: Slug of the preset it started from, or None.
        config: All settings.
        state: Where it is in the picture above.
        request: What a running worker was asked and has not yet done.
        created: When it was launched.
        queued: When it was put into the queue: launched, or last resumed.
        started: When its current attempt began.
        finished: When it left RUNNING for good or for a while.
        heartbeat: Last sign of life of its worker.
        attempt: 0 before the first start, then one more for each start.
        progress: {"at", "end"} of the last sign of life, and where they are
            known "eta_s", seconds left, and "note", what is being prepared before training.
        n_measurements: How many measurements it has.
        facts: Backend, device, layer names, versions, … of the current attempt.
        error: One sentence, for FAILED and LOST.
    """

    id: str
    title: str
    owner: str
    group: str | None
    preset: str | None
    config: RunConfig
    state: RunState
    request: Request | None
    created: float
    queued: float
    started: float | None
    finished: float | None
    heartbeat: float | None
    attempt: int
    progress: Mapping[str, JsonValue] | None
    n_measurements: int
    facts: Mapping[str, JsonValue]
    error: str | None

    @property
    def diverged(self) -> bool:
        """Whether it failed because its loss went up: the reason then names the learning rate."""
        return self.state is RunState.FAILED and configs.LEARNING_RATE in (self.error or "")


def describe(run: Run) -> dict[str, Any]:
    """What is said about a run in every answer; never its owner, whose id is a secret."""
    progress = dict(run.progress) if run.progress and run.attempt else None
    eta = progress.pop("eta_s", None) if progress else None
    return {
        "run": run.id,
        "title": run.title,
        "state": run.state.value,
        "is_active": run.state.is_active,
        "can_resume": run.state.can_resume,
        "request": run.request.value if run.request else None,
        "attempt": run.attempt,
        "progress": progress,
        "eta_s": eta if run.state is RunState.RUNNING else None,
        "error": run.error,
        "diverged": run.diverged,
        "created": run.created,
        "started": run.started,
        "finished": run.finished,
    }

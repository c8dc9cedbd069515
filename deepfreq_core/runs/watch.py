"""What a dispatcher does at each look: judge who is alive, give free slots to waiting runs."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import time
from contextlib import suppress

from deepfreq_core.runs import checkpoints, files
from deepfreq_core.runs.dispatcher_side import Lease
from deepfreq_core.runs.launchers.base import Launcher
from deepfreq_core.runs.store import RunStore

LOST_AFTER_S = 10.0
STUCK_AFTER_S = 60.0
_GONE = "its process is gone"

_log = logging.getLogger(__name__)


class Watch:
    """Runs of one place, as a dispatcher there sees them.

    A worker here lives as long as it holds the lock of its run's folder: the system gives it back
    when the process ends, however it ends. A worker elsewhere is judged by whether its heartbeat
    still changes, on our own clock, which neither another machine's clock nor a laptop asleep can
    mislead.

    `is_starting` says whether at the last look a claimed run had not yet a worker, `n_waiting` how
    many runs waited; `may_claim` can be cleared to start no more.

    Args:
        store: The store.
        launcher: Starts workers here.
        place: Our host and data folder.
        slots: Runs at a time.
    """

    def __init__(self, store: RunStore, launcher: Launcher, place: str, *, slots: int) -> None:
        self._store = store
        self._launcher = launcher
        self._place = place
        self._slots = slots
        self.is_starting = False
        self.n_waiting = 0
        self.may_claim = True
        self._heard: dict[str, tuple[Lease, float]] = {}

    def look(self) -> bool:
        """One round; returns whether any run goes or waits here."""
        leases = self._store.leases()
        running = 0
        self.is_starting = any(lease.worker is None for lease in leases)
        for lease in leases:
            lost = self._why_lost(lease)
            if lost and lease.worker is None and self._store.give_back(lease):
                _log.warning("run %s did not begin and waits again: %s", lease.run_id, lost)
            elif lost and self._store.mark_lost(lease, f"{lost}. {self._next_step(lease)}"):
                _log.warning("run %s is lost: %s", lease.run_id, lost)
            elif lease.place == self._place:
                running += 1
        known = {lease.run_id for lease in leases}
        self._heard = {run: heard for run, heard in self._heard.items() if run in known}
        self.n_waiting = self._store.queue_length()
        while self.may_claim and self.n_waiting and running < self._slots:
            token = secrets.token_hex(8)
            run_id = self._store.claim(self._place, token=token)
            if run_id is None:
                break
            _log.info("run %s gets a worker", run_id)
            self._launcher.submit(run_id, token)
            self.is_starting = True
            running += 1
        return bool(running or self.n_waiting)

    def _why_lost(self, lease: Lease) -> str | None:
        """In words, or None while there is hope."""
        silent_s = self._silent_s(lease)
        if lease.place != self._place:
            return "nothing is heard of its machine" if silent_s > LOST_AFTER_S else None
        status = self._launcher.status(lease.run_id)
        if lease.worker is None:  # claimed, and its worker has not yet reached the store
            if status.alive is None and silent_s > LOST_AFTER_S:
                return "its worker never began"
            return (status.reason or _GONE) if status.alive is False else None
        if files.is_locked(files.worker_lock(lease.run_id)):
            if silent_s <= STUCK_AFTER_S:
                return None
            if lease.pid is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(lease.pid, signal.SIGKILL)
            return f"it gave no sign of life for {STUCK_AFTER_S:.0f} s and was ended"
        # The launcher hears of an end a moment after the lock is free: wait for its reason.
        return None if status.alive else (status.reason or _GONE)

    def _next_step(self, lease: Lease) -> str:
        if lease.place != self._place:
            return "Resume starts it from the beginning, unless that machine takes it up again"
        if checkpoints.path(lease.run_id).exists():
            return "Resume goes on from its last checkpoint"
        return "It has no checkpoint yet: Resume starts it from the beginning"

    def _silent_s(self, lease: Lease) -> float:
        now = time.monotonic()
        before = self._heard.get(lease.run_id)
        if before is None or before[0] != lease:
            self._heard[lease.run_id] = (lease, now)
            return 0.0
        return now - before[1]

"""One attempt at a run: from `start` in the store to the state it ends in."""

from __future__ import annotations

import logging
import os
import platform
import secrets
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from deepfreq_core.errors import RunNotFound
from deepfreq_core.experiments import catalogue
from deepfreq_core.experiments.base import Experiment, Loading
from deepfreq_core.records import JsonValue, Measurement, Progress
from deepfreq_core.runs import checkpoints, files
from deepfreq_core.runs.checkpoints import Checkpoint
from deepfreq_core.runs.errors import LeaseLost, StoreUnavailable
from deepfreq_core.runs.state import Request, Run, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.runs.worker import failures
from deepfreq_core.runs.worker.heart import Heart

CHECKPOINT_EVERY_S = 5.0
CHECKPOINT_SHARE = 0.03  # of the time, at most
STORE_PATIENCE_S = 60.0
RATE_WINDOW_S = 15.0

_INTERRUPTED = "its process was asked to end (the machine may have shut down). Resume goes on here"

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Attempt:
    """Pulls events from the experiment of a run and keeps what comes.

    Args:
        store: The store.
        run_id: The run.
        claim: Token of the claim that this worker was started for, if any.
        abandon: Ends the process from another thread, see `Heart`; None where there is no process
            of our own to end.
    """

    def __init__(
        self,
        store: RunStore,
        run_id: str,
        *,
        claim: str | None = None,
        abandon: Callable[[Request], None] | None = None,
    ) -> None:
        self._store = store
        self._run_id = run_id
        self._claim = claim
        self._worker = secrets.token_hex(8)
        self._interrupted = False
        self._at, self._end = 0.0, 0.0
        self._n_measurements = 0
        self._rate: deque[tuple[float, float]] = deque()
        self._saved_at, self._save_cost = time.monotonic(), 0.0
        abandon_run = partial(self._abandon, abandon) if abandon else None
        self._heart = Heart(store, run_id, self._worker, abandon=abandon_run)

    def interrupt(self) -> None:
        """Pause as soon as possible; safe in a signal handler."""
        self._interrupted = True
        self._heart.ask(Request.PAUSE)

    def carry_out(self) -> RunState | None:
        """Do it all.

        Returns:
            The state the run ended in; None when it was deleted or given to another worker.

        Raises:
            StoreUnavailable: The store did not answer for a minute.
        """
        found = self._store.get(self._run_id)
        checkpoint, note = checkpoints.load(self._run_id)
        if checkpoint and checkpoint.n_measurements > found.n_measurements:
            # Another machine has begun it anew, or the database is an older copy.
            note = "the checkpoint is ahead of the measurements that are stored; starting afresh"
            checkpoint = None
        run = self._store.start(
            self._run_id,
            worker=self._worker,
            claim=self._claim,
            place=files.place(),
            pid=os.getpid(),
            keep=checkpoint.n_measurements if checkpoint else 0,
        )
        _log.info(
            "run %s, attempt %d, process %d on %s, %s",
            *(run.id, run.attempt, os.getpid(), platform.node(), run.config.model_dump_json()),
        )
        if note:
            _log.warning("%s", note)
        with self._heart:
            try:
                return self._work(run, checkpoint)
            except (RunNotFound, LeaseLost):
                return None
            except StoreUnavailable:
                raise
            except Exception as error:
                _log.exception("run %s failed", self._run_id)
                return self._finish(RunState.FAILED, failures.sentence(error))

    def _work(self, run: Run, checkpoint: Checkpoint | None) -> RunState:
        experiment = self._prepare(run, checkpoint)
        events = experiment.events()
        for event in events:
            self._take(event)
            request = self._heart.asked()
            if request is not None:
                return self._leave(experiment, request)
            since_saved = time.monotonic() - self._saved_at
            due = since_saved > max(CHECKPOINT_EVERY_S, self._save_cost / CHECKPOINT_SHARE)
            if due and not self._heart.in_setup:
                self._save(experiment)
        state = self._finish(RunState.DONE)
        with suppress(OSError):  # one that is left behind does no harm
            checkpoints.discard(self._run_id)  # not before: who dies in between can still resume
        return state

    def _prepare(self, run: Run, checkpoint: Checkpoint | None) -> Experiment:
        experiment = catalogue.create(run.config)
        if checkpoint is None:
            return experiment
        try:
            experiment.restore(checkpoint.state)
        except Exception:  # whatever an old or damaged state leads to, never a crash loop
            _log.exception("the checkpoint does not fit; starting afresh")
            checkpoints.discard(self._run_id)
            self._patiently(lambda: self._store.rewind(self._run_id, 0, worker=self._worker))
            return catalogue.create(run.config)
        self._n_measurements = run.n_measurements
        self._at = checkpoint.at
        _log.info("goes on from %g", checkpoint.at)
        return experiment

    def _take(self, event: Measurement | Progress) -> None:
        if isinstance(event, Loading):
            # Its epoch 0 is no news: a resumed run is further.
            self._heart.progress = self._where() | {"end": event.end, "note": event.note}
            return
        self._heart.in_setup = False
        self._at = event.at
        if isinstance(event, Progress):
            self._end = event.end
            self._heart.progress = self._progress()
            return
        self._heart.progress = progress = self._progress()
        append = self._store.append
        self._n_measurements = self._patiently(
            lambda: append(self._run_id, event, progress=progress, worker=self._worker)
        )

    def _where(self) -> dict[str, JsonValue]:
        return {"at": self._at, "end": self._end}

    def _progress(self) -> dict[str, JsonValue]:
        now = time.monotonic()
        self._rate.append((now, self._at))
        while len(self._rate) > 2 and now - self._rate[0][0] > RATE_WINDOW_S:
            self._rate.popleft()
        progress = self._where()
        then, at = self._rate[0]
        if self._at > at and self._end:
            left = max(0.0, self._end - self._at)
            progress["eta_s"] = round(left * (now - then) / (self._at - at), 1)
        return progress

    def _leave(self, experiment: Experiment, request: Request) -> RunState:
        error = _INTERRUPTED if self._interrupted else None
        # Before the first step there is nothing to keep that is not on disk already.
        if not self._heart.in_setup and not self._save(experiment):
            error = "its checkpoint could not be written, see the log. Resume starts further back"
        ends = RunState.STOPPED if request is Request.STOP else RunState.PAUSED
        return self._finish(ends, error)

    def _save(self, experiment: Experiment) -> bool:
        began = time.monotonic()
        counted = (self._n_measurements, float(self._at))
        try:
            checkpoints.save(self._run_id, Checkpoint(experiment.state(), *counted))
        except OSError as error:
            _log.warning("the checkpoint could not be written: %s", error)
            return False
        finally:
            self._saved_at = time.monotonic()
            self._save_cost = self._saved_at - began
        return True

    def _finish(self, state: RunState, error: str | None = None) -> RunState:
        self._heart.stop()
        finish = self._store.finish
        self._patiently(lambda: finish(self._run_id, state, error, worker=self._worker))
        _log.info("run %s is %s%s", self._run_id, state.value, f": {error}" if error else "")
        return state

    def _abandon(self, end_process: Callable[[Request], None], request: Request) -> None:
        """Called by the heart when the work does not come up to look at a request."""
        ends = RunState.STOPPED if request is Request.STOP else RunState.PAUSED
        error = None if self._heart.in_setup else "it was busy; Resume starts a little further back"
        try:
            self._store.finish(self._run_id, ends, error, worker=self._worker)
        except (RunNotFound, LeaseLost, StoreUnavailable) as gone:
            _log.info("%s", gone)
        end_process(request)

    def _patiently(self, write: Callable[[], T]) -> T:
        deadline = time.monotonic() + STORE_PATIENCE_S
        while True:
            try:
                return write()
            except StoreUnavailable as error:
                if time.monotonic() > deadline:
                    raise
                _log.warning("%s; trying again", error)
                time.sleep(1.0)

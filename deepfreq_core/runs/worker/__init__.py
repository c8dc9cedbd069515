"""One process that carries out one run, `python -m deepfreq_core.runs.worker RUN_ID [CLAIM]`.

It reads the config from the store, pulls events from the experiment, stores measurements, and
looks between two events whether it was asked to stop. docs/runs.md says how a run lives and dies.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import signal
from contextlib import suppress
from functools import partial

from deepfreq_core.errors import DeepFreqError
from deepfreq_core.runs import files
from deepfreq_core.runs.errors import StoreUnavailable
from deepfreq_core.runs.launchers.base import NO_STORE
from deepfreq_core.runs.state import Request
from deepfreq_core.runs.store import RunStore
from deepfreq_core.runs.worker.attempt import Attempt

_log = logging.getLogger(__name__)
_NICE = 5  # so that thirty runs do not make the dashboard slow


def main(run_id: str, claim: str | None = None) -> int:
    """Carry out a run in this process, from its checkpoint if it has one.

    Args:
        run_id: A run that waits, or that was claimed for this process.
        claim: Token of that claim.

    Returns:
        Exit status: 0 when the run ended in the store, in whatever state; 1 when this process
        has no business with it; 3 when the store could not be reached to say how it ended.
    """
    try:
        folder = files.folder(run_id, make=True)
        log = files.log_path(run_id).open("a", encoding="utf-8", buffering=1)
        handler = logging.StreamHandler(log)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logging.getLogger().addHandler(handler)
        logging.getLogger("deepfreq_core").setLevel(logging.INFO)
        faulthandler.enable(log)
        lock = files.lock(folder / "worker.lock", wait_s=2.0)
        if lock is None:
            _log.error("run %s already has a living worker on this machine", run_id)
            return 1
        _be_nice()
        return _carry_out(run_id, claim)
    except StoreUnavailable:
        _log.exception("the run database could not be reached; giving up")
        return NO_STORE
    except DeepFreqError as error:
        _log.error("%s", error)  # noqa: TRY400 - a sentence for people, not a bug
        return 1


def _carry_out(run_id: str, claim: str | None) -> int:
    store = RunStore()
    attempt = Attempt(store, run_id, claim=claim, abandon=partial(_abandon, store, run_id))
    # The machine shuts down, or an administrator wants the process gone: the run is paused with
    # a checkpoint, and nothing starts again by itself that nobody asked for.
    signal.signal(signal.SIGTERM, lambda *_: attempt.interrupt())
    signal.signal(signal.SIGINT, lambda *_: attempt.interrupt())
    if attempt.carry_out() is None:
        _log.info("run %s is not ours any more; ending", run_id)
        _clean_up(store, run_id)
    return 0


def _abandon(store: RunStore, run_id: str, request: Request) -> None:
    """End the process although its main thread is somewhere deep; the run is already finished."""
    _log.warning("run %s: %s was asked while busy; ended at once", run_id, request.value)
    with suppress(StoreUnavailable):
        _clean_up(store, run_id)
    logging.shutdown()
    os._exit(0)


def _clean_up(store: RunStore, run_id: str) -> None:
    if not store.exists(run_id):  # deleted meanwhile: what we wrote since then goes too
        files.remove(run_id)


def _be_nice() -> None:
    try:
        os.nice(max(0, _NICE - os.nice(0)))
    except OSError:
        _log.info("the priority of this process could not be lowered")

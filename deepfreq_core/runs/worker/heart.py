"""The signs of life of a worker, from a thread of its own.

A long call into BLAS or CUDA does not stop it, so a busy worker never looks dead. What it hears
back, a request or that the run is gone, it keeps for the worker to find between two events.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from deepfreq_core.errors import RunNotFound
from deepfreq_core.records import JsonValue
from deepfreq_core.runs.errors import LeaseLost, StoreUnavailable
from deepfreq_core.runs.state import Request
from deepfreq_core.runs.store import RunStore

BEAT_S = 0.4
PATIENCE_S = 5.0

_log = logging.getLogger(__name__)


class Heart:
    """Beats until left; used as a context.

    Args:
        store: Where to.
        run_id: The run.
        worker: The worker's token.
        abandon: Called from the thread when the worker did not come to look at a request for
            `PATIENCE_S`, or at once while nothing had been measured yet; it must not return.
            None leaves such a worker alone.
    """

    def __init__(
        self,
        store: RunStore,
        run_id: str,
        worker: str,
        *,
        abandon: Callable[[Request], None] | None = None,
    ) -> None:
        self.progress: Mapping[str, JsonValue] | None = None
        self.in_setup = True
        self._gone: RunNotFound | LeaseLost | None = None
        self._asked: Request | None = None
        self._asked_at = 0.0
        self._store, self._run_id, self._worker = store, run_id, worker
        self._abandon = abandon
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)

    def __enter__(self) -> Heart:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """No beat after this returns."""
        self._leave.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def ask(self, request: Request) -> None:
        """Note a request that came another way than through the store."""
        if self._asked is None:
            self._asked_at = time.monotonic()
        self._asked = request

    def asked(self) -> Request | None:
        """What the worker was asked to do; `RunNotFound` or `LeaseLost` where the run is gone."""
        if self._gone is not None:
            raise self._gone
        return self._asked

    def _beat(self) -> None:
        while not self._leave.wait(BEAT_S):
            try:
                request = self._store.heartbeat(self._run_id, self.progress, worker=self._worker)
            except (RunNotFound, LeaseLost) as gone:
                self._gone = gone
                request = Request.STOP
            except StoreUnavailable as error:
                _log.warning("no sign of life could be given: %s", error)
                continue
            if request is not None:
                self.ask(request)
            waited = time.monotonic() - self._asked_at
            if self._asked and self._abandon and (self.in_setup or waited > PATIENCE_S):
                if not self._leave.is_set():
                    self._abandon(self._asked)

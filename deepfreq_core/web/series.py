"""The answer of the series route: a run, and its measurements since the last answer.

    {"run", "title", "state", "is_active", "can_resume", "request", "attempt", "seq", "progress",
     "eta_s", "error", "diverged", "created", "started", "finished",
     "queue_position", "starts_in_s"                      while it waits: runs before it; about
                                                          when its turn comes, where that is known
     "reset",                                             true: forget what you have
     "facts", "config", "planned", "dims", "fixed"        in whole answers only
     "ranges", "messages", "measurements"                 see `series_writer`}

A measurement never changes within one attempt, so its JSON is made once, however many look.
"""

from __future__ import annotations

import json
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from deepfreq_core import config as configs
from deepfreq_core.errors import RunNotFound
from deepfreq_core.experiments import catalogue
from deepfreq_core.exports import numbers
from deepfreq_core.runs.state import Run, RunState, describe
from deepfreq_core.runs.store import RunStore
from deepfreq_core.version import __version__
from deepfreq_core.web.series_writer import SeriesWriter, Written

_CACHE_BYTES = 64_000_000
_MAX_ENTRIES = 500
_FRESH_S = 0.1


@dataclass(slots=True)
class _Entry:
    """What is known of one run: as it was read last, its measurements as JSON.

    A reset makes a new writer, so who still holds the old one's measurements is not disturbed.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    read_at: float = -math.inf
    run: Run | None = None
    writer: SeriesWriter | None = None

    @property
    def n_bytes(self) -> int:
        return self.writer.n_bytes if self.writer else 0

    def read(self, store: RunStore, run_id: str) -> None:
        n_known = len(self.writer.chunks) if self.writer else 0
        run, measurements = store.read(run_id, since=n_known)
        if self.run is not None and self.run.attempt != run.attempt:
            if n_known:
                run, measurements = store.read(run_id)
            self.writer = None
        self.run = run
        if self.writer is None:
            self.writer = SeriesWriter(catalogue.reader(run.config))
        if measurements and not self.writer.chunks:
            self.writer.begin(store.coordinates(run_id), dict(run.facts))
        for seq, measurement in measurements:
            self.writer.add(seq, measurement)


class SeriesCache:
    """Makes answers; one for all requests of a server, safe in threads.

    Args:
        store: Where runs are.
        max_bytes: What the measurements held ready may take; those not asked for longest go first.
        fresh_s: For how long one look at the store serves everybody.
    """

    def __init__(
        self, store: RunStore, *, max_bytes: int = _CACHE_BYTES, fresh_s: float = _FRESH_S
    ) -> None:
        self._store = store
        self._max_bytes = max_bytes
        self._fresh_s = fresh_s
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def answer(self, run_id: str, *, since: int = 0, attempt: int | None = None) -> bytes:
        """What a client that has the measurements up to `since` of `attempt` lacks.

        Args:
            run_id: The run.
            since: Number of the last measurement the client has; 0 for none.
            attempt: Attempt it is of; where it is not the run's any more, everything is sent.

        Returns:
            JSON.
        """
        run, series = self._read(run_id)
        seq = len(series.chunks)
        reset = since > seq or (attempt is not None and attempt != run.attempt)
        first = 0 if reset else since
        head: dict[str, Any] = describe(run) | {"seq": seq, "reset": reset}
        if run.state is RunState.WAITING:
            queue = self._store.queue()
            head["queue_position"] = place = queue.index(run_id) if run_id in queue else None
            head["starts_in_s"] = None if place is None else self._starts_in(place)
        return whole(head | series.growing, run, series, since=first)

    def _starts_in(self, n_before: int) -> float | None:
        """Seconds until a place is free for a run with so many before it.

        Each run that ends lets the next one begin, so the n-th end from now is the turn of the
        n-th in the queue. A run that began meanwhile may end sooner still. None where it cannot
        be known: not so many are running, or one of them does not know when it ends.
        """
        running = self._store.list(states=[RunState.RUNNING])
        n_before -= max(0, self._store.dispatcher_status().slots - len(running))  # free places
        ends = [(run.progress or {}).get("eta_s") for run in running]
        known = sorted(eta for eta in ends if isinstance(eta, int | float))
        return known[n_before] if 0 <= n_before < len(known) == len(ends) else None

    def _read(self, run_id: str) -> tuple[Run, Written]:
        with self._lock:
            entry = self._entries.setdefault(run_id, _Entry())
            self._entries.move_to_end(run_id)
        # Whoever comes while another one reads waits, and finds it done.
        with entry.lock:
            if entry.run is None or time.monotonic() - entry.read_at > self._fresh_s:
                began = time.monotonic()
                try:
                    entry.read(self._store, run_id)
                except RunNotFound:
                    self._forget(run_id)
                    raise
                entry.read_at = began
            assert entry.run is not None
            assert entry.writer is not None
            found = (entry.run, entry.writer.written())
        self._make_room()
        return found

    def _forget(self, run_id: str) -> None:
        with self._lock:
            self._entries.pop(run_id, None)

    def _make_room(self) -> None:
        with self._lock:
            total = sum(entry.n_bytes for entry in self._entries.values())
            while len(self._entries) > 1 and (
                total > self._max_bytes or len(self._entries) > _MAX_ENTRIES
            ):
                total -= self._entries.popitem(last=False)[1].n_bytes


def whole(head: dict[str, Any], run: Run, series: Written, *, since: int) -> bytes:
    """An answer: its head, what does not change where all is told, and the measurements.

    Args:
        head: What is told in every answer.
        run: The run.
        series: What it measured.
        since: Number of the last measurement that the client has; 0 tells everything.

    Returns:
        JSON.
    """
    if since == 0:
        planned = catalogue.planned(run.config)
        head = head | {
            "facts": dict(run.facts),
            "config": configs.to_dict(run.config),
            "planned": {"end": planned.end, "may_end_earlier": planned.may_end_earlier},
            **series.lasting,
        }
    text = json.dumps(numbers.plain(head))[:-1]
    body = b",\n".join(series.chunks[since:])
    return b"".join([text.encode(), b', "measurements": [', body, b"]}"])


def record(run_id: str, store: RunStore | None = None) -> dict[str, Any]:
    """A run as the series route tells it, whole, with versions: what assets/recorded holds."""
    answer: dict[str, Any] = json.loads(SeriesCache(store or RunStore()).answer(run_id))
    facts = answer["facts"]
    return answer | {"versions": facts.get("versions") or {"deepfreq": __version__}}

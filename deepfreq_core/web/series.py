"""The answer of the series route: a run, and its measurements since the last answer.

    {"run", "title", "state", "is_active", "can_resume", "request", "attempt", "seq", "progress",
     "eta_s", "error", "diverged", "created", "started", "finished",
     "queue_position", "starts_in_s"                      while it waits: runs before it; about
                                                          when its turn comes, where that is known
     "reset",                                             true: forget what you have
     "facts", "config", "inverse_delta": [m], "layers": [L+1]     in whole answers only
     "measurements": [{"seq", "epoch", "step", "scalars": {}, "lfr": [[m] L+1], "rdf", …}]}

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
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.web import numbers

_CACHE_BYTES = 64_000_000
_MAX_ENTRIES = 500
_FRESH_S = 0.1
_SEEDS = "_seeds"  # single seeds: for downloads; charts draw means and their errors
_OWN_KEYS = {"seq", "epoch", "step", "scalars", "inverse_delta"}


@dataclass(slots=True)
class _Entry:
    """What is known of one run: as it was read last, its measurements as JSON.

    The measurement numbered n is `chunks[n - 1]`. A reset makes new lists, so who still holds the
    old ones is not disturbed.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    read_at: float = -math.inf
    run: Run | None = None
    chunks: list[bytes] = field(default_factory=list)
    inverse_delta: str = "[]"
    n_bytes: int = 0

    def read(self, store: RunStore, run_id: str) -> None:
        run, measurements = store.read(run_id, since=len(self.chunks))
        if self.run is not None and self.run.attempt != run.attempt:
            if self.chunks:
                run, measurements = store.read(run_id)
            self.chunks, self.inverse_delta, self.n_bytes = [], "[]", 0
        self.run = run
        for seq, measurement in measurements:
            if seq == 1 and "inverse_delta" in measurement.arrays:
                self.inverse_delta = numbers.array(measurement.arrays["inverse_delta"])
            chunk = measurement_json(seq, measurement).encode()
            self.chunks.append(chunk)
            self.n_bytes += len(chunk)


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
        run, chunks, inverse_delta = self._read(run_id)
        seq = len(chunks)
        reset = since > seq or (attempt is not None and attempt != run.attempt)
        first = 0 if reset else since
        head: dict[str, Any] = head_of(run) | {"seq": seq, "reset": reset}
        if run.state is RunState.WAITING:
            queue = self._store.queue()
            head["queue_position"] = place = queue.index(run_id) if run_id in queue else None
            head["starts_in_s"] = None if place is None else self._starts_in(place)
        text = json.dumps(numbers.plain(head))[:-1]
        if first == 0:
            whole = {
                "facts": dict(run.facts),
                "config": configs.to_dict(run.config),
                "layers": run.layer_names,
            }
            text += f", {json.dumps(numbers.plain(whole))[1:-1]}"
            text += f', "inverse_delta": {inverse_delta}'
        body = b",\n".join(chunks[first:])
        return b"".join([text.encode(), b', "measurements": [', body, b"]}"])

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

    def _read(self, run_id: str) -> tuple[Run, list[bytes], str]:
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
            found = (entry.run, list(entry.chunks), entry.inverse_delta)
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


def head_of(run: Run) -> dict[str, Any]:
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


def measurement_json(seq: int, measurement: Measurement, form: str = numbers.CHART) -> str:
    """One measurement as JSON text, with every array but the grid, which all of a run share."""
    parts = [f'"seq": {seq}, "epoch": {measurement.epoch}, "step": {measurement.step}']
    scalars = ", ".join(
        f"{json.dumps(name)}: {numbers.number(value, form)}"
        for name, value in measurement.scalars.items()
    )
    parts.append(f'"scalars": {{{scalars}}}')
    parts += [
        f"{json.dumps(name)}: {numbers.array(values, form)}"
        for name, values in measurement.arrays.items()
        if name not in _OWN_KEYS and not (form == numbers.CHART and name.endswith(_SEEDS))
    ]
    return f"{{{', '.join(parts)}}}"

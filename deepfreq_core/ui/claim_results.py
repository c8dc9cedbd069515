"""What is known of claims: findings of recorded runs and of those done here, each made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import streamlit as st

from deepfreq_core import settings
from deepfreq_core.chapters import catalogue
from deepfreq_core.runs.state import RunHead
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import claim_runs, records
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.claim_runs import Status
from deepfreq_core.studies.finding import Finding
from deepfreq_core.studies.plan import Planned
from deepfreq_core.ui import cache

_MOST_RESULTS = 64


@dataclass(frozen=True, slots=True)
class Result:
    """What some runs of a claim say.

    Attributes:
        finding: None where there are no such runs.
        made: {"date", "machine", "versions", "backend"} of recorded runs; else empty.
    """

    finding: Finding | None
    made: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """Runs that a result can be made of, and how; nothing is read before it is asked for.

    Attributes:
        key: Which runs they are: what is known for a key stays true.
        make: Reads and judges them.
    """

    key: Hashable
    make: Callable[[], Result]

    @property
    def is_known(self) -> bool:
        """Whether the result is there without any work."""
        return self.key in _kept()

    def result(self) -> Result:
        """The result, made by whoever asks first; those who ask meanwhile wait for it."""
        return _kept().result(self)


def recorded(claim: Claim, here: Status) -> Source:
    """The runs that ship with the project; a claim without a plan is computed instead."""
    path = records.recorded_path(claim)
    if not here.n_planned:
        return Source(claim.slug, lambda: Result(claim.answer([])))
    if not path.is_file():
        return Source((claim.slug, None), lambda: Result(None))

    def make() -> Result:
        traces, made = records.recorded(claim)
        return Result(claim.answer(traces), made) if traces else Result(None)

    return Source((claim.slug, path, path.stat().st_mtime_ns), make)


def done_here(claim: Claim, here: Status) -> Source:
    """The runs of this database that are done; without any there is no finding."""
    url = settings.database_url()

    def make() -> Result:
        store = cache.store()
        traces = [
            _trace(url, claim.slug, run.id, store, planned, run) for planned, run in here.done
        ]
        return Result(claim.answer(traces) if traces else None)

    return Source((claim.slug, url, tuple(run.id for _, run in here.done)), make)


class _Kept:
    """Results by their key, one memory for all viewers of a server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._results: OrderedDict[Hashable, Result] = OrderedDict()
        self._makers: dict[Hashable, Lock] = {}

    def __contains__(self, key: Hashable) -> bool:
        return key in self._results

    def result(self, source: Source) -> Result:
        with self._lock:
            maker = self._makers.setdefault(source.key, Lock())
        with maker:
            found = self._results.get(source.key) or source.make()
            with self._lock:
                self._results[source.key] = found
                self._results.move_to_end(source.key)
                self._makers.pop(source.key, None)
                if len(self._results) > _MOST_RESULTS:
                    self._results.popitem(last=False)
        return found


@st.cache_resource(show_spinner=False)
def _kept() -> _Kept:
    return _Kept()


@st.cache_resource(max_entries=1_000, show_spinner=False)
def _trace(
    url: str, slug: str, run_id: str, _store: RunStore, _planned: Planned, _run: RunHead
) -> Any:
    return claim_runs.read(_store, catalogue.claim(slug), _planned, _run)

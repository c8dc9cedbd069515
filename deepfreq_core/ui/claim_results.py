"""What is known of a claim: recorded runs and those done here, each read once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import streamlit as st

from deepfreq_core import settings
from deepfreq_core.analysis.finding import Finding
from deepfreq_core.claims import catalog, runs
from deepfreq_core.claims.base import Claim
from deepfreq_core.claims.evidence import Trace
from deepfreq_core.experiments.sweep import Planned
from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.ui import cache


@dataclass(frozen=True, slots=True)
class Recorded:
    """Runs that ship with the project.

    Attributes:
        finding: What they say; None where there are none.
        made: {"date", "machine", "versions", "backend"}; empty where there are none.
    """

    finding: Finding | None
    made: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Here:
    """How far the runs of this database are.

    Attributes:
        n_planned: Runs of the plan.
        launched: Those that were launched.
    """

    n_planned: int
    launched: list[tuple[Planned, Run]]

    @property
    def states(self) -> Counter[RunState]:
        """How many launched runs are in each state."""
        return Counter(run.state for _, run in self.launched)

    @property
    def n_done(self) -> int:
        """Runs that are done."""
        return self.states[RunState.DONE]

    @property
    def is_active(self) -> bool:
        """Whether more can come without anybody's doing."""
        return any(state.is_active for state in self.states)

    @property
    def is_complete(self) -> bool:
        """Whether every run of the plan is done."""
        return self.n_done == self.n_planned

    @property
    def broken(self) -> list[tuple[Planned, Run]]:
        """Runs that failed or were lost."""
        ends = {RunState.FAILED, RunState.LOST}
        return [(planned, run) for planned, run in self.launched if run.state in ends]


def recorded(claim: Claim) -> Recorded:
    """What the recorded runs say; a claim without a plan is computed here and now."""
    if not claim.plan():
        return Recorded(_computed(claim.slug), {})
    path = catalog.recorded_path(claim)
    if not path.is_file():
        return Recorded(None, {})
    found: Recorded = _recorded(claim.slug, path.stat().st_mtime_ns)
    return found


def here(claim: Claim) -> Here:
    """How far the runs done here are."""
    return Here(len(claim.plan()), runs.found(cache.store(), claim))


def finding_here(claim: Claim, progress: Here) -> Finding | None:
    """What the runs done here say so far; None before the first is done."""
    done = [(planned, run) for planned, run in progress.launched if run.state is RunState.DONE]
    if not done:
        return None
    ids = tuple(sorted(run.id for _, run in done))
    found: Finding = _found(settings.database_url(), claim.slug, ids, done)
    return found


@st.cache_resource(max_entries=64, show_spinner=False)
def _recorded(slug: str, mtime_ns: int) -> Recorded:
    claim = catalog.claim(slug)
    traces, made = catalog.recorded(claim)
    return Recorded(claim.answer(traces) if traces else None, made)


@st.cache_data(show_spinner="Computing: the filter is being compiled, a few seconds once")
def _computed(slug: str) -> Finding:
    return catalog.claim(slug).answer([])


@st.cache_resource(max_entries=64, show_spinner=False)
def _found(url: str, slug: str, ids: tuple[str, ...], _done: list[tuple[Planned, Run]]) -> Finding:
    store = cache.store()
    traces = [_trace(url, slug, run.id, store, planned, run) for planned, run in _done]
    return catalog.claim(slug).answer(traces)


@st.cache_resource(max_entries=1_000, show_spinner=False)
def _trace(
    url: str, slug: str, run_id: str, _store: RunStore, _planned: Planned, _run: Run
) -> Trace:
    return runs.read(_store, _planned, _run)

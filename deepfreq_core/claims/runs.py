"""A claim's runs in the store: start what is missing, collect what is done.

A run belongs to a case when its config is that of the plan, so results are shared by all who ask
for them, and within the claim's group nothing is computed twice.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache

from deepfreq_core import config as configs
from deepfreq_core import settings
from deepfreq_core.claims.base import Claim
from deepfreq_core.claims.evidence import Trace, trace
from deepfreq_core.errors import cut
from deepfreq_core.experiments.sweep import Planned
from deepfreq_core.runs import files
from deepfreq_core.runs.errors import StoreUnavailable, WrongState
from deepfreq_core.runs.state import Request, Run, RunState
from deepfreq_core.runs.store import LONGEST_TITLE, NewRun, RunStore

_PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Status:
    """How far a claim's runs are.

    Attributes:
        traces: Of the runs that are done.
        n_planned: Runs of the plan.
        states: How many of the plan's runs are in each state; runs not yet launched are left out.
        failed: Runs of the plan that failed or were lost, newest first.
    """

    traces: list[Trace]
    n_planned: int
    states: dict[RunState, int]
    failed: list[Run]

    @property
    def is_active(self) -> bool:
        """Whether more can come without anybody's doing."""
        return any(state.is_active for state in self.states)


def group_of(claim: Claim) -> str:
    """The group that a claim's runs carry; claims on the same runs share it."""
    return f"claim:{claim.evidence or claim.slug}"


def launch(store: RunStore, claim: Claim, *, owner: str) -> list[Run]:
    """Put into the queue those runs of the plan that are not done and not under way, or none.

    Args:
        store: The run store.
        claim: The claim.
        owner: Who asks.

    Returns:
        The new runs.
    """
    with _one_at_a_time():
        kept = {
            fingerprint
            for fingerprint, run in _by_fingerprint(store, claim).items()
            if run.state.is_active or run.state is RunState.DONE
        }
        new = [
            NewRun(planned.config, _title(claim, planned))
            for fingerprint, planned in _planned(claim)
            if fingerprint not in kept
        ]
        return store.create_many(new, owner=owner, group=group_of(claim))


def _title(claim: Claim, planned: Planned) -> str:
    """Title of a run: the claim's gives way where the whole is too long."""
    end = f": {planned.label}, seed {planned.config.seed}"
    return cut(claim.title, LONGEST_TITLE - len(end)) + end


@contextmanager
def _one_at_a_time() -> Generator[None]:
    """Two who ask at the same moment must not both find the same runs missing.

    Raises:
        StoreUnavailable: Somebody else on this machine has been starting runs for half a minute.
    """
    lock = files.lock(settings.home() / "claims.lock", wait_s=_PATIENCE_S)
    if lock is None:
        raise StoreUnavailable("somebody else is starting the runs of a claim. Try again")
    try:
        yield
    finally:
        os.close(lock)


def stop(store: RunStore, claim: Claim, *, owner: str) -> None:
    """Ask those runs of the claim that this owner launched and that are not over to stop."""
    for run in store.list(group=group_of(claim), owner=owner):
        if run.state.is_active:
            with suppress(WrongState):  # it ended just now
                store.request(run.id, Request.STOP, owner=owner)


def read(store: RunStore, planned: Planned, run: Run) -> Trace:
    """What a finished run of the plan says."""
    measurements = [measurement for _, measurement in store.measurements(run.id)]
    return trace(planned.case, run.config.seed, measurements, run.facts, layers=run.layer_names)


def found(store: RunStore, claim: Claim) -> list[tuple[Planned, Run]]:
    """The plan's runs that were launched, in the plan's order; no measurement is read."""
    runs = _by_fingerprint(store, claim)
    return [(planned, runs[f]) for f, planned in _planned(claim) if f in runs]


def status(
    store: RunStore, claim: Claim, *, read: Callable[[RunStore, Planned, Run], Trace] = read
) -> Status:
    """What is done, and what is under way.

    Args:
        store: The run store.
        claim: The claim.
        read: How a finished run is read; the dashboard remembers what it has read.
    """
    launched = found(store, claim)
    return Status(
        traces=[read(store, p, run) for p, run in launched if run.state is RunState.DONE],
        n_planned=len(_planned(claim)),
        states=dict(Counter(run.state for _, run in launched)),
        failed=[run for _, run in launched if run.state in {RunState.FAILED, RunState.LOST}],
    )


@lru_cache(maxsize=64)
def _planned(claim: Claim) -> tuple[tuple[str, Planned], ...]:
    """The plan with the fingerprint of each config."""
    return tuple((configs.fingerprint(planned.config), planned) for planned in claim.plan())


def _by_fingerprint(store: RunStore, claim: Claim) -> dict[str, Run]:
    """The best run of each config: done before under way, under way before ended, then newest."""
    best: dict[str, Run] = {}
    for run in store.list(group=group_of(claim)):
        fingerprint = configs.fingerprint(run.config)
        if fingerprint not in best or _rank(run) > _rank(best[fingerprint]):
            best[fingerprint] = run
    return best


def _rank(run: Run) -> int:
    return 2 if run.state is RunState.DONE else int(run.state.is_active)

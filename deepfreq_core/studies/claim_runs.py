"""A claim's runs in the store: start what is missing, collect what is done.

A run belongs to a case when its config is that of the plan, so results are shared by all who ask
for them, and within the claim's group nothing is computed twice.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from deepfreq_core import config as configs
from deepfreq_core import settings
from deepfreq_core.errors import ConfigError, cut
from deepfreq_core.experiments import catalogue
from deepfreq_core.runs import files
from deepfreq_core.runs.errors import StoreUnavailable
from deepfreq_core.runs.rows import config_from_text
from deepfreq_core.runs.state import Run, RunHead, RunState
from deepfreq_core.runs.store import LONGEST_TITLE, NewRun, RunStore
from deepfreq_core.studies import sweep_runs
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.plan import Planned

_PATIENCE_S = 30.0
_CONFIGS = 4_096  # distinct settings whose fingerprints are kept


@dataclass(frozen=True, slots=True)
class Status:
    """How far the runs of a claim are.

    Attributes:
        n_planned: Runs of the plan.
        launched: Those of the plan that were launched, in its order.
    """

    n_planned: int
    launched: list[tuple[Planned, RunHead]]

    @property
    def states(self) -> Counter[RunState]:
        """How many launched runs are in each state."""
        return Counter(run.state for _, run in self.launched)

    @property
    def done(self) -> list[tuple[Planned, RunHead]]:
        """Runs that are done."""
        return [(planned, run) for planned, run in self.launched if run.state is RunState.DONE]

    @property
    def n_done(self) -> int:
        """How many runs are done."""
        return self.states[RunState.DONE]

    @property
    def is_active(self) -> bool:
        """Whether more can come without anybody's doing."""
        return any(state.is_active for state in self.states)

    @property
    def is_complete(self) -> bool:
        """Whether there is a plan and every run of it is done."""
        return 0 < self.n_planned == self.n_done

    @property
    def broken(self) -> list[tuple[Planned, RunHead]]:
        """Runs that failed or were lost, in the plan's order."""
        ends = {RunState.FAILED, RunState.LOST}
        return [(planned, run) for planned, run in self.launched if run.state in ends]


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
    sweep_runs.stop(store, store.list(group=group_of(claim), owner=owner), owner=owner)


def read(store: RunStore, claim: Claim, planned: Planned, run: RunHead) -> Any:
    """What a finished run of the plan says."""
    found, numbered = store.read(run.id)
    coordinates = catalogue.reader(planned.config).known() | store.coordinates(run.id)
    return claim.reads.read(
        planned.case,
        planned.config.seed,
        [one for _, one in numbered],
        coordinates,
        found.facts,
    )


def statuses(store: RunStore, claims: Iterable[Claim]) -> dict[str, Status]:
    """How far each of these claims is, by slug: one look at the store; no measurement is read."""
    claims = tuple(claims)
    groups: dict[str, list[RunHead]] = {group_of(claim): [] for claim in claims}
    for head in store.heads(groups):
        groups[head.group].append(head)
    found = {}
    for claim in claims:
        planned, best = _planned(claim), _best(groups[group_of(claim)])
        launched = [(one, best[key]) for key, one in planned if key in best]
        found[claim.slug] = Status(len(planned), launched)
    return found


@lru_cache(maxsize=64)
def _planned(claim: Claim) -> tuple[tuple[str, Planned], ...]:
    """The plan with the fingerprint of each config."""
    return tuple((configs.fingerprint(planned.config), planned) for planned in claim.plan())


def _by_fingerprint(store: RunStore, claim: Claim) -> dict[str, RunHead]:
    return _best(store.heads([group_of(claim)]))


def _best(heads: Iterable[RunHead]) -> dict[str, RunHead]:
    """The best run of each config: done before under way, under way before ended, then newest."""
    best: dict[str, RunHead] = {}
    for head in heads:
        key = _fingerprint(head.config)
        if key is not None and (key not in best or _rank(head) > _rank(best[key])):
            best[key] = head
    return best


@lru_cache(maxsize=_CONFIGS)
def _fingerprint(config: str) -> str | None:
    """The fingerprint of a stored config; None where this version cannot read it."""
    try:
        return configs.fingerprint(config_from_text(config))
    except ConfigError:
        return None


def _rank(run: RunHead) -> int:
    return 2 if run.state is RunState.DONE else int(run.state.is_active)

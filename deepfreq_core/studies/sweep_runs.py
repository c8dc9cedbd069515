"""Sweeps in the store: started together, found again by their group.

A sweep is all runs of one group; nothing else is kept of it. What varies is read off the runs' own
settings, so a sweep is whole after any restart and in any browser. In a group `sweep:<id>` depth
varies until a loss is reached, and its chapter has more to say of it; in `study:<id>` anything may.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from deepfreq_core.errors import cut
from deepfreq_core.runs.errors import WrongState
from deepfreq_core.runs.state import Request, Run, RunState
from deepfreq_core.runs.store import LONGEST_TITLE, NewRun, RunStore, new_id
from deepfreq_core.studies import outcomes, sweep_plan
from deepfreq_core.studies.plan import Planned

_DEPTH = "sweep:"
_FREE = "study:"
_DOT = " · "  # between the title of a sweep and what is special to one of its runs
_END = LONGEST_TITLE // 2  # of a run's title, for what is special to it
_LATEST = 2_000  # of an owner's runs that are looked through for sweeps


@dataclass(frozen=True)
class Sweep:
    """All runs that were started together.

    Attributes:
        id: Ten characters, as in links.
        title: One line for people.
        runs: In order of launch; at least one.
        is_depth: Whether it was started as a sweep of depths.
    """

    id: str
    title: str
    runs: tuple[Run, ...]
    is_depth: bool

    @cached_property  # dumps the settings of every run
    def axes(self) -> tuple[str, ...]:
        """Settings that vary besides the seed, the slowest first."""
        return outcomes.varied([run.config for run in self.runs])

    @property
    def owner(self) -> str:
        """Who launched it."""
        return self.runs[0].owner

    @property
    def states(self) -> Counter[RunState]:
        """How many runs are in each state."""
        return Counter(run.state for run in self.runs)

    @property
    def is_active(self) -> bool:
        """Whether more can come without anybody's doing."""
        return any(run.state.is_active for run in self.runs)

    @property
    def can_resume(self) -> bool:
        """Whether some runs ended without being done."""
        return any(run.state.can_resume for run in self.runs)

    @property
    def target(self) -> float:
        """The loss to reach."""
        return sweep_plan.target(self.runs[0].config)

    @property
    def second(self) -> str | None:
        """The setting that varies besides depth and seed, or None; for sweeps of depths."""
        path = sweep_plan.depth_path(self.runs[0].config)
        return next((one for one in self.axes if one != path), None)

    @property
    def depths(self) -> set[int]:
        """Numbers of hidden layers."""
        return {sweep_plan.n_layers(run.config) for run in self.runs}

    @property
    def seeds(self) -> set[int]:
        """Seeds of each network."""
        return {run.config.seed for run in self.runs}

    def values(self, path: str) -> tuple[str, ...]:
        """Values of a setting as text, in order of launch."""
        return tuple(dict.fromkeys(outcomes.text_at(run.config, path) for run in self.runs))

    @property
    def done(self) -> tuple[Run, ...]:
        """Finished runs."""
        return tuple(run for run in self.runs if run.state is RunState.DONE)

    @property
    def broken(self) -> tuple[Run, ...]:
        """Runs that failed or were lost."""
        return tuple(run for run in self.runs if run.state in {RunState.FAILED, RunState.LOST})


def launch(
    store: RunStore,
    planned: Sequence[Planned],
    *,
    owner: str,
    preset: str | None,
    title: str,
    is_depth: bool = False,
) -> str:
    """Put all runs of a sweep into the queue, or none of them.

    Args:
        store: The run store.
        planned: Its runs.
        owner: Who asks.
        preset: Slug of the preset they started from, or None.
        title: Title of the sweep.
        is_depth: Whether depth varies until a loss is reached, with one setting more at most.

    Returns:
        The sweep's id.
    """
    sweep_id = new_id()
    ends = [
        cut(_DOT + ", ".join([*filter(None, [one.label]), f"seed {one.config.seed}"]), _END)
        for one in planned
    ]
    title = cut(title, LONGEST_TITLE - max(map(len, ends)))
    new = [NewRun(one.config, title + end) for one, end in zip(planned, ends, strict=True)]
    group = (_DEPTH if is_depth else _FREE) + sweep_id
    store.create_many(new, owner=owner, preset=preset, group=group)
    return sweep_id


def find(store: RunStore, sweep_id: str) -> Sweep | None:
    """The sweep with this id, or None where there is none (any more)."""
    for prefix in (_DEPTH, _FREE):
        if runs := store.list(group=prefix + sweep_id):
            return _sweep(runs)
    return None


def sweeps_of(store: RunStore, owner: str) -> list[Sweep]:
    """An owner's sweeps, newest first."""
    groups: dict[str, list[Run]] = {}
    for run in store.list(owner=owner, limit=_LATEST):
        if run.group is not None and run.group.startswith((_DEPTH, _FREE)):
            groups.setdefault(run.group, []).append(run)
    return [_sweep(runs) for runs in groups.values()]


def stop(store: RunStore, runs: Iterable[Run], *, owner: str | None = None) -> None:
    """Ask every one of these runs that is not yet over to stop."""
    for run in runs:
        if run.state.is_active:
            with suppress(WrongState):  # it ended just now
                store.request(run.id, Request.STOP, owner=owner)


def resume(store: RunStore, runs: Iterable[Run], *, owner: str | None = None) -> None:
    """Put every one of these runs that ended without being done back into the queue."""
    for run in runs:
        if run.state.can_resume:
            with suppress(WrongState):  # somebody else was faster
                store.resume(run.id, owner=owner)


def _sweep(runs: Sequence[Run]) -> Sweep:
    ordered = tuple(reversed(runs))  # the store lists the newest first
    kind, _, sweep_id = (ordered[0].group or "").partition(":")
    return Sweep(
        id=sweep_id,
        title=ordered[0].title.partition(_DOT)[0],
        runs=ordered,
        is_depth=f"{kind}:" == _DEPTH,
    )

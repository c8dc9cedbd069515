"""Depth sweeps in the store: started together, found again by their group.

A sweep is all runs of one group `sweep:<id>`; nothing else is kept of it. What varies is read off
the runs' own settings, so a sweep is whole after any restart and in any browser.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.errors import cut
from deepfreq_core.runs.errors import WrongState
from deepfreq_core.runs.state import Request, Run, RunState
from deepfreq_core.runs.store import LONGEST_TITLE, NewRun, RunStore, new_id
from deepfreq_core.studies import sweep_plan
from deepfreq_core.studies.plan import Planned
from deepfreq_core.studies.sweep_plan import Other

_PREFIX = "sweep:"
_FREE = "study:"  # where any settings vary: the page of depth sweeps has nothing to say of these
_DOT = " · "  # between the title of a sweep and what is special to one of its runs
_END = LONGEST_TITLE // 2  # of a run's title, for what is special to it
_LATEST = 2_000  # of an owner's runs that are looked through for sweeps


@dataclass(frozen=True, slots=True)
class Sweep:
    """All runs that were started together.

    Attributes:
        id: Ten characters, as in links.
        title: One line for people.
        runs: In order of launch; at least one.
        second: What varies besides depth and seed, or None.
    """

    id: str
    title: str
    runs: tuple[Run, ...]
    second: Other | None

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
    def depths(self) -> set[int]:
        """Numbers of hidden layers."""
        return {sweep_plan.n_layers(run.config) for run in self.runs}

    @property
    def seeds(self) -> set[int]:
        """Seeds of each network."""
        return {run.config.seed for run in self.runs}

    @property
    def values(self) -> tuple[str, ...]:
        """Values of what varies besides depth and seed, as text, in order of launch."""
        if self.second is None:
            return ()
        return tuple(dict.fromkeys(label(run.config, self.second) for run in self.runs))

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
    is_free: bool = False,
) -> str:
    """Put all runs of a sweep into the queue, or none of them.

    Args:
        store: The run store.
        planned: Its runs.
        owner: Who asks.
        preset: Slug of the preset they started from, or None.
        title: Title of the sweep.
        is_free: Whether any settings vary, not depth.

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
    group = (_FREE if is_free else _PREFIX) + sweep_id
    store.create_many(new, owner=owner, preset=preset, group=group)
    return sweep_id


def find(store: RunStore, sweep_id: str) -> Sweep | None:
    """The sweep with this id, or None where there is none (any more)."""
    runs = store.list(group=_PREFIX + sweep_id)
    return _sweep(runs) if runs else None


def runs_together(store: RunStore, sweep_id: str) -> tuple[Run, ...]:
    """All runs of a sweep, whatever varies in it, in order of launch; none where there is none."""
    for prefix in (_PREFIX, _FREE):
        runs = store.list(group=prefix + sweep_id)
        if runs:
            return tuple(reversed(runs))
    return ()


def is_free(run: Run) -> bool:
    """Whether it belongs to a sweep of any settings."""
    return (run.group or "").startswith(_FREE)


def title_of(runs: Sequence[Run]) -> str:
    """Title of the sweep that these runs are."""
    return runs[0].title.partition(_DOT)[0]


def sweeps_of(store: RunStore, owner: str) -> list[Sweep]:
    """An owner's sweeps, newest first."""
    groups: dict[str, list[Run]] = {}
    for run in store.list(owner=owner, limit=_LATEST):
        if run.group is not None and run.group.startswith(_PREFIX):
            groups.setdefault(run.group, []).append(run)
    return [_sweep(runs) for runs in groups.values()]


def stop(store: RunStore, sweep: Sweep, *, owner: str | None = None) -> None:
    """Ask every run that is not yet over to stop."""
    for run in sweep.runs:
        if run.state.is_active:
            with suppress(WrongState):  # it ended just now
                store.request(run.id, Request.STOP, owner=owner)


def resume(store: RunStore, sweep: Sweep, *, owner: str | None = None) -> None:
    """Put every run that ended without being done back into the queue."""
    for run in sweep.runs:
        if run.state.can_resume:
            with suppress(WrongState):  # somebody else was faster
                store.resume(run.id, owner=owner)


def _sweep(runs: Sequence[Run]) -> Sweep:
    ordered = tuple(reversed(runs))  # the store lists the newest first
    group = ordered[0].group or ""
    return Sweep(
        id=group.removeprefix(_PREFIX),
        title=title_of(ordered),
        runs=ordered,
        second=_varied([run.config for run in ordered]),
    )


def _varied(found: Sequence[RunConfig]) -> Other | None:
    for one in sweep_plan.OTHERS:
        if len({label(config, one) for config in found}) > 1:
            return one
    return None


def label(config: RunConfig, second: Other) -> str:
    """Value of the second axis in these settings, as text."""
    value = configs.lookup(configs.to_dict(config), second.path)
    if value is configs.ABSENT:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

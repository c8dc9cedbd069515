"""A depth sweep on the page: how far it is, what its finished runs say, the table to take away."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from deepfreq_core import settings
from deepfreq_core.chapters import catalogue
from deepfreq_core.chapters.deep_frequency import depth, depth_charts, one_dimension
from deepfreq_core.chapters.deep_frequency.depth import DepthRun
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.state import Run
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import records, sweep_runs
from deepfreq_core.studies.finding import Chart
from deepfreq_core.studies.sweep_plan import Other
from deepfreq_core.studies.sweep_runs import Sweep
from deepfreq_core.ui import (
    act,
    cache,
    claim_words,
    fields,
    finding_view,
    owner,
    sweep_settings,
    texts,
    ticking,
)

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class _Said:
    """What finished runs of a sweep say: in a sentence, in charts, in a table."""

    sentence: str
    charts: tuple[Chart, ...]
    rows: list[dict[str, str]]


def show(sweep_id: str | None) -> None:
    """The sweep, looked at again while it is under way; the recorded one where there is none."""
    if sweep_id is None:
        _example()
        return
    sweep = sweep_runs.find(cache.store(), sweep_id)
    if sweep is None:
        st.warning(f"There is no sweep {sweep_id} (any more). Pick another one, or start one.")
        return
    ticking.show(lambda: _draw(sweep_id), active=sweep.is_active)


def _example() -> None:
    """The recorded runs of the claim on depth, which are a sweep."""
    claim = catalogue.claim("depth-speed")
    path = records.recorded_path(claim)
    found, made = _recorded(claim.slug, path.stat().st_mtime_ns) if path.is_file() else ([], {})
    if not found:
        _findings(
            "nothing",
            [],
            "",
            one_dimension.TARGET,
            why_empty="choose depths, then “Start together”",
        )
        return
    st.markdown("**Recorded: one dimension, cos 3x + cos 5x, two initialisations**")
    st.caption(
        f"{len(found)} runs, {made['date']}, {made['machine']}. {texts.plain(claim.settings)} "
        "Choose depths and press “Start together”: your sweep takes this one's place."
    )
    key = f"{claim.slug}: {path.stat().st_mtime_ns}"
    _findings(key, found, "initialisation", one_dimension.TARGET)


def _draw(sweep_id: str) -> bool:
    sweep = sweep_runs.find(cache.store(), sweep_id)
    if sweep is None:  # deleted while it was on show
        return False
    _bar(sweep)
    found = _in_words([
        _read(settings.database_url(), run.id, cache.store(), run, sweep.second)
        for run in sweep.done
    ])
    name = sweep.second.name if sweep.second else ""
    ids = [" ".join(run.id for run in some) for some in (sweep.runs, sweep.done)]
    key = f"{settings.database_url()}: {ids[0]}: {ids[1]}"
    _findings(key, found, name, sweep.target, sweep.depths)
    if found:
        st.download_button(
            "Download CSV, one row a layer of a run",
            _as_csv(depth.rows_by_run(found, name)),
            file_name=f"deepfreq-sweep-{sweep.id}.csv",
            mime="text/csv",
            key="sweep.csv",
            icon=":material/download:",
            on_click="ignore",
        )
    return sweep.is_active


def _bar(sweep: Sweep) -> None:
    """Name, progress, failures, and the buttons of whoever started it."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{texts.plain(sweep.title)}**", width="stretch")
        st.caption(f"{claim_words.states(sweep.states, len(sweep.runs))}.", width="content")
        if sweep.owner != owner.current():
            st.caption("Somebody else's sweep: watch only.", width="content")
        elif sweep.is_active:
            asked = all(run.request for run in sweep.runs if run.state.is_active)
            act.button(
                "Stopping …" if asked else "Stop all",
                lambda: _stop(sweep),
                key="sweep.stop",
                state=f"{sweep.id}.{asked}",
                disabled=asked,
            )
        elif sweep.can_resume:
            act.button(
                "Resume the rest", lambda: _resume(sweep), key="sweep.resume", state=sweep.id
            )
        sweep_settings.fold(sweep)
    st.caption(sweep_settings.line(sweep))
    if sweep.is_active:
        st.progress(len(sweep.done) / len(sweep.runs))
    if sweep.broken:
        named = [
            f"- {texts.plain(run.title.rpartition(' · ')[2])}: "
            f"{texts.plain(run.error or 'no reason was given')}"
            for run in sweep.broken[:_MOST_NAMED]
        ]
        n = len(sweep.broken)
        if n > _MOST_NAMED:
            named.append(f"- and {n - _MOST_NAMED} more, on the page “Runs”")
        head = f"{n} {'run' if n == 1 else 'runs'} failed and will be missing from the charts."
        st.warning("\n".join([head, "", *named]), icon=":material/error:")


def _findings(
    key: str,
    found: Sequence[DepthRun],
    other_name: str,
    target: float,
    planned: Iterable[int] = (),
    why_empty: str = "appears with the first finished run",
) -> None:
    """Sentence, charts and table; made once for a `key`, which names the runs."""
    said = _said(key, found, other_name, target, planned)
    if found:
        st.markdown(f"#### {texts.plain(said.sentence)}")
    finding_view.charts(said.charts, key="sweep", leads=True, why_empty=why_empty)
    finding_view.table(said.rows)


def _in_words(found: Sequence[DepthRun]) -> list[DepthRun]:
    """The same runs with values of the second axis as the form has them."""
    return [replace(run, other=fields.in_words(run.other)) for run in found]


def _stop(sweep: Sweep) -> None:
    sweep_runs.stop(cache.store(), sweep, owner=owner.current())


def _resume(sweep: Sweep) -> None:
    sweep_runs.resume(cache.store(), sweep, owner=owner.current())
    dispatcher.ensure_running()


def _as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@st.cache_resource(max_entries=32, show_spinner=False)
def _said(
    key: str,
    _found: Sequence[DepthRun],
    _other_name: str,
    _target: float,
    _planned: Iterable[int],
) -> _Said:
    return _Said(
        depth.sentence(_found, _other_name),
        depth_charts.charts(_found, _other_name, _target, _planned),
        depth.table(_found, _other_name),
    )


@st.cache_resource(max_entries=4, show_spinner=False)
def _recorded(slug: str, mtime_ns: int) -> tuple[list[DepthRun], dict[str, Any]]:
    traces, made = records.recorded(catalogue.claim(slug))
    return one_dimension.depth_runs(traces), made


@st.cache_resource(max_entries=1_000, show_spinner=False)
def _read(url: str, run_id: str, _store: RunStore, _run: Run, _second: Other | None) -> DepthRun:
    return depth.read(_store, _run, _second)

"""What finished runs of a sweep of depths say, as the chapter on depth tells it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from deepfreq_core import settings
from deepfreq_core.chapters import catalogue
from deepfreq_core.chapters.deep_frequency import depth, depth_charts, one_dimension
from deepfreq_core.chapters.deep_frequency.depth import DepthRun
from deepfreq_core.runs.state import Run
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import records
from deepfreq_core.studies.finding import Chart
from deepfreq_core.studies.sweep_runs import Sweep
from deepfreq_core.ui import cache, fields, finding_view, sweep_axes, texts
from deepfreq_core.ui.sweep_outcomes import download


@dataclass(frozen=True, slots=True)
class _Said:
    """What finished runs of a sweep say: in a sentence, in charts, in a table."""

    sentence: str
    charts: tuple[Chart, ...]
    rows: list[dict[str, str]]


def is_meant(sweep: Sweep) -> bool:
    """Whether the chapter can read the runs of this sweep."""
    return sweep.is_depth and depth.can_read(sweep.runs[0].config)


def show(sweep: Sweep, *, why_empty: str) -> None:
    """Sentence, charts, table and the numbers to take away."""
    found = _in_words([
        _read(settings.database_url(), run.id, cache.store(), run, sweep.second)
        for run in sweep.done
    ])
    name = sweep_axes.name(sweep.second, sweep.runs[0].config) if sweep.second else ""
    ids = [" ".join(run.id for run in some) for some in (sweep.runs, sweep.done)]
    key = f"{settings.database_url()}: {ids[0]}: {ids[1]}"
    _findings(key, found, name, sweep.target, sweep.depths, why_empty)
    if found:
        download("Download CSV, one row a layer of a run", depth.rows_by_run(found, name), sweep.id)


def example() -> None:
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
            why_empty="choose what varies, then “Start together”",
        )
        return
    st.markdown("**Recorded: one dimension, cos 3x + cos 5x, two initialisations**")
    st.caption(
        f"{len(found)} runs, {made['date']}, {made['machine']}. {texts.plain(claim.settings)} "
        "Choose what varies and press “Start together”: your sweep takes this one's place."
    )
    key = f"{claim.slug}: {path.stat().st_mtime_ns}"
    _findings(key, found, "initialisation", one_dimension.TARGET)


def _findings(
    key: str,
    found: Sequence[DepthRun],
    other_name: str,
    target: float,
    planned: Iterable[int] = (),
    why_empty: str = "",
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
def _read(url: str, run_id: str, _store: RunStore, _run: Run, _second: str | None) -> DepthRun:
    return depth.read(_store, _run, _second)

"""One outcome of a sweep's finished runs against what varies: sentence, chart, table, numbers."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from deepfreq_core import settings
from deepfreq_core.runs.state import Run
from deepfreq_core.runs.store import RunStore
from deepfreq_core.schema.reader import OutcomeValue
from deepfreq_core.studies import outcome_report, outcomes
from deepfreq_core.studies.finding import Chart
from deepfreq_core.studies.outcomes import Outcomes
from deepfreq_core.studies.sweep_runs import Sweep
from deepfreq_core.ui import cache, finding_view, sweep_axes, sweep_picker, texts


@dataclass(frozen=True, slots=True)
class _Said:
    """What finished runs say of an outcome: in a sentence, in charts, in a table."""

    sentence: str
    charts: tuple[Chart, ...]
    rows: list[dict[str, str]]


def show(sweep: Sweep, name: str, choices: DeltaGenerator, *, why_empty: str) -> None:
    """Draw this outcome, from what is stored; made once for as many runs as have finished.

    Args:
        sweep: The sweep.
        name: The outcome, by its whole name.
        choices: Where a label is chosen, if the outcome has any.
        why_empty: What stands in a chart without a point.
    """
    key = f"{settings.database_url()}: {sweep.id}: {' '.join(run.id for run in sweep.done)}: {name}"
    found = _found(key, sweep, name)
    if found.dim and found.runs:
        with choices:
            label = sweep_picker.label(sweep, found)
        if label:
            key, found = f"{key}: {label}", found.only(label)
    else:
        sweep_picker.forget_label()
    said = _said(key, found)
    if said.sentence:
        so_far = "So far, " if sweep.is_active else ""
        sentence = said.sentence[0].lower() + said.sentence[1:] if so_far else said.sentence
        st.markdown(f"#### {so_far}{texts.plain(sentence)}")
    leads = len(said.charts) == 1
    finding_view.charts(said.charts, key="sweep", leads=leads, why_empty=why_empty)
    finding_view.table(said.rows)
    if found.runs:
        rows = outcome_report.rows_by_run(found)
        each = "run and label" if found.dim else "run"
        download(f"Download CSV, one row a {each}", rows, sweep.id)


def download(label: str, rows: Sequence[Mapping[str, object]], sweep_id: str) -> None:
    """A button that saves these rows as CSV."""
    st.download_button(
        label,
        _as_csv(rows),
        file_name=f"deepfreq-sweep-{sweep_id}.csv",
        mime="text/csv",
        key="sweep.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _as_csv(rows: Sequence[Mapping[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@st.cache_resource(max_entries=32, show_spinner=False)
def _found(key: str, _sweep: Sweep, _name: str) -> Outcomes:
    base = _sweep.runs[0].config
    return outcomes.collect(
        _sweep.runs,
        _name,
        lambda run: _of_run(settings.database_url(), run.id, cache.store(), run),
        called=lambda path: sweep_axes.name(path, base),
        said=lambda path, text: sweep_axes.in_words(base, path, text),
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _said(key: str, _found: Outcomes) -> _Said:
    return _Said(
        outcome_report.sentence(_found), outcome_report.charts(_found), outcome_report.table(_found)
    )


@st.cache_resource(max_entries=2_000, show_spinner=False)
def _of_run(url: str, run_id: str, _store: RunStore, _run: Run) -> Mapping[str, OutcomeValue]:
    return outcomes.of_run(_store, _run)

"""Which run is on show: one's own newest runs, to choose from."""

from __future__ import annotations

import time

import streamlit as st

from deepfreq_core.runs.state import Run
from deepfreq_core.ui import cache, owner, state_words

_MOST = 30


def pick(run_key: str) -> None:
    """A selection of this browser's newest runs; the choice goes to session state `run_key`."""
    runs = {run.id: run for run in cache.store().list(owner=owner.current(), limit=_MOST)}
    shown = st.session_state.get(run_key)
    options = list(runs) if shown in runs or shown is None else [shown, *runs]
    if not options:
        return
    widget = f"{run_key}.picker"
    st.session_state[widget] = shown
    st.selectbox(
        "Run on show",
        options,
        index=None,
        key=widget,
        placeholder="none yet",
        format_func=lambda run_id: _line(runs[run_id]) if run_id in runs else str(run_id),
        on_change=lambda: st.session_state.update({run_key: st.session_state[widget]}),
        help="Your newest runs. All runs of everybody are on the page “Runs”.",
    )


def _line(run: Run) -> str:
    when = time.strftime("%H:%M", time.localtime(run.created))
    return f"{when} · {run.title} · {state_words.word(run)}"

"""A sweep on the page: how far it is, which outcome is looked at, what its finished runs say."""

from __future__ import annotations

import streamlit as st

from deepfreq_core.runs import dispatcher
from deepfreq_core.studies import sweep_runs
from deepfreq_core.studies.outcomes import SPEED
from deepfreq_core.studies.sweep_runs import Sweep
from deepfreq_core.ui import (
    act,
    cache,
    claim_words,
    owner,
    sweep_depth,
    sweep_outcomes,
    sweep_picker,
    sweep_settings,
    texts,
    ticking,
)

_MOST_NAMED = 3


def show(sweep_id: str | None) -> None:
    """The sweep, looked at again while it is under way; the recorded one where there is none."""
    if sweep_id is None:
        sweep_depth.example()
        return
    sweep = sweep_runs.find(cache.store(), sweep_id)
    if sweep is None:
        st.warning(f"There is no sweep {sweep_id} (any more). Pick another one, or start one.")
        return
    ticking.show(lambda: _draw(sweep_id), active=sweep.is_active)


def _draw(sweep_id: str) -> bool:
    sweep = sweep_runs.find(cache.store(), sweep_id)
    if sweep is None:  # deleted while it was on show
        return False
    _bar(sweep)
    choices = st.container(horizontal=True)
    with choices:
        outcome = sweep_picker.outcome(sweep)
    if outcome == SPEED and sweep_depth.is_meant(sweep):
        sweep_picker.forget_label()
        sweep_depth.show(sweep, why_empty=_why_empty(sweep))
    else:
        sweep_outcomes.show(sweep, outcome, choices, why_empty=_why_empty(sweep))
    return sweep.is_active


def _why_empty(sweep: Sweep) -> str:
    if sweep.is_active:
        return "appears with the first finished run"
    if len(sweep.broken) == len(sweep.runs):
        return "every run failed: see above why"
    return "no run has finished: “Resume the rest” goes on"


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
        after = "The page “Runs” has their logs. Change what is named, and start anew."
        st.warning("\n".join([head, "", *named, "", after]), icon=":material/error:")


def _stop(sweep: Sweep) -> None:
    sweep_runs.stop(cache.store(), sweep.runs, owner=owner.current())


def _resume(sweep: Sweep) -> None:
    sweep_runs.resume(cache.store(), sweep.runs, owner=owner.current())
    dispatcher.ensure_running()

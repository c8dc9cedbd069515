"""What a person can do to a run: launch, stop, pause, resume, delete."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from deepfreq_core.config import RunConfig
from deepfreq_core.errors import RunNotFound
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.state import Request, Run
from deepfreq_core.runs.store import LONGEST_TITLE
from deepfreq_core.ui import act, cache, owner


def launch_button(
    label: str, config: RunConfig | None, *, preset: str, title: str, key: str, run_key: str
) -> None:
    """A button that launches these settings; disabled where they cannot be run.

    Args:
        label: What stands on it.
        config: The settings, or None.
        preset: Slug of the preset they started from.
        title: Title of the run.
        key: Session key.
        run_key: Session key that takes the new run's id.
    """

    def launch() -> None:
        if config is not None:
            run = cache.store().create(config, owner=owner.required(), title=title, preset=preset)
            dispatcher.ensure_running()
            st.session_state[run_key] = run.id

    act.button(label, launch, key=key, kind="primary", disabled=config is None, width="stretch")


def run_buttons(run: Run, *, key: str) -> None:
    """Stop, pause and resume, for the run's owner; the others may watch."""
    if not owner.is_mine(run):
        st.caption("Somebody else's run: watch and export only.", width="content")
        return
    asked = run.request is not None
    if run.state.is_active:
        _button("Stop", "stop", key, asked, lambda: _ask(run.id, Request.STOP))
        _button("Pause", "pause", key, asked, lambda: _ask(run.id, Request.PAUSE))
    if run.state.can_resume:
        _button("Resume", "resume", key, False, lambda: _resume(run.id))


def title_field(run: Run, *, key: str) -> None:
    """The run's title, for its owner to change."""
    if not owner.is_mine(run):
        return
    name = f"{key}.title.{run.id}"

    def rename() -> None:
        cache.store().rename(run.id, st.session_state[name], owner=owner.current())

    st.text_input(
        "Title",
        run.title,
        key=name,
        max_chars=LONGEST_TITLE,
        on_change=lambda: act.attempt(rename),
    )


def delete_button(run: Run, *, key: str) -> None:
    """Delete, for the owner of a run that is not active; asks once more first."""
    if not owner.is_mine(run) or run.state.is_active:
        return
    sure = st.checkbox("Delete it for good, with its measurements and log", key=f"{key}.sure")
    _button("Delete this run", "delete", key, not sure, lambda: _delete(run.id))


def current(run_id: str | None) -> Run | None:
    """The run with this id, or None with a sentence for the reader."""
    if run_id is None:
        return None
    try:
        return cache.store().get(run_id)
    except RunNotFound:
        st.warning(f"There is no run {run_id} (any more). Pick another one, or launch a new one.")
        return None


def _ask(run_id: str, request: Request) -> None:
    cache.store().request(run_id, request, owner=owner.current())


def _resume(run_id: str) -> None:
    cache.store().resume(run_id, owner=owner.current())
    dispatcher.ensure_running()


def _delete(run_id: str) -> None:
    cache.store().delete(run_id, owner=owner.current())


def _button(label: str, name: str, key: str, disabled: bool, do: Callable[[], None]) -> None:
    act.button(label, do, key=f"{key}.{name}", disabled=disabled)

"""What a person can do to a run: launch, stop, pause, resume, delete."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.data import places
from deepfreq_core.data.places import Place
from deepfreq_core.errors import RunNotFound
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.state import Request, Run
from deepfreq_core.runs.store import LONGEST_TITLE
from deepfreq_core.ui import act, cache, owner, state_words, texts


def launch_button(
    label: str, config: RunConfig | None, *, preset: str, title: str, key: str, run_key: str
) -> None:
    """A button that launches these settings; disabled where they cannot be run.

    Where a run with the same settings is under way or done, it does not launch another one but
    offers both: to join that run, or to run it again.

    Args:
        label: What stands on it.
        config: The settings, or None.
        preset: Slug of the preset they started from.
        title: Title of the run.
        key: Session key.
        run_key: Session key of the id of the run on show; takes the new run's.
    """
    shown = st.session_state.get(run_key)
    offer = f"{key}.offer"

    def launch(again: bool) -> None:
        if config is None or st.session_state.get(run_key) != shown:
            return  # the second click on a button that was drawn before the first
        twin = None if again else cache.store().twin(config)
        if twin is not None:
            st.session_state[offer] = (twin.id, configs.fingerprint(config))
            return
        run = cache.store().create(config, owner=owner.required(), title=title, preset=preset)
        dispatcher.ensure_running()
        show(run.id)

    def show(run_id: str) -> None:
        st.session_state[run_key] = run_id
        st.session_state.pop(offer, None)

    def button(label: str, act_on: Callable[[], None], name: str, kind: act.Kind) -> None:
        act.button(
            label,
            act_on,
            key=f"{key}.{name}",
            state=str(shown),
            kind=kind,
            disabled=config is None,
            width="stretch",
        )

    twin = _offered(offer, config)
    if twin is None:
        button(label, lambda: launch(again=False), "launch", "primary")
        return
    if twin.id == shown:
        st.caption("The run on show has exactly these settings.")
    else:
        whose = "You have" if owner.is_mine(twin) else "Somebody else has"
        st.caption(
            f"{whose} a run with exactly these settings: “{texts.plain(twin.title)}”, "
            f"{state_words.word(twin)}."
        )
        button("Join it", lambda: show(twin.id), "join", "primary")
    button("Run it again", lambda: launch(again=True), "again", "secondary")


def _offered(offer: str, config: RunConfig | None) -> Run | None:
    """The run that was offered in place of another one with these settings, if it still is."""
    run_id, fingerprint = st.session_state.get(offer, (None, None))
    if config is None or fingerprint != configs.fingerprint(config):
        return None
    try:
        return cache.store().get(run_id)
    except RunNotFound:
        return None


def run_buttons(run: Run, *, key: str) -> None:
    """Stop, pause and resume, for the run's owner; the others may watch."""
    if not owner.is_mine(run):
        st.caption("Somebody else's run: watch and export only.", width="content")
        return

    def button(label: str, name: str, do: Callable[[], None], disabled: bool = False) -> None:
        act.button(label, do, key=f"{key}.{name}", state=_state(run), disabled=disabled)

    if run.state.is_active:
        stops, pauses = run.request is Request.STOP, run.request is Request.PAUSE
        asked = stops or pauses
        ask = partial(_ask, run.id)
        button("Stopping …" if stops else "Stop", "stop", partial(ask, Request.STOP), asked)
        if run.config.is_launchable:  # else it goes on in a program of its own, or not at all
            button("Pausing …" if pauses else "Pause", "pause", partial(ask, Request.PAUSE), asked)
    if run.state.can_resume and run.config.is_launchable:
        data = getattr(run.config, "data", None)
        lacks_data = data is not None and places.place(data.name) is Place.OUT_OF_REACH
        label = "Try the download again" if lacks_data else "Resume"
        button(label, "resume", lambda: _resume(run.id))


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


def delete_button(run: Run, *, key: str, run_key: str) -> None:
    """Delete, for the owner of a run that is not active; asks once more first.

    Args:
        run: The run.
        key: Session key.
        run_key: Session key of the id of the run on show, which is then none.
    """
    if not owner.is_mine(run) or run.state.is_active:
        return
    sure = st.checkbox("Delete it for good, with its measurements and log", key=f"{key}.sure")
    act.button(
        "Delete this run",
        lambda: _delete(run, run_key),
        key=f"{key}.delete",
        state=_state(run),
        disabled=not sure,
    )


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


def _delete(run: Run, run_key: str) -> None:
    cache.store().delete(run.id, owner=owner.current())
    st.session_state[run_key] = None
    act.say_done(f"Deleted “{texts.plain(run.title)}”.")


def _state(run: Run) -> str:
    """All that an action changes in a run.

    That a waiting run begins is nobody's action: Stop stays the same button, so that a click on the
    one that was drawn while it waited is seen by a server that was started anew meanwhile.
    """
    state = "active" if run.state.is_active else run.state
    return f"{run.id}.{run.queued}.{state}.{run.request}"

"""A button for an action, and what went wrong in it above the page.

The action is the callback of the button, so it happens once for one click and never again when
the page is run again (a stray R, a reload, a reconnect). After each the button gets another key:
it is a new button without the focus, so a stray space or Enter does not repeat it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import streamlit as st

from deepfreq_core.errors import DeepFreqError, readable
from deepfreq_core.ui import owner

_COUNT, _PROBLEM = "act.count", "act.problem"


def button(
    label: str,
    act: Callable[[], None],
    *,
    key: str,
    kind: Literal["primary", "secondary"] = "secondary",
    disabled: bool = False,
    width: Literal["content", "stretch"] = "content",
) -> None:
    """A button that does this once for a click; whoever may only watch cannot press it.

    Args:
        label: What stands on it.
        act: What it does.
        key: Session key; the number of clicks so far is added to it.
        kind: Whether it is the page's main action.
        disabled: Whether it cannot be pressed.
        width: As wide as its label, or as its place.
    """

    def once() -> None:
        st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
        attempt(act)

    fresh = f"{key}.{st.session_state.get(_COUNT, 0)}"
    watches = owner.current() == owner.NOBODY
    st.button(label, key=fresh, type=kind, disabled=disabled or watches, width=width, on_click=once)


def attempt(act: Callable[[], None]) -> None:
    """Do this in a callback; `report_problem` then says what went wrong in it."""
    try:
        act()
    except DeepFreqError as error:
        st.session_state[_PROBLEM] = readable(error)


def report_problem() -> None:
    """Show what went wrong in the last action, once; and why nothing can be done, where so."""
    if owner.current() == owner.NOBODY:
        st.caption(f":material/visibility: {owner.WATCH_ONLY}")
    problem = st.session_state.pop(_PROBLEM, None)
    if problem:
        st.error(problem, icon=":material/error:")

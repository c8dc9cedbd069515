"""A button for an action, and what came of it above the page.

The action is the callback of the button, so it happens once for one click and never again when
the page is run again (a stray R, a reload, a reconnect). The button's key follows from the state
that the action changes: after it there is a new button without the focus, so a stray space or
Enter does not repeat it.

A page that is left open while the server is started anew runs again only with the next click. The
new server calls no callback then, because it has not drawn the button yet; it draws it with the
same key, as the state is the same, and sees it pressed. (A count of clicks in the key was lost
with the old server: the first click was one on a button that did not exist.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

import streamlit as st

from deepfreq_core.errors import DeepFreqError, readable
from deepfreq_core.ui import owner

Kind: TypeAlias = Literal["primary", "secondary"]
_CALLED, _PROBLEM, _DONE = "act.called", "act.problem", "act.done"


def button(
    label: str,
    act: Callable[[], None],
    *,
    key: str,
    state: str = "",
    kind: Kind = "secondary",
    disabled: bool = False,
    width: Literal["content", "stretch"] = "content",
) -> None:
    """A button that does this once for a click; whoever may only watch cannot press it.

    Args:
        label: What stands on it.
        act: What it does.
        key: Session key.
        state: What the action changes, as it is now, e.g. run, state and request; part of the key.
        kind: Whether it is the page's main action.
        disabled: Whether it cannot be pressed.
        width: As wide as its label, or as its place.
    """
    name = f"{key}.{state}" if state else key

    def once() -> None:
        st.session_state[_CALLED] = name
        attempt(act)

    disabled = disabled or owner.current() == owner.NOBODY
    pressed = st.button(label, key=name, type=kind, disabled=disabled, width=width, on_click=once)
    if pressed and not disabled and st.session_state.get(_CALLED) != name:
        once()
        st.rerun()


def attempt(act: Callable[[], None]) -> None:
    """Do this in a callback; `report` then says what went wrong in it."""
    try:
        act()
    except DeepFreqError as error:
        st.session_state[_PROBLEM] = readable(error)


def say_done(sentence: str) -> None:
    """Let `report` say this, where the page itself does not show that the action was done."""
    st.session_state[_DONE] = sentence


def report() -> None:
    """Show what went wrong in the last action, or what it has done, once; why none is possible."""
    if owner.current() == owner.NOBODY:
        st.caption(f":material/visibility: {owner.WATCH_ONLY}")
    problem, done = (st.session_state.pop(key, None) for key in (_PROBLEM, _DONE))
    if problem:
        st.error(problem, icon=":material/error:")
    elif done:
        st.success(done, icon=":material/check:")

"""Which of several things is on show: a selection whose lines may change while it is on show.

A browser sends back the line that it was shown, not what the line stands for. So a line holds
nothing that changes by itself (a state, a count), each ends with its id, which makes it unique,
and a line that is not known any more is no choice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import streamlit as st


def pick(label: str, lines: Mapping[str, str], *, shown_key: str, widget: str, help: str) -> None:
    """A selection of one thing.

    Args:
        label: What stands above it.
        lines: Line of each thing by its id, in order.
        shown_key: Session key of the id on show; it may be none of these.
        widget: Session key of the selection itself.
        help: Explanation.
    """
    shown = st.session_state.get(shown_key)
    options = list(lines) if shown in lines or shown is None else [shown, *lines]
    if not options:
        return

    def take() -> None:
        if st.session_state[widget] in options:
            st.session_state[shown_key] = st.session_state[widget]

    st.session_state[widget] = shown
    st.selectbox(
        label,
        options,
        index=None,
        key=widget,
        placeholder="none yet",
        format_func=lambda chosen: lines.get(chosen, chosen),
        on_change=take,
        help=help,
    )


def line(created: float, title: str, name: str) -> str:
    """A line: when it was launched, its title, its id."""
    when = time.strftime("%H:%M", time.localtime(created))
    return f"{when} · {title} · {name}"

"""A part of a page that looks again every few seconds while something is under way."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

SECONDS = 4.0


def show(draw: Callable[[], bool], *, active: bool) -> None:
    """Draw a part of the page, again and again while it is active.

    Args:
        draw: Draws it, and says whether it is still active.
        active: Whether it is now; without, there is no timer.
    """

    def tick() -> None:
        if draw() != active:
            st.rerun()  # the whole page, which then starts the timer or goes without

    st.fragment(tick, run_every=SECONDS if active else None)()

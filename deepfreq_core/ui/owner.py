"""Who is looking: the owner that the web layer's cookie names."""

from __future__ import annotations

import streamlit as st

from deepfreq_core.runs.state import Run

COOKIE = "deepfreq_owner"
_LOCAL = "local"  # owner of runs started from the command line on this machine


def current() -> str:
    """Owner id of this browser; "local" where there is no cookie (tests, the first answer)."""
    cookie = st.context.cookies.get(COOKIE)
    return cookie if isinstance(cookie, str) and cookie else _LOCAL


def is_mine(run: Run) -> bool:
    """Whether this browser may stop, pause, resume or delete the run."""
    return run.owner == current()

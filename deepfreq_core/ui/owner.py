"""Who is looking: the owner that the web layer's cookie names, or nobody.

Without an id of ours in the cookie a visitor may watch, and nothing else: he could not be told
from anybody else. The page never acts as "local", who owns what the command line launched.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from deepfreq_core.errors import DeepFreqError
from deepfreq_core.runs.state import Run
from deepfreq_core.web.owner import COOKIE, owner_id

NOBODY = ""  # owns no run, so the store refuses whatever is asked in this name
WATCH_ONLY = (
    "Watch only: without a cookie your runs cannot be told from others'. Reload the page or allow "
    "cookies here; inside a frame, [open DeepFreq in its own tab](/)."
)


class WatchOnly(DeepFreqError):
    """A visitor without an owner id asked for more than to watch."""


def current() -> str:
    """Owner id of this browser; `NOBODY` where its cookie holds none of ours."""
    return owner_id(_cookies().get(COOKIE)) or NOBODY


def required() -> str:
    """Owner id of this browser, for what only an owner may do.

    Raises:
        WatchOnly: It has none.
    """
    if current() == NOBODY:
        raise WatchOnly(WATCH_ONLY)
    return current()


def is_mine(run: Run) -> bool:
    """Whether this browser may stop, pause, resume or delete the run."""
    return current() != NOBODY and run.owner == current()


def _cookies() -> Mapping[str, str]:
    """Cookies of the page's websocket."""
    return st.context.cookies

"""Which sweep is on show: the one in the address bar, or one of this browser's own.

Session key: `sweep.shown`, its id, kept in the address bar as `?sweep=`.
"""

from __future__ import annotations

import streamlit as st

from deepfreq_core.studies import sweep_runs
from deepfreq_core.ui import cache, owner, picker, url_state

_SHOWN = "sweep.shown"


def pick() -> None:
    """A selection of this browser's sweeps; the address bar follows it."""
    on_show = shown()
    if on_show is None:
        st.query_params.pop("sweep", None)
    elif st.query_params.get("sweep") != on_show:
        st.query_params["sweep"] = on_show
    mine = sweep_runs.sweeps_of(cache.store(), owner.current())
    picker.pick(
        "Sweep on show",
        {one.id: picker.line(one.runs[0].created, one.title, one.id) for one in mine},
        shown_key=_SHOWN,
        widget="sweep.picker",
        help="Your sweeps, newest first; a link to somebody else's shows theirs.",
    )


def shown() -> str | None:
    """Id of the sweep on show, or None; at first the one in the address bar."""
    if _SHOWN not in st.session_state:
        asked = st.query_params.get("sweep")
        st.session_state[_SHOWN] = url_state.run_id(asked)
        if asked is not None and st.session_state[_SHOWN] is None:
            st.toast("This link does not name a sweep.", icon=":material/link_off:")
    found: str | None = st.session_state[_SHOWN]
    return found


def choose(sweep_id: str) -> None:
    """Put this sweep on show."""
    st.session_state[_SHOWN] = sweep_id

"""Which sweep is on show: the one in the address bar, or one of this browser's own.

Session key: `sweep.shown`, its id, kept in the address bar as `?sweep=`.
"""

from __future__ import annotations

import time

import streamlit as st

from deepfreq_core.sweeps import runs
from deepfreq_core.sweeps.runs import Sweep
from deepfreq_core.ui import cache, owner, url_state

_SHOWN = "sweep.shown"


def pick() -> None:
    """A selection of this browser's sweeps; the address bar follows it."""
    asked = st.query_params.get("sweep")
    if _SHOWN not in st.session_state:
        st.session_state[_SHOWN] = url_state.run_id(asked)
        if asked is not None and st.session_state[_SHOWN] is None:
            st.toast("This link does not name a sweep.", icon=":material/link_off:")
    shown = st.session_state[_SHOWN]
    if shown is None:
        st.query_params.pop("sweep", None)
    elif asked != shown:
        st.query_params["sweep"] = shown
    mine = {sweep.id: sweep for sweep in runs.sweeps_of(cache.store(), owner.current())}
    options = list(mine) if shown in mine or shown is None else [shown, *mine]
    if not options:
        return
    st.session_state["sweep.picker"] = shown
    st.selectbox(
        "Sweep on show",
        options,
        index=None,
        key="sweep.picker",
        placeholder="none yet",
        format_func=lambda sweep_id: _line(mine[sweep_id]) if sweep_id in mine else sweep_id,
        on_change=lambda: st.session_state.update({_SHOWN: st.session_state["sweep.picker"]}),
        help="Your sweeps, newest first; a link to somebody else's shows theirs.",
    )


def shown() -> str | None:
    """Id of the sweep on show, or None."""
    found: str | None = st.session_state.get(_SHOWN)
    return found


def choose(sweep_id: str) -> None:
    """Put this sweep on show."""
    st.session_state[_SHOWN] = sweep_id


def _line(sweep: Sweep) -> str:
    when = time.strftime("%H:%M", time.localtime(sweep.runs[0].created))
    return f"{when} · {sweep.title} · {len(sweep.done)} of {len(sweep.runs)}"

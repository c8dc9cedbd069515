"""Which sweep is on show, and which outcome of it: from the address bar, or chosen here.

Session keys: `sweep.shown`, the sweep's id, and `sweep.show.<id>` and `sweep.label.<id>`, what is
looked at of it; kept in the address bar as `?sweep=…&outcome=…&label=…`.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from deepfreq_core.experiments import catalogue as experiments
from deepfreq_core.studies import outcomes, sweep_runs
from deepfreq_core.studies.outcomes import Outcomes
from deepfreq_core.studies.sweep_runs import Sweep
from deepfreq_core.ui import cache, owner, picker, url_state

_SHOWN = "sweep.shown"
_WIDTH = 340  # pixels of a selection beside another
_LINKED = "sweep.linked"  # the sweep that the link named, whose outcome it may name as well


def pick() -> None:
    """A selection of this browser's sweeps; the address bar follows it."""
    on_show = shown()
    if on_show is None:
        for name in ("sweep", "outcome", "label"):
            st.query_params.pop(name, None)
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
        st.session_state[_SHOWN] = st.session_state[_LINKED] = url_state.run_id(asked)
        if asked is not None and st.session_state[_SHOWN] is None:
            st.toast("This link does not name a sweep.", icon=":material/link_off:")
    found: str | None = st.session_state[_SHOWN]
    return found


def choose(sweep_id: str, name: str) -> None:
    """Put this sweep and this outcome of it on show."""
    st.session_state[_SHOWN] = sweep_id
    st.session_state[f"sweep.show.{sweep_id}"] = name


def outcome(sweep: Sweep) -> str:
    """A selection of the outcomes that the sweep's runs declare, by whole name.

    Another one is read off the same runs.
    """
    config = sweep.runs[0].config
    schema = experiments.reader(config).schema.outcomes
    declared = list(outcomes.names(config).values())
    usual = outcomes.SPEED if sweep.is_depth else outcomes.usual(config)
    return _choose(
        "outcome",
        "Outcome",
        f"sweep.show.{sweep.id}",
        usual,
        {name: schema[name].long_name for name in declared},
    )


def label(sweep: Sweep, found: Outcomes) -> str:
    """A selection of one label of an outcome that has one for each; "" for a line each."""
    return _choose(
        "label",
        found.dim.capitalize() if found.dim.isascii() else found.dim,
        f"sweep.label.{sweep.id}",
        "",
        {"": "one line each", **{one: one for one in found.labels}},
    )


def forget_label() -> None:
    """There is none to choose of what is on show."""
    st.query_params.pop("label", None)


def _choose(name: str, title: str, key: str, usual: str, options: Mapping[str, str]) -> str:
    """A selection that the address bar fills once, and follows from then on."""
    asked = (
        st.query_params.get(name) if key.endswith(st.session_state.get(_LINKED) or " ") else None
    )
    if st.session_state.get(key, asked) not in options:
        st.session_state[key] = usual
    elif key not in st.session_state:
        st.session_state[key] = asked
    chosen: str = st.selectbox(
        title,
        list(options),
        key=key,
        format_func=lambda one: options.get(one, one),
        width=_WIDTH,
        persist_state="session",
    )
    if chosen == usual:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != chosen:
        st.query_params[name] = chosen
    return chosen

"""The address bar and this session: a link fills the form once; then the form fills the link."""

from __future__ import annotations

import streamlit as st

from deepfreq_core.chapters import catalogue
from deepfreq_core.config import RunConfig
from deepfreq_core.ui import controls, fields, url_state


def read(run_key: str) -> None:
    """Take settings and run from the address bar, and say what could not be used.

    Args:
        run_key: Session key of the id of the run on show.
    """
    query = st.query_params.to_dict()
    if controls.is_seeded() and "run" not in query:
        return
    presets = {slug: preset.config for slug, preset in catalogue.presets().items()}
    state = url_state.decode(query, presets, controls.DEFAULT_PRESET, fields.paths())
    if not controls.is_seeded():
        controls.seed(state.config, state.preset)
        for notice in state.notices:
            st.toast(notice, icon=":material/link_off:", duration=20)
    if run_key not in st.session_state:
        st.session_state[run_key] = state.run


def write(config: RunConfig | None, preset: str, run: str | None) -> None:
    """Put settings and run into the address bar; no rerun comes of it."""
    if config is None:
        return
    base = catalogue.preset(preset).config
    query = url_state.encode(config, preset, base, run, fields.paths())
    if query != st.query_params.to_dict():
        st.query_params.from_dict(query)


def run_only(run_key: str) -> str | None:
    """The run on show on a page without a form, kept in the address bar as `?run=`."""
    if run_key not in st.session_state:
        st.session_state[run_key] = url_state.run_id(st.query_params.get("run"))
    run: str | None = st.session_state[run_key]
    if run is None:
        st.query_params.pop("run", None)
    elif st.query_params.get("run") != run:
        st.query_params["run"] = run
    return run

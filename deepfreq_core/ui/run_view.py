"""A run on the page: a thin bar with its name and what can be done to it, then the live view."""

from __future__ import annotations

import streamlit as st

from deepfreq_core.runs.state import Run
from deepfreq_core.ui import actions, live_chart, run_settings, smaller_rate
from deepfreq_core.ui.texts import plain

_FORMATS = {
    "csv": "Download CSV, one row a number",
    "json": "Download JSON, all of it",
    "npz": "Download NPZ, for NumPy",
}


def show(run: Run, *, key: str, run_key: str) -> None:
    """Show a run with its bar.

    Args:
        run: The run.
        key: Session key of what is shown.
        run_key: Session key of its id.
    """
    bar(run, key=key, run_key=run_key)
    smaller_rate.offer(run, key=key)
    live_chart.show_run(run, key=f"{key}.live")


def bar(run: Run, *, key: str, run_key: str) -> None:
    """Name of the run, its buttons, and what differs from its preset."""
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(run.title)}**", width="stretch")
            actions.run_buttons(run, key=key)
            run_settings.fold(run, key=key)
            with st.popover("More", key=f"{key}.more"):
                st.caption(f"Run {run.id}")
                actions.title_field(run, key=key)
                for suffix, label in _FORMATS.items():
                    st.markdown(f"[{label}](/api/runs/{run.id}/export.{suffix})")
                actions.delete_button(run, key=key, run_key=run_key)
        st.caption(run_settings.line(run.config, run.preset))
        if look := run_settings.look(run.preset):
            st.caption(plain(look))

"""Runs: what was run here, by whom, and how far it is."""

import streamlit as st

from deepfreq_core.ui import act, errors, run_table, run_view

with errors.shown():
    st.title("Runs")
    st.caption("Choose a row to watch, stop, resume, export or delete that run.")
    act.report()
    run = run_table.choose(key="runs")
    if run is not None:
        run_view.show(run, key="runs", run_key="runs.chosen")

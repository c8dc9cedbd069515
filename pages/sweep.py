"""Sweeps: how an outcome follows one setting, or two; depth and speed at first."""

import streamlit as st

from deepfreq_core.ui import act, errors, sweep_form, sweep_picker, sweep_start, sweep_view, texts

with errors.shown():
    with st.sidebar:
        sweep_start.show(sweep_form.show())
        sweep_picker.pick()
    st.title("Sweeps")
    st.caption(texts.page("sweep"))
    act.report()
    sweep_view.show(sweep_picker.shown())
    st.caption(texts.page("frequency"))

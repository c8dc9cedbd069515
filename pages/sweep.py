"""Depth sweep: do deeper networks learn faster, and is their last layer's target lower?"""

import streamlit as st

from deepfreq_core.ui import act, errors, sweep_form, sweep_picker, sweep_view, texts

with errors.shown():
    with st.sidebar:
        sweep_form.show()
        sweep_picker.pick()
    st.title("Depth sweep")
    st.caption(
        "If depth speeds up learning by lowering frequency, deeper networks reach the target in "
        "fewer epochs and leave their last layer a lower frequency. Speed that does not follow "
        "frequency would refute it."
    )
    act.report()
    sweep_view.show(sweep_picker.shown())
    st.caption(texts.page("frequency"))

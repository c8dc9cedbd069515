"""About: what is measured, exactly, and where it comes from."""

import streamlit as st

from deepfreq_core.ui import errors, texts

with errors.shown(), st.container(width=820):
    st.markdown(texts.page("about"))

"""Streamlit components: controls, the live view, the run picker."""

"""What pages share: one store a database, one look at the presets."""

from __future__ import annotations

import streamlit as st

from deepfreq_core import settings
from deepfreq_core.runs.store import RunStore


def store() -> RunStore:
    """The run store of the configured database, opened once a server."""
    return _store(settings.database_url())


@st.cache_resource(show_spinner=False)
def _store(url: str) -> RunStore:
    return RunStore(url)

"""What pages share: one store a database, one look at the presets."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from deepfreq_core import settings
from deepfreq_core.errors import ConfigError
from deepfreq_core.runs.store import RunStore


def store() -> RunStore:
    """The run store of the configured database, opened once a server."""
    return _store(settings.database_url())


@st.cache_resource(show_spinner=False)
def _store(url: str) -> RunStore:
    return RunStore(url)


def recorded(slug: str) -> dict[str, Any]:
    """A recorded run: the same answer the series route gives for it.

    Raises:
        ConfigError: There is no recording of this name.
    """
    found: dict[str, Any] | None = _recorded(slug)
    if found is None:
        raise ConfigError(f"no recorded run {slug!r} in assets/recorded")
    return found


@st.cache_resource(show_spinner=False)
def _recorded(slug: str) -> dict[str, Any] | None:
    path = settings.assets() / "recorded" / f"{slug}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None

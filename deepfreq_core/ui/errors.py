"""What the reader sees when something goes wrong."""

from __future__ import annotations

import logging
from collections.abc import Generator
from contextlib import contextmanager

import streamlit as st

from deepfreq_core.errors import DeepFreqError, readable

_log = logging.getLogger(__name__)


@contextmanager
def shown() -> Generator[None]:
    """A `DeepFreqError` is shown as it is; anything else is a bug and goes to the log whole."""
    try:
        yield
    except DeepFreqError as error:
        st.error(readable(error), icon=":material/error:")
    except Exception:  # Streamlit's own control flow is not an Exception
        _log.exception("a page failed")
        raise

"""States of a run in plain words, the same on every page (`assets/texts/words.json`)."""

from __future__ import annotations

from deepfreq_core.runs.state import Request, Run
from deepfreq_core.ui import texts


def word(run: Run) -> str:
    """One word for where a run is, "stopping" and "pausing" included."""
    words = texts.table("words")
    if run.state.is_active and run.request is not None:
        return str(words["stopping" if run.request is Request.STOP else "pausing"])
    return str(words["states"][run.state]["word"])

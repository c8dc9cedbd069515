"""The live view: one component that shows a run, live or recorded, without script reruns.

Python hands it empty figures, the sentences and the address of a series; from there on it polls
and draws by itself (`view.js`). It calls back only when the run changes its state, so that the
buttons beside it follow.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from deepfreq_core.config import RunConfig
from deepfreq_core.experiments import catalogue
from deepfreq_core.runs.state import Run
from deepfreq_core.ui import texts
from deepfreq_core.ui.live_chart import assemble, declared


def show_run(run: Run, *, key: str) -> None:
    """Show a run of the store, live while it is active.

    Args:
        run: The run as it is now; a change of its state wakes the polling up again.
        key: Session key; the reader's zoom and choices belong to it.
    """
    _mount(
        key,
        run.config,
        source=f"/api/runs/{run.id}/series",
        state=f"{run.state}/{run.attempt}",
        is_active=run.state.is_active,
    )


def show_recorded(slug: str, config: RunConfig, *, note: str, key: str) -> None:
    """Replay a recorded run in a loop, starting at once.

    Args:
        slug: Name of the file in assets/recorded.
        config: Its settings.
        note: What was recorded, in a few words.
        key: Session key.
    """
    _mount(
        key,
        config,
        source=f"/api/recorded/{slug}/series",
        recorded=True,
        recorded_note=note,
        loop=True,
    )


def show_nothing(config: RunConfig, *, key: str) -> None:
    """The same view with empty axes, so that nothing moves when the first run starts.

    Args:
        config: What would be run.
        key: Session key; the same as that of the run to come keeps the reader's choices.
    """
    _mount(key, config, source="")


def _mount(key: str, config: RunConfig, *, source: str, **more: Any) -> None:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    root = f"/{base}" if base else ""
    _component()(
        key=key,
        data={
            "source": root + source if source else "",
            "plotly": f"{root}/assets/plotly.min.js",
            "view": declared.view(config),
            "words": {**texts.table("words"), "headlines": catalogue.sentences(config)},
            **more,
        },
        on_changed_change=_noted,
    )


def _noted() -> None:
    """Nothing to do: the rerun that the trigger causes draws the buttons anew."""


@st.cache_resource
def _component() -> ComponentRenderer:
    """The component, registered once a server: a second registration would warn."""
    return st.components.v2.component(
        "deepfreq_live", css=assemble.style(), js=assemble.script(), isolate_styles=False
    )

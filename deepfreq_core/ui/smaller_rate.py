"""After a divergence: a button that fills the form with a tenth of the learning rate."""

from __future__ import annotations

import streamlit as st

from deepfreq_core import config as configs
from deepfreq_core import settings
from deepfreq_core.config import LEARNING_RATE, smaller_rate
from deepfreq_core.experiments import reading
from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.training.learning import MEAN_ANSWER, Learning, of_losses
from deepfreq_core.ui import act, cache, run_settings


def offer(run: Run, *, key: str) -> None:
    """The button, for a run whose training diverged; nothing for others.

    Args:
        run: The run.
        key: Session key of the run's view; that of the Lab is "lab".
    """
    now = configs.lookup(configs.to_dict(run.config), LEARNING_RATE)
    if now is not configs.ABSENT and (run.diverged or _ended_far_off(run)):
        rate = smaller_rate(now)
        config = reading.override(run.config, [f"{LEARNING_RATE}={rate}"])
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            act.button(
                f"Try a learning rate of {rate:g}",
                lambda: run_settings.fill_lab(run, config, key=key),
                key=f"{key}.smaller_rate",
            )
            st.caption("Fills the form in the Lab; nothing is launched yet.", width="content")


def _ended_far_off(run: Run) -> bool:
    """Whether a run is called finished and diverged: one of before that had a name."""
    is_of_before = run.state is RunState.DONE and MEAN_ANSWER not in run.facts
    return is_of_before and _read(settings.database_url(), run.id, cache.store())


@st.cache_resource(max_entries=1_000, show_spinner=False)
def _read(url: str, run_id: str, _store: RunStore) -> bool:
    run, rows = _store.read(run_id)
    losses = [m.scalars["train_loss"] for _, m in rows if "train_loss" in m.scalars]
    return of_losses(losses, run.facts) is Learning.DIVERGED

"""What a sweep was made with: what varies, what differs from its preset, back to the form."""

from __future__ import annotations

import streamlit as st

from deepfreq_core.chapters import catalogue
from deepfreq_core.config import RunConfig
from deepfreq_core.studies import sweep_plan
from deepfreq_core.studies.sweep_runs import Sweep
from deepfreq_core.ui import act, run_settings, sweep_form
from deepfreq_core.ui.fields import in_words


def line(sweep: Sweep) -> str:
    """What all its runs share, as one line of Markdown."""
    made_with = run_settings.line(_config(sweep), sweep.runs[0].preset, _varied(sweep))
    epochs = sweep_plan.trained(_config(sweep)).training.epochs
    return f"{made_with}; until the loss is {sweep.target:g}, {epochs} epochs at most"


def fold(sweep: Sweep) -> None:
    """All settings in a fold, with the way back to the form where the form can hold them."""
    config, preset, varied = _config(sweep), sweep.runs[0].preset, _varied(sweep)
    base = catalogue.sweepable().get(preset or "")
    left = [
        f"{field.path}"
        for field in (run_settings.changed(config, base.config) if base else ())
        if field.path not in varied
    ]
    with st.popover("Settings", key="sweep.settings", width="content"):
        act.button(
            "Use these settings",
            lambda: sweep_form.want(sweep),
            key="sweep.use",
            state=sweep.id,
            disabled=base is None or bool(left),
        )
        if base is None:
            st.caption("It did not start from a preset, as the form here does.")
        elif left:
            st.caption(f"The form here cannot change {', '.join(left)}; `deepfreq sweep` can.")
        run_settings.table(config, preset, varied)
    if sweep_form.is_wanted():
        st.rerun()  # the whole page: this part of it is drawn again by itself


def _config(sweep: Sweep) -> RunConfig:
    return sweep.runs[0].config


def _varied(sweep: Sweep) -> dict[str, str]:
    """What the form of a sweep sets, in words, by path."""
    config, second = _config(sweep), sweep.second
    depth, seed, loss, epochs, *others = sweep_plan.varied(config, second)
    words = {
        depth: ", ".join(map(str, sorted(sweep.depths))),
        seed: ", ".join(map(str, sorted(sweep.seeds))),
        loss: f"{sweep.target:g}",
        epochs: str(sweep_plan.trained(config).training.epochs),
    }
    return words | {path: ", ".join(map(in_words, sweep.values)) for path in others}

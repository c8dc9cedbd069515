"""What a sweep was made with: what varies, what differs from its preset, back to the form."""

from __future__ import annotations

import math

import streamlit as st

from deepfreq_core.config import RunConfig
from deepfreq_core.studies import outcomes, sweep_plan
from deepfreq_core.studies.sweep_runs import Sweep
from deepfreq_core.ui import act, run_settings, sweep_axes, sweep_form
from deepfreq_core.ui.sweep_address import Asked

_STOP, _EPOCHS = "training.stop_loss", "training.epochs"
_MOST_AXES = 2  # of the form


def line(sweep: Sweep) -> str:
    """What all its runs share, as one line of Markdown."""
    made_with = run_settings.line(_config(sweep), sweep.runs[0].preset, _varied(sweep))
    if not sweep_plan.has_network(_config(sweep)):
        return made_with
    stop, epochs = (_at(sweep, path) for path in (_STOP, _EPOCHS))
    until = f"until the loss is {stop:g}, " if stop is not None and _STOP not in sweep.axes else ""
    most = f"{epochs} epochs at most" if _EPOCHS not in sweep.axes else ""
    return f"{made_with}; {until}{most}".rstrip("; ,")


def fold(sweep: Sweep) -> None:
    """All settings in a fold, with the way back to the form where the form can hold them."""
    config, preset, varied = _config(sweep), sweep.runs[0].preset, _varied(sweep)
    base = sweep_form.presets().get(preset or "")
    asked = _asked(sweep)
    left = [
        f"{field.path}"
        for field in (run_settings.changed(config, base.config) if base else ())
        if field.path not in varied
    ]
    with st.popover("Settings", key="sweep.settings", width="content"):
        act.button(
            "Use these settings",
            lambda: sweep_form.want(asked),
            key="sweep.use",
            state=sweep.id,
            disabled=base is None or bool(left) or asked.vary is None,
        )
        if base is None:
            st.caption("It did not start from a preset, as the form here does.")
        elif left:
            st.caption(f"The form here cannot change {', '.join(left)}; `deepfreq sweep` can.")
        elif asked.vary is None:
            st.caption("The form here varies one setting or two; `deepfreq sweep` others.")
        run_settings.table(config, preset, varied)
    if sweep_form.is_wanted():
        st.rerun()  # the whole page: this part of it is drawn again by itself


def _config(sweep: Sweep) -> RunConfig:
    return sweep.runs[0].config


def _at(sweep: Sweep, path: str) -> float | None:
    training = getattr(_config(sweep), "training", None)
    found: float | None = getattr(training, path.rpartition(".")[2])
    return found


def _axes(sweep: Sweep) -> tuple[str, ...]:
    """What varies; the depth of a sweep of depths even where it is but one."""
    if not sweep.is_depth:
        return sweep.axes
    depth = sweep_plan.depth_path(_config(sweep))
    return (depth, *(path for path in sweep.axes if path != depth))


def _asked(sweep: Sweep) -> Asked:
    """The sweep as the form would hold it; it varies nothing where the form cannot."""
    axes = _axes(sweep)
    if not 0 < len(axes) <= _MOST_AXES:
        return Asked()
    values = [
        tuple("null" if text == "None" else text for text in sweep.values(path)) for path in axes
    ]
    is_trained = sweep_plan.has_network(_config(sweep))
    stop, epochs = (_at(sweep, path) if is_trained else None for path in (_STOP, _EPOCHS))
    return Asked(
        preset=sweep.runs[0].preset,
        vary=axes[0],
        values=values[0],
        also=axes[1] if axes[1:] else "",
        also_values=values[1] if axes[1:] else None,
        seeds=len(sweep.seeds),
        target=(math.inf if stop is None else stop) if is_trained else None,
        epochs=None if epochs is None else int(epochs),
        wanted=outcomes.SPEED if sweep.is_depth else outcomes.usual(_config(sweep)),
    )


def _varied(sweep: Sweep) -> dict[str, str]:
    """What the form of a sweep sets, in words, by path."""
    config = _config(sweep)
    words = {
        path: ", ".join(sweep_axes.in_words(config, path, text) for text in _by_size(sweep, path))
        for path in _axes(sweep)
    }
    words["seed"] = ", ".join(map(str, sorted(sweep.seeds)))
    if sweep_plan.has_network(config):
        stop = _at(sweep, _STOP)
        words = {_STOP: "never" if stop is None else f"{stop:g}"} | words
        words = {_EPOCHS: str(_at(sweep, _EPOCHS))} | words
    return words


def _by_size(sweep: Sweep, path: str) -> tuple[str, ...]:
    return sweep_axes.by_size(sweep.values(path))

"""The form of a depth sweep: base, depths, seeds, one more axis; what it will cost; the start.

Session keys: `sweep.<name>` for each widget, `sweep.wanted` for a sweep whose settings the form
is to hold.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from deepfreq_core.chapters import catalogue
from deepfreq_core.config import RunConfig
from deepfreq_core.errors import ConfigError, readable
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.capacity import capacity
from deepfreq_core.studies import sweep_plan, sweep_runs
from deepfreq_core.studies.plan import Planned
from deepfreq_core.studies.sweep_plan import Other
from deepfreq_core.studies.sweep_runs import Sweep
from deepfreq_core.ui import act, cache, owner, sweep_picker
from deepfreq_core.ui.fields import in_words

_NONE = ""
_BASE = "cosines"  # the paper's
_SEEDS, _MOST_SEEDS = 6, 24


def want(sweep: Sweep) -> None:
    """Let the form hold the settings of this sweep when it is drawn next."""
    st.session_state["sweep.wanted"] = sweep


def is_wanted() -> bool:
    """Whether it is to hold other settings than it was drawn with."""
    return "sweep.wanted" in st.session_state


def show() -> None:
    """Draw the form with its button."""
    bases = catalogue.sweepable()
    if (wanted := st.session_state.pop("sweep.wanted", None)) is not None:
        _fill(wanted)
    slug = st.selectbox(
        "Start from",
        list(bases),
        index=list(bases).index(_BASE),
        key="sweep.base",
        format_func=lambda slug: bases[slug].title,
        help="All settings that do not vary; the quickest come first.",
        persist_state="session",
    )
    base = sweep_plan.trained(bases[slug].config)
    depths = st.multiselect(
        "Depths",
        sweep_plan.depths(base),
        default=sweep_plan.depths(base)[: sweep_plan.AT_FIRST],
        key=f"sweep.depths.{base.net.name}",
        accept_new_options=True,
        help="Numbers of hidden layers, residual stages or encoder blocks; type another number to "
        "add it.",
        persist_state="session",
    )
    n_seeds = st.number_input(
        "Seeds",
        1,
        _MOST_SEEDS,
        _SEEDS,
        key="sweep.seeds",
        help="Runs of each network. Six are the fewest that can show an order to be more than "
        "chance.",
        persist_state="session",
    )
    second = _second(base)
    values = _values(second) if second else []
    target = st.number_input(
        "Target loss",
        min_value=1e-6,
        value=sweep_plan.target(base),
        step=1e-3,
        format="%g",
        key=f"sweep.target.{slug}",
        help="Every run ends when its training loss is below this: speed is the number of epochs "
        "until then.",
        persist_state="session",
    )
    epochs = st.number_input(
        "Epochs at most",
        1,
        1_000_000,
        sweep_plan.epochs(base),
        key=f"sweep.epochs.{slug}",
        help="A run that has not reached the target by then never does.",
        persist_state="session",
    )
    _start(base, slug, depths, n_seeds, target, epochs, second, values)


def _fill(sweep: Sweep) -> None:
    slug, second = sweep.runs[0].preset, sweep.second
    config = sweep_plan.trained(sweep.runs[0].config)
    if slug not in catalogue.sweepable():
        return
    state = st.session_state
    state["sweep.base"] = slug
    state[f"sweep.depths.{config.net.name}"] = [str(depth) for depth in sorted(sweep.depths)]
    state["sweep.seeds"] = len(sweep.seeds)
    state[f"sweep.second.{config.net.name}"] = second.path if second else _NONE
    if second:
        state[f"sweep.values.{second.path}"] = list(sweep.values)
    state[f"sweep.target.{slug}"] = sweep.target
    state[f"sweep.epochs.{slug}"] = config.training.epochs


def _second(base: RunConfig) -> Other | None:
    names = {_NONE: "nothing else"} | {one.path: one.name for one in sweep_plan.others(base)}
    path = st.selectbox(
        "Also vary",
        list(names),
        key=f"sweep.second.{sweep_plan.trained(base).net.name}",
        format_func=names.__getitem__,
        help="One more setting, crossed with every depth.",
        persist_state="session",
    )
    return sweep_plan.other(path) if path else None


def _values(second: Other) -> list[str]:
    found: list[str] = st.multiselect(
        f"Values of {second.name}",
        second.suggestions,
        default=second.suggestions[:2],
        key=f"sweep.values.{second.path}",
        format_func=in_words,
        accept_new_options=True,
        persist_state="session",
    )
    return found


def _start(
    base: RunConfig,
    slug: str,
    depths: Sequence[str],
    n_seeds: int,
    target: float,
    epochs: int,
    second: Other | None,
    values: Sequence[str],
) -> None:
    """Number of runs, rough time and the button; or why this cannot be started."""
    base = sweep_plan.trained(base)
    planned: list[Planned] = []
    try:
        planned = sweep_plan.plan(
            base,
            depths=depths,
            n_seeds=n_seeds,
            target=target,
            epochs=epochs,
            second=second,
            values=values,
        )
    except ConfigError as error:
        st.error(readable(error), icon=":material/block:")
    else:
        slots = capacity().slots
        at_a_time = "one at a time" if slots == 1 else f"{slots} at a time"
        n = "1 run" if len(planned) == 1 else f"{len(planned)} runs"
        st.markdown(f"**{n}**, {_about(sweep_plan.minutes(planned, slots))}, {at_a_time}")

    on_show = sweep_picker.shown()

    def launch() -> None:
        if sweep_picker.shown() != on_show:
            return  # the second click on a button that was drawn before the first
        data = sweep_plan.trained(base).data.name
        title = f"{in_words(data)}, depths {', '.join(sorted(depths, key=len))}"
        sweep_id = sweep_runs.launch(
            cache.store(),
            planned,
            owner=owner.required(),
            preset=slug,
            title=f"{title}, {second.name}" if second else title,
        )
        sweep_picker.choose(sweep_id)
        dispatcher.ensure_running()

    act.button(
        "Start together",
        launch,
        key="sweep.start",
        state=str(on_show),
        kind="primary",
        disabled=not planned,
        width="stretch",
    )


def _about(minutes: float) -> str:
    if minutes < 1.5:
        return "about a minute at most"
    if minutes < 90:
        return f"about {minutes:.0f} minutes at most"
    return f"about {minutes / 60:.0f} hours at most"

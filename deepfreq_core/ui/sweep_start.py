"""What a sweep will cost, and the button that starts it; or why it cannot be started."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from deepfreq_core.errors import ConfigError, readable
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.capacity import capacity
from deepfreq_core.studies import sweep_plan, sweep_runs
from deepfreq_core.studies.plan import Planned
from deepfreq_core.studies.sweep_plan import Vary
from deepfreq_core.ui import act, cache, fields, owner, sweep_axes, sweep_form, sweep_picker
from deepfreq_core.ui.sweep_form import Choice


def show(choice: Choice) -> None:
    """Number of runs, rough time and the button."""
    varied: list[Vary] = []
    planned: list[Planned] = []
    try:
        varied = [sweep_axes.vary(choice.base, path, values) for path, values in choice.varied]
        planned = _plan(choice, varied)
    except ConfigError as error:
        st.error(readable(error), icon=":material/block:")
    else:
        st.markdown(_cost(planned))
    on_show = sweep_picker.shown()

    def launch() -> None:
        if sweep_picker.shown() != on_show:
            return  # the second click on a button that was drawn before the first
        sweep_id = sweep_runs.launch(
            cache.store(),
            planned,
            owner=owner.required(),
            preset=choice.slug,
            title=_title(choice, varied),
            is_depth=choice.is_depth,
        )
        sweep_picker.choose(sweep_id, choice.outcome)
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


def _plan(choice: Choice, varied: Sequence[Vary]) -> list[Planned]:
    """The runs.

    Raises:
        ConfigError: A setting has no values, or a combination is impossible.
    """
    for one in varied:
        if not one.values:
            raise ConfigError(
                f"{one.name} has no values, so the sweep has 0 runs. Choose at least one"
            )
    return sweep_plan.plan(choice.base, varied, n_seeds=choice.n_seeds)


def _cost(planned: Sequence[Planned]) -> str:
    slots = capacity().slots
    minutes = sweep_plan.minutes(planned, slots)
    parts = [
        "**1 run**" if len(planned) == 1 else f"**{len(planned)} runs**",
        *([] if minutes is None else [_about(minutes)]),
        "one at a time" if slots == 1 else f"{slots} at a time",
    ]
    return ", ".join(parts)


def _title(choice: Choice, varied: Sequence[Vary]) -> str:
    """Title of the sweep: data and depths, as ever, or the preset and what varies."""
    if choice.is_depth:
        depths, *others = varied
        data = fields.in_words(choice.base.data.name)  # type: ignore[attr-defined]
        said = [f"{data}, depths {', '.join(depths.values)}", *(one.name for one in others)]
        return ", ".join(said)
    names = " × ".join(one.name for one in varied)
    return f"{sweep_form.presets()[choice.slug].title}, {names}"


def _about(minutes: float) -> str:
    if minutes < 1.5:
        return "about a minute at most"
    if minutes < 90:
        return f"about {minutes:.0f} minutes at most"
    return f"about {minutes / 60:.0f} hours at most"

"""Lab: choose a network and watch how much low frequency each of its layers holds."""

import streamlit as st

from deepfreq_core.ui import (
    act,
    actions,
    address,
    controls,
    errors,
    live_chart,
    run_picker,
    run_settings,
    run_view,
)

RUN = controls.RUN

with errors.shown():
    address.read(RUN)
    with st.sidebar:
        choice = controls.lab()
        with choice.slot:
            actions.launch_button(
                "Launch",
                choice.config,
                preset=choice.preset,
                title=run_settings.title(choice.config, choice.preset),
                key="lab",
                run_key=RUN,
            )
    act.report()
    run = actions.current(st.session_state.get(RUN))
    with st.sidebar:
        run_picker.pick(RUN, run)
    address.write(choice.config, choice.preset, run.id if run else None)
    if run is not None:
        run_view.show(run, key="lab", run_key=RUN)
    else:
        live_chart.show_nothing(controls.shown(choice), key="lab.live")

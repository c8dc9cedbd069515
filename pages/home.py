"""Start: does a deeper layer's effective target hold lower frequencies? Seen, then run here."""

import streamlit as st

from deepfreq_core.chapters import catalogue
from deepfreq_core.ui import act, actions, address, errors, live_chart, run_view, texts
from deepfreq_core.web import recorded

DEMO, RUN = "digits-demo", "home.run"

with errors.shown():
    demo = catalogue.preset(DEMO)
    shown = address.run_only(RUN)
    claim, button = st.columns([5, 1], vertical_alignment="center", gap="large")
    claim.title("Why deeper networks learn faster", anchor=False)
    claim.markdown(texts.page("claim"))
    with button:
        actions.launch_button(
            "Run it now", demo.config, preset=DEMO, title=demo.title, key="home", run_key=RUN
        )
    act.report()
    run = actions.current(shown)
    if run is not None:
        run_view.show(run, key="home", run_key=RUN)
    else:
        live_chart.show_recorded(DEMO, recorded.config(DEMO), note=demo.title, key="home.live")

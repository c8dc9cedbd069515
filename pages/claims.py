"""Paper figures: does what the papers say come out in runs of one's own?"""

import streamlit as st

from deepfreq_core.ui import act, claim_list, errors

with errors.shown():
    st.title("Paper figures")
    st.caption(
        "What the papers claim, what would refute it, and a verdict computed from runs, with its "
        "uncertainty. Open a line for settings, curves and numbers; “Reproduce here” does the runs."
    )
    act.report()
    claim_list.show()

"""The dashboard: our routes and the Streamlit pages as one ASGI application.

`streamlit run app.py` imports this file to find `app`, and then runs it as a script for every
page view; the script part shows the page.
"""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from deepfreq_core import web
from deepfreq_core.ui import memory, texts

if __name__ == "__main__":
    st.set_page_config(page_title="DeepFreq", layout="wide")
    st.html(texts.style_sheet())
    st.navigation(
        [
            st.Page("pages/home.py", title="Start", default=True),
            st.Page("pages/live.py", title="Lab", url_path="lab"),
            st.Page("pages/claims.py", title="Paper figures"),
            st.Page("pages/sweep.py", title="Depth sweep"),
            st.Page("pages/runs.py", title="Runs"),
            st.Page("pages/about.py", title="About"),
        ],
        position="top",
    ).run()
    memory.settle()
else:
    # What st.navigation sets, but before the first visitor: else Streamlit looks into pages/ by
    # itself once and tells whoever comes first, by a link to /lab, that there is no such page.
    PagesManager.uses_pages_directory = False
    app = st.App(__file__, routes=web.routes(), lifespan=web.lifespan, middleware=web.middleware())

"""The dashboard: our routes and the Streamlit pages as one ASGI application.

`streamlit run app.py` imports this file to find `app`, and then runs it as a script for every
page view; the script part lists the pages.
"""

import streamlit as st

if __name__ == "__main__":
    from deepfreq_core.ui import texts

    st.set_page_config(page_title="DeepFreq", layout="wide")
    st.html(texts.style_sheet())
    st.navigation(
        [
            st.Page("pages/home.py", title="Start", default=True),
            st.Page("pages/live.py", title="Lab", url_path="lab"),
            st.Page("pages/runs.py", title="Runs"),
            st.Page("pages/about.py", title="About"),
        ],
        position="top",
    ).run()
else:
    from deepfreq_core import web

    app = st.App(__file__, routes=web.routes(), lifespan=web.lifespan, middleware=web.middleware())

"""The dashboard: our routes and the Streamlit pages as one ASGI application.

`streamlit run app.py` imports this file to find `app`, and then runs it as a script for every
page view; the script part shows the page.
"""

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from deepfreq_core import web
from deepfreq_core.ui import memory, texts

# Where a page is found: its file in pages/, its title. The first is the start.
PAGES = {
    "/": ("home", "Start"),
    "/lab": ("live", "Lab"),
    "/claims": ("claims", "Paper figures"),
    "/sweep": ("sweep", "Sweeps"),
    "/runs": ("runs", "Runs"),
    "/about": ("about", "About"),
}

if __name__ == "__main__":
    st.set_page_config(page_title="DeepFreq", layout="wide")
    st.html(texts.style_sheet())
    st.navigation(
        [
            st.Page(f"pages/{file}.py", title=title, url_path=path[1:], default=path == "/")
            for path, (file, title) in PAGES.items()
        ],
        position="top",
    ).run()
    memory.settle()
else:
    # What st.navigation sets, but before the first visitor: else Streamlit looks into pages/ by
    # itself once and tells whoever comes first, by a link to /lab, that there is no such page.
    PagesManager.uses_pages_directory = False
    app = st.App(
        __file__,
        routes=[*web.routes(), *web.page_routes(PAGES)],
        lifespan=web.lifespan,
        middleware=web.middleware(),
    )

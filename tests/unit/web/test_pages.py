"""The document of the pages: Streamlit's own, with the server's address in it."""

import asyncio
import re
from pathlib import Path

import httpx
import streamlit
from starlette.applications import Starlette

from deepfreq_core import web


def ask(path, **headers):
    app = Starlette(routes=web.page_routes(["/", "/lab"]), middleware=web.middleware())

    async def request():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(request())


def test_every_page_gets_streamlits_document_and_an_owner():
    theirs = (Path(streamlit.__file__).parent / "static" / "index.html").read_text("utf-8")
    for path in ("/", "/lab"):
        answer = ask(path)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "set-cookie" in answer.headers
        ours = re.sub(r"<script>window.__streamlit = [^<]+</script>", "", answer.text)
        assert ours == theirs != answer.text


def test_the_address_stands_before_the_first_script_that_could_ask_for_it():
    text = ask("/lab").text
    assert text.index("BACKEND_BASE_URL") < text.index('type="module"')
    assert text.count("<script>window.__streamlit") == 1


def test_who_has_it_already_is_told_so():
    tag = ask("/").headers["etag"]
    again = ask("/", **{"if-none-match": tag, "accept": "text/html"})
    assert again.status_code == 304 and not again.content
    assert "set-cookie" in again.headers

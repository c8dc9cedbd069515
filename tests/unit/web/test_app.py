"""The owner's cookie, and the dashboard's care for the dispatcher."""

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route
from streamlit.web.server.starlette.starlette_routes import create_host_config_routes

from deepfreq_core import web
from deepfreq_core.errors import ConfigError
from deepfreq_core.runs import dispatcher
from deepfreq_core.web import app as app_module
from deepfreq_core.web.owner import COOKIE, OwnerCookie, owner_of


def ask(path, scheme="http", **headers):
    def page(_request):
        return HTMLResponse("<p>hello")

    def data(_request):
        return JSONResponse({})

    routes = [Route("/", page), Route("/data", data), *create_host_config_routes("lab")]
    app = Starlette(routes=routes, middleware=web.middleware())

    async def request():
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://lab") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(request())


def test_a_new_browser_gets_an_id_with_its_first_page():
    first, second = ask("/"), ask("/")
    text = first.headers["set-cookie"]
    assert "HttpOnly" in text
    assert "SameSite=Lax" in text
    assert "Path=/" in text
    assert "Secure" not in text
    assert first.cookies[COOKIE] != second.cookies[COOKIE]
    assert owner_of(Headers({"cookie": f"a=b; {COOKIE}={first.cookies[COOKIE]}"}))
    assert "Secure" in ask("/", scheme="https").headers["set-cookie"]


def test_one_that_has_an_id_keeps_it_and_data_gets_none():
    known = ask("/").cookies[COOKIE]
    assert "set-cookie" not in ask("/", cookie=f"{COOKIE}={known}").headers
    assert "set-cookie" not in ask("/data").headers


@pytest.mark.parametrize(
    "bad", ["short", "x" * 100, "x" * 31, "x" * 33, "a b" * 10, '"><script>' * 3, "local"]
)
def test_an_id_that_is_none_of_ours_is_replaced(bad):
    assert owner_of(Headers({"cookie": f"{COOKIE}={bad}"})) is None
    assert "set-cookie" in ask("/", cookie=f"{COOKIE}={bad}").headers


def test_no_foreign_page_may_show_ours_in_a_frame(monkeypatch):
    monkeypatch.delenv("DEEPFREQ_FRAME_ANCESTORS", raising=False)
    for path in ("/", "/data"):
        assert ask(path).headers["content-security-policy"] == "frame-ancestors 'self'"


def test_course_pages_may_when_they_are_named(monkeypatch):
    named = "https://course.example.org https://*.example.edu:8443 localhost:8000"
    monkeypatch.setenv("DEEPFREQ_FRAME_ANCESTORS", named)
    assert ask("/").headers["content-security-policy"] == f"frame-ancestors 'self' {named}"


@pytest.mark.parametrize(
    "bad", ["https://a.org; script-src *", "https://a.org,https://b.org", "'none'", "a.org/page"]
)
def test_what_is_no_origin_is_refused_before_anything_is_served(monkeypatch, bad):
    monkeypatch.setenv("DEEPFREQ_FRAME_ANCESTORS", bad)
    with pytest.raises(ConfigError, match=r"DEEPFREQ_FRAME_ANCESTORS has .*separated by spaces"):
        web.middleware()


def test_error_dialogs_are_left_to_the_page():
    """The answer is Streamlit's own: another version of it may need another change."""
    told = ask("/lab/_stcore/host-config").json()
    assert told["blockErrorDialogs"] is True
    assert {"allowedOrigins", "useExternalAuthToken"} <= told.keys()


def test_websockets_pass_untouched():
    seen = []

    async def inner(scope, receive, send):
        seen.append((scope, receive, send))

    scope, receive, send = {"type": "websocket", "headers": []}, object(), object()
    asyncio.run(OwnerCookie(inner)(scope, receive, send))
    assert seen == [(scope, receive, send)]


def test_while_it_serves_it_looks_after_a_dispatcher(home, monkeypatch):
    looked = []
    monkeypatch.setattr(app_module, "_LOOK_AFTER_S", 0.01)
    monkeypatch.setattr(dispatcher, "ensure_running", lambda: looked.append(1))

    async def serve():
        async with web.lifespan(object()) as state:
            assert state == {}
            while len(looked) < 3:
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(serve(), 10))
    assert dispatcher.serving_path().exists()


def test_a_dispatcher_that_cannot_start_does_not_end_the_dashboard(home, monkeypatch, caplog):
    def fail():
        raise ConfigError("the data folder cannot be made")

    monkeypatch.setattr(dispatcher, "ensure_running", fail)
    app_module.look_after_dispatcher()
    assert "data folder" in caplog.text

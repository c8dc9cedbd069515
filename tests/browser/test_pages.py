"""What a browser asks for on every page, what the server's log says of it, and foreign frames."""

import http.server
import threading
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser

PAGES = {
    "/": "Why deeper networks learn faster",
    "/lab": "nothing running",
    "/claims": "Paper figures",
    "/sweep": "Sweeps",
    "/runs": "No runs yet",
    "/about": "effective target",
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_for_nothing_that_is_not_there(page: Page, dashboard: Dashboard, path: str):
    refused: list[str] = []
    complaints: list[str] = []

    def look(answer: Response) -> None:
        if answer.status >= 400:
            refused.append(f"{answer.status} {answer.url}")

    page.on("response", look)
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.goto(f"{dashboard.url}{path}")
    expect(page.get_by_text(PAGES[path]).first).to_be_visible()
    assert page.url.startswith(f"{dashboard.url}{path}")
    assert not refused and not complaints


def test_the_log_of_the_server_stays_silent(page: Page, dashboard: Dashboard):
    page.goto(f"{dashboard.url}/lab?preset=cosines&training.schedule.name=step")
    expect(page.get_by_text("nothing running")).to_be_visible()
    for group in ("Network", "Training", "Measuring"):
        page.get_by_text(group, exact=True).first.click()
    first = page.get_by_test_id("stNumberInput").first.locator("input")
    first.fill("65")
    first.press("Tab")
    said = page.get_by_text("net.depth is 65. Give a whole number from 1 to 64")
    expect(said.first).to_be_visible()
    text = dashboard.log.read_text("utf-8")
    assert "Session State API" not in text and "Traceback" not in text, text


@pytest.fixture
def foreign(dashboard: Dashboard, tmp_path) -> Iterator[str]:
    """A page of another site (localhost is not 127.0.0.1) that shows ours in a frame."""
    (tmp_path / "index.html").write_text(f'<iframe src="{dashboard.url}/lab"></iframe>', "utf-8")
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()


def test_a_foreign_page_cannot_show_ours_in_a_frame(page: Page, foreign: str):
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(foreign)
    page.wait_for_function("() => window.frames.length === 1")
    frame = page.frames[1]
    frame.wait_for_load_state()
    assert frame.url.startswith("chrome-error://")
    assert any("frame-ancestors" in text for text in refused)

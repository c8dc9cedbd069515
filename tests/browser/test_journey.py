"""What a visitor does on the first page, from the claim to a run that is found again."""

import re

import pytest
from playwright.sync_api import Page, expect

from deepfreq_core.runs.state import RunState
from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser

PLOT = ".df-plot-main"
# Longest line drawn in the main chart, and its x range, read from the chart itself.
POINTS = "() => Math.max(...document.querySelector('.df-plot-main').data.map((t) => t.x.length))"
RANGE = "() => document.querySelector('.df-plot-main')._fullLayout.xaxis.range.slice()"


def points(page: Page) -> int:
    return page.evaluate(POINTS)


def wait_for_points(page: Page, n: int) -> None:
    page.wait_for_selector(f"{PLOT} .main-svg")
    page.wait_for_function(f"() => ({POINTS})() >= {n}")


def set_slider(page: Page, name: str, share: float) -> None:
    box = page.get_by_test_id(name).first.bounding_box()
    assert box
    page.mouse.click(box["x"] + 8 + share * (box["width"] - 16), box["y"] + box["height"] / 2)


def test_a_deep_link_works_for_the_very_first_visitor(page: Page, dashboard: Dashboard):
    page.goto(f"{dashboard.url}/lab?net.depth=4&net.width=zebra")
    page.get_by_text("net.width cannot be").wait_for()  # it stays for a while only
    expect(page.get_by_label(re.compile("^Depth"))).to_have_value("4")
    page.wait_for_selector(f"{PLOT} .main-svg")
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_test_id("df-state")).to_have_text("nothing running")


def test_the_first_page_from_claim_to_a_run_found_again(page: Page, dashboard: Dashboard):
    page.goto(dashboard.url)
    expect(page.get_by_text("Why deeper networks learn faster")).to_be_visible()

    # The recorded run moves by itself.
    wait_for_points(page, 3)
    before = points(page)
    page.wait_for_function(f"() => ({POINTS})() > {before}")
    expect(page.get_by_test_id("df-state")).to_have_text("recorded run")

    # One button trains here; points arrive, and no stray key launches another.
    page.get_by_role("button", name="Run it now").click()
    expect(page.get_by_test_id("df-state")).to_have_text("running")
    for key in ("r", "c", "Space", "Enter"):
        page.keyboard.press(key)
    wait_for_points(page, 3)
    assert len(dashboard.store.list()) == 1
    (run,) = dashboard.store.list()

    # Space has scrolled the page, and may still be at it.
    page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo({ top: 0 })")
    page.wait_for_timeout(500)

    # Zoom by mouse and hide a layer: both stay while points go on arriving.
    box = page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 130, box["y"] + 160, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="layer 2", exact=True).click()
    expect(page.get_by_role("button", name="whole range")).to_be_visible()
    zoomed, node = page.evaluate(RANGE), page.query_selector(PLOT)
    assert zoomed[1] - zoomed[0] < 40
    seen = points(page)
    page.wait_for_function(f"() => ({POINTS})() >= {seen} + 3")
    assert page.evaluate(RANGE) == zoomed
    assert node and page.evaluate("(node) => node.isConnected", node)
    hidden = "() => document.querySelector('.df-plot-main').data.filter((t) => !t.visible).length"
    assert page.evaluate(hidden) == 2  # the line of layer 2, and its band
    page.get_by_role("button", name="whole range").click()
    page.wait_for_function(f"() => ({RANGE})()[1] > {zoomed[1]} + 10")

    # The scrubber follows until it is dragged, and again when asked to.
    expect(page.get_by_test_id("df-live")).to_be_hidden()
    set_slider(page, "df-clock", 0.0)
    expect(page.get_by_text("Ratio density at epoch 0")).to_be_visible()
    seen = points(page)
    page.wait_for_function(f"() => ({POINTS})() > {seen}")
    expect(page.get_by_text("Ratio density at epoch 0")).to_be_visible()
    page.get_by_test_id("df-live").click()
    expect(page.get_by_text("Ratio density at epoch 0")).to_have_count(0)

    # δ is a slider over what is here already: nothing but the polling asks the server.
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    value = page.get_by_test_id("df-cursor-value").first.inner_text()
    set_slider(page, "df-cursor", 0.7)
    expect(page.get_by_test_id("df-cursor-value").first).not_to_have_text(value)
    page.wait_for_timeout(700)
    polled = [url for url in asked if "favicon" not in url]  # asked for with each new address
    assert all(f"/api/runs/{run.id}/series" in url for url in polled), asked
    moved = page.get_by_test_id("df-cursor-value").first.inner_text()
    assert "#layers.inverse_delta=" in page.url

    # Stop; the buttons follow; a reload finds the run again.
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_test_id("df-state")).to_have_text("stopped")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert dashboard.store.get(run.id).state is RunState.STOPPED
    assert f"run={run.id}" in page.url
    n = dashboard.store.get(run.id).n_measurements
    page.reload()
    wait_for_points(page, n)
    expect(page.get_by_test_id("df-state")).to_have_text("stopped")
    assert points(page) == n
    expect(page.get_by_test_id("df-cursor-value").first).to_have_text(moved)


def test_a_finished_run_is_not_asked_for_again_and_can_be_replayed(
    page: Page, dashboard: Dashboard
):
    (run,) = dashboard.store.list()
    page.goto(f"{dashboard.url}/lab?run={run.id}")
    wait_for_points(page, run.n_measurements)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="replay the run").click()
    page.wait_for_function(f"() => ({POINTS})() < {run.n_measurements}")
    page.get_by_role("button", name="pause the replay").click()
    page.get_by_test_id("df-clock").focus()
    page.keyboard.press("End")
    page.wait_for_function(f"() => ({POINTS})() === {run.n_measurements}")
    page.wait_for_timeout(800)
    assert not [url for url in asked if "/api/" in url]


def test_resume_goes_on_in_the_same_charts(page: Page, dashboard: Dashboard):
    (run,) = dashboard.store.list()
    page.context.add_cookies([{"name": "deepfreq_owner", "value": run.owner, "url": dashboard.url}])
    page.goto(f"{dashboard.url}/?run={run.id}")
    wait_for_points(page, run.n_measurements)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_test_id("df-state")).to_have_text("running")
    wait_for_points(page, run.n_measurements + 1)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_test_id("df-state")).to_have_text("stopped")

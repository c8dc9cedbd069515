"""The live view on a phone, at 400 % zoom, and on a projector; and what a screen reader is told."""

import pytest
from playwright.sync_api import Page, expect

from deepfreq_core.chapters import catalogue
from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser

PLOT = ".df-plot-main .main-svg"


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 256)])
def test_nothing_is_cut_off_on_a_narrow_page(page: Page, dashboard: Dashboard, width, height):
    page.set_viewport_size({"width": width, "height": height})
    page.goto(dashboard.url)
    page.locator(PLOT).first.wait_for(state="attached")
    value = page.get_by_test_id("df-cursor-value").first
    expect(value).to_contain_text("δ =")
    slider = page.get_by_role("slider", name="filter at 1/δ")
    for node in (value, slider):
        box = node.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    # The way to the other pages says what it is, and works.
    menu = page.get_by_test_id("stExpandSidebarButton")
    assert "Menu" in menu.evaluate("(node) => getComputedStyle(node, '::after').content")
    menu.click()
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", name="Runs")).to_be_attached()


def test_a_projector_has_the_scrubber_in_sight(page: Page, dashboard: Dashboard):
    page.set_viewport_size({"width": 1024, "height": 768})
    demo = catalogue.preset("digits-demo")
    run = dashboard.store.create(demo.config, title=demo.title, preset=demo.slug)
    link = f"{dashboard.url}/lab?run={run.id}"
    page.goto(link)
    page.locator(PLOT).first.wait_for()
    form = page.get_by_role("combobox", name="Activation")
    expect(form).to_be_in_viewport()
    page.get_by_role("button", name="projector").click()
    for _ in range(2):  # at once, and when the page is opened again
        expect(form).not_to_be_in_viewport()
        expect(page.get_by_test_id("df-clock")).to_be_in_viewport(ratio=1)
        page.goto(link)
        page.locator(PLOT).first.wait_for()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(form).to_be_in_viewport()  # it can be had back

"""A line and a picture, launched from the Lab, watched, and taken back in time."""

import re

import pytest
from playwright.sync_api import Page, expect

from deepfreq_core.runs.state import RunState
from tests.browser.conftest import PATIENCE_MS, Dashboard

pytestmark = pytest.mark.browser

_NET = "&net.depth=2&net.widths=[30,30]"
_LINE = f"{_NET}&training.epochs=300&training.optimizer.learning_rate=0.005"
_PICTURE = (
    f"{_NET}&data.rows=12&data.columns=16&training.epochs=60&training.optimizer.learning_rate=0.01"
)


def _data(name: str) -> str:
    return f"document.querySelector('[data-group=\"{name}\"]').data"


def _launch(page: Page, dashboard: Dashboard, link: str) -> None:
    page.goto(f"{dashboard.url}/lab?{link}")
    page.get_by_role("button", name="Launch", exact=True).click()
    expect(page.get_by_test_id("df-state")).to_have_text("finished", timeout=PATIENCE_MS)


def test_a_line_is_launched_and_says_which_frequency_came_first(page: Page, dashboard: Dashboard):
    _launch(page, dashboard, f"preset=f-principle-1d{_LINE}")
    run = dashboard.store.list()[0]
    assert run.state is RunState.DONE
    headline = page.get_by_test_id("df-sentence")
    expect(headline).to_contain_text(re.compile("Low frequencies first|came together|Only k = 1"))

    # Five thresholds, one slider: the sentence follows it.
    expect(page.get_by_text("learned below", exact=True)).to_be_visible()
    for name in ("spectra.learning", "spectra.spectrum", "spectra.map"):
        assert page.evaluate(f"() => {_data(name)}.some((trace) => trace.x.length > 2)"), name

    # The curve is that of the moment shown: before training it is another one.
    curve = f"() => {_data('output.curve')}.find((trace) => trace.name === 'network').y.join()"
    last = page.evaluate(curve)
    page.get_by_test_id("df-clock").focus()
    page.keyboard.press("Home")
    page.wait_for_function(f"() => ({curve})() !== {last!r}")
    expect(headline).to_contain_text("k = 1, 3 and 5")


def test_a_picture_sharpens(page: Page, dashboard: Dashboard):
    _launch(page, dashboard, f"preset=picture-blur{_PICTURE}")
    z = f"{_data('output.picture')}[0].z"
    shape = page.evaluate(f"() => [{z}.length, {z}[0].length]")
    assert shape == [12, 16]
    expect(page.get_by_text("The picture to be learned")).to_be_visible()
    expect(page.get_by_test_id("df-sentence")).to_contain_text("The function is off by")

"""The server is killed and started anew while pages are open."""

import pytest
from playwright.sync_api import Page, expect

from deepfreq_core.runs.state import RunState
from tests.browser.conftest import Dashboard

pytestmark = pytest.mark.browser

SEES_IT = "() => document.querySelector('.stApp').dataset.testConnectionState === 'PINGING_SERVER'"
NOTICE = "() => getComputedStyle(document.querySelector('.stApp'), '::after').content"
LONG = "training.epochs=100000&training.stop_loss=null"


def test_only_our_notice_shows_and_the_first_stop_counts(page: Page, dashboard: Dashboard):
    about = page.context.new_page()
    about.goto(f"{dashboard.url}/about")
    about.get_by_text("What is measured").wait_for()
    page.goto(f"{dashboard.url}/lab?{LONG}")
    page.get_by_role("button", name="Launch").click()
    expect(page.get_by_test_id("df-state")).to_have_text("running")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    (run,) = dashboard.store.list()

    dashboard.kill_server()
    for one in (page, about):
        one.wait_for_function(SEES_IT)
    expect(page.get_by_test_id("df-notice")).to_contain_text("does not answer; trying again")
    page.wait_for_timeout(3_000)  # Streamlit shows its dialog after its second try
    for one in (page, about):
        expect(one.get_by_role("dialog")).to_have_count(0)
    assert "does not answer; trying again" in about.evaluate(NOTICE)
    assert page.evaluate(NOTICE) == "none"  # the live view says it

    dashboard.serve()
    page.wait_for_function(f"() => !({SEES_IT})()")
    expect(page.get_by_test_id("df-notice")).to_be_hidden()
    assert dashboard.store.get(run.id).state is RunState.RUNNING
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_test_id("df-state")).to_have_text("stopped")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    assert len(dashboard.store.list()) == 1

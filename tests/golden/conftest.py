"""The browser and the dashboard of tests/browser, for what is frozen of the live view."""

from tests.browser.conftest import browser, dashboard, page

__all__ = ["browser", "dashboard", "page"]

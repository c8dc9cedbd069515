"""The recorded demo on the start page, as a visitor sees it: charts, words and numbers.

Compared trace by trace; how the page is read and moved stands in live_view.py.
"""

from dataclasses import dataclass, replace
from itertools import product

import pytest

from tests.golden import live_view
from tests.golden.differences import check

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

FIRST = -1  # the place of the δ slider that the page chose itself
TABS = ("loss", "accuracy", "gradient")
MEASUREMENTS = (0, 3, 20, -1)
FILTERS = (FIRST, 2, 30)


@dataclass(frozen=True)
class Moment:
    """What the reader has chosen."""

    measurement: int = 20
    filter: int = FIRST
    tab: str = "loss"
    normalized: bool = True
    log: bool = False
    projector: bool = False

    def __str__(self) -> str:
        switches = ("normalized", "log", "projector")
        chosen = [self.tab, *(name for name in switches if getattr(self, name))]
        where = "first" if self.filter == FIRST else self.filter
        return f"measurement {self.measurement}, filter {where}, {' '.join(chosen)}"

    def choose(self, page, first: int, before: "Moment | None" = None) -> None:
        if before is None or before.measurement != self.measurement:
            live_view.show_measurement(page, self.measurement)
        if before is None or before.filter != self.filter:
            live_view.set_filter(page, first if self.filter == FIRST else self.filter)
        live_view.press(page, self.tab)
        live_view.press(page, "÷ maximum", self.normalized)
        live_view.press(page, "log epochs", self.log)
        live_view.press(page, "projector", self.projector)


def moments():
    """Every measurement at every δ; every way to look, at one of them; a single point, and all."""
    yield from (Moment(m, k) for m, k in product(MEASUREMENTS, FILTERS))
    for tab, *switches in product(TABS, (True, False), (False, True), (False, True)):
        yield Moment(20, FIRST, tab, *switches)
    yield from (replace(Moment(tab=tab, log=True), measurement=0) for tab in TABS)
    yield Moment(-1, 30, "gradient", False, True, True)


def test_the_recorded_demo_is_seen_as_it_was(page, dashboard):
    live_view.open_demo(page, dashboard.url)
    first = int(live_view.filter_slider(page).input_value())
    seen = {"first place of the filter": first}
    before = None
    for moment in dict.fromkeys(moments()):
        moment.choose(page, first, before)
        seen[str(moment)] = live_view.read(page)
        before = moment
    Moment().choose(page, first)
    live_view.press(page, "layer 2", on=False)
    seen["layer 2 hidden"] = live_view.read(page)
    live_view.press(page, "layer 2")
    live_view.show_whole_run(page)
    seen["the whole run"] = live_view.read(page)
    live_view.show_measurement(page, 20)
    seen["a look back at measurement 20"] = live_view.read(page)
    check("live_view.json.gz", seen)


def test_in_the_dark_it_is_seen_as_it_was(page, dashboard):
    page.emulate_media(color_scheme="dark")
    live_view.open_demo(page, dashboard.url)
    live_view.show_measurement(page, 20)
    check("live_view_dark.json.gz", live_view.read(page))


def test_a_pointer_is_told_what_it_was(page, dashboard):
    live_view.open_demo(page, dashboard.url)
    live_view.show_measurement(page, -1)
    check(
        "live_view_hover.json",
        live_view.hover_texts(page, [(20, 0.5), (0.5, 0.5), (20, 0.1), (20, 2)]),
    )


def test_an_old_link_opens_at_its_filter(page, dashboard):
    live_view.open_demo(page, f"{dashboard.url}/#inverse-delta=0.6939")
    assert live_view.read(page)["filter"] == "0.694 (δ = 1.44)"

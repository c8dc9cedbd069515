"""How a browser reads and moves the live view.

The only file here that knows the page: which buttons and sliders there are, where words stand, and
how the points of a chart are found. What is read is what Plotly was told to show, not how: titles
of charts, names of traces, points, colours, axes, labels.
"""

from typing import Any

from playwright.sync_api import Locator, Page

# Every chart by its title or, where it has none, the heading it stands under.
CHARTS = """() => {
  const finite = (v) => (Number.isFinite(v) ? Number(v.toPrecision(4)) : null);
  const digits = (v) => (typeof v === "number" ? finite(v) : v);
  const isList = (v) => Array.isArray(v) || ArrayBuffer.isView(v);
  const list = (v) => Array.from(v, (one) => plain(one) ?? null);
  const plain = (v) => (v == null ? undefined : isList(v) ? list(v) : digits(v));
  const heading = (node) => {
    for (let up = node.parentElement; up; up = up.parentElement) {
      const found = up.querySelector("h1, h2, h3, h4");
      if (found) return found.textContent;
    }
  };
  const title = (node) => node.layout.title?.text?.replace(/<[^>]*>/g, "") || heading(node);
  const marker = ({ mode, marker }) => mode?.includes("markers")
    ? plain([marker.symbol, marker.color, marker.size]) : undefined;
  const error = (bars) => bars?.visible && plain([bars.array, bars.arrayminus ?? []]);
  const trace = (full) => ({
    x: plain(full.x), y: plain(full.y), z: plain(full.z), mode: full.mode,
    color: full.line?.color, dash: full.line?.dash, width: digits(full.line?.width),
    marker: marker(full), error: error(full.error_y),
    fill: full.fill === "none" ? undefined : full.fill && [full.fill, full.fillcolor],
    colorscale: plain(full.colorscale), limits: full.z && plain([full.zmin, full.zmax]),
    colorbar: full.colorbar?.title?.text,
  });
  const axis = (full) => ({
    title: full.title.text, type: full.type, range: plain(full.range), format: full.tickformat,
    ticks: plain(full.ticktext),
  });
  const line = (shape) => plain([shape.x0, shape.x1, shape.line.color, shape.line.dash]);
  const chart = ({ data, _fullData, _fullLayout: all }) => ({
    traces: _fullData
      .map((full, i) => [data[i].name ?? "(no name)", full])
      .filter(([, full]) => full.visible === true && full.x?.length) // others are not seen
      .map(([name, full]) => [name, trace(full)]),
    x: axis(all.xaxis), y: axis(all.yaxis),
    labels: all.annotations.map((label) => [label.text, label.font.color, label.font.size]),
    lines: all.shapes.map(line),
    font: [all.font.color, all.font.size], grid: all.yaxis.gridcolor,
  });
  const nodes = [...document.querySelectorAll(".js-plotly-plot")];
  return nodes.map((node) => [title(node), chart(node)]);
}"""

# What stands around the charts of the live view.
WORDS = """() => {
  const buttons = [...document.querySelectorAll('[aria-label="Live view of a run"] button')];
  const text = (id) => document.querySelector(`[data-testid="${id}"]`).innerText;
  const rows = document.querySelector('[data-testid="df-table"]').closest("table").rows;
  return {
    buttons: buttons
      .filter((button) => !button.hidden && !button.disabled)
      .map((button) => [button.textContent, button.ariaPressed]),
    sentence: text("df-sentence"),
    status: ["df-state", "df-detail", "df-numbers"].map(text),
    filter: text("df-cursor-value"),
    table: [...rows].map((row) => [...row.cells].map((cell) => cell.textContent)),
  };
}"""

OTHER_TAB = {"÷ maximum": "as it is"}

# Nothing has been drawn for several frames.
SETTLED = """async () => {
  const frame = () => new Promise(requestAnimationFrame);
  const now = () => JSON.stringify([...document.querySelectorAll(".js-plotly-plot")].map((node) => [
    node.data.map((t) => [t.visible, (t.x ?? []).length, t.y && t.y[t.y.length - 1]]),
    node._fullLayout.annotations.map((label) => [label.text, label.x, label.y]),
    node._fullLayout.xaxis.range, node._fullLayout.yaxis.range, node._fullLayout._size,
  ]));
  for (let same = 0, before = now(); same < 8; ) {
    await frame();
    const after = now();
    same = after === before ? same + 1 : 0;
    before = after;
  }
}"""

HOVER = """async ([index, xval, yval]) => {
  const node = document.querySelectorAll(".js-plotly-plot")[index];
  Plotly.Fx.hover(node, { xval, yval });
  const texts = () => [...node.querySelectorAll(".hoverlayer text")].map((one) => one.textContent);
  for (let frames = 0; frames < 120 && !texts().length; frames++) {
    await new Promise(requestAnimationFrame);
  }
  return texts();
}"""


def open_demo(page: Page, url: str) -> None:
    """The start page with its replay stopped."""
    page.goto(url)
    page.get_by_role("button", name="pause the replay").click()
    page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot').length === 8")
    page.evaluate(SETTLED)


def read(page: Page) -> dict[str, Any]:
    """What the live view shows now: its charts, words, table, buttons."""
    return {"charts": charts(page), **page.evaluate(WORDS)}


def charts(page: Page) -> dict[str, Any]:
    """All charts of a page by title, their traces by name."""
    page.evaluate(SETTLED)
    found = by_name(page.evaluate(CHARTS))
    for chart in found.values():
        chart["traces"] = by_name(chart["traces"])
    return found


def open_claim(page: Page, url: str, name: str) -> None:
    """The card of a claim, drawn whole."""
    page.goto(f"{url}/claims?claim={name}")
    page.wait_for_selector(".js-plotly-plot .main-svg")
    # Streamlit says that the script has come to its end.
    page.wait_for_function("() => !document.querySelector('[data-testid=stStatusWidget]')")


def by_name(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Names to values; a name that comes again is told apart by its place."""
    named: dict[str, Any] = {}
    for place, (name, value) in enumerate(pairs):
        named[name if name not in named else f"{name} at {place}"] = value
    return named


def show_measurement(page: Page, index: int) -> None:
    """Move the head by the keyboard; a negative index counts from the end."""
    slider = page.get_by_label("epoch shown")
    slider.press("Home" if index >= 0 else "End")
    steps = index if index >= 0 else -1 - index
    fives, ones = ("PageUp", "ArrowRight") if index >= 0 else ("PageDown", "ArrowLeft")
    for _ in range(steps // 5):
        slider.press(fives)
    for _ in range(steps % 5):
        slider.press(ones)


def show_whole_run(page: Page) -> None:
    page.get_by_role("button", name="show the whole run").click()


def filter_slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="filter at 1/δ")


def set_filter(page: Page, position: int) -> None:
    """Move the slider of δ to a place on the grid of 1/δ."""
    filter_slider(page).fill(str(position))


def press(page: Page, name: str, on: bool = True) -> None:
    """Have the button of that name pressed in, or not: tabs, layers, switches."""
    if not on and name in OTHER_TAB:  # a tab is left by taking the other one
        name, on = OTHER_TAB[name], True
    button = page.get_by_role("button", name=name, exact=True)
    if button.get_attribute("aria-pressed") != str(on).lower():
        button.click()


def hover_texts(page: Page, places: list[tuple[float, float]]) -> list[list[str]]:
    """What a pointer at a place (x, y) of each chart is told; charts as they follow each other."""
    page.evaluate(SETTLED)
    return [page.evaluate(HOVER, [i, *place]) for i, place in enumerate(places)]

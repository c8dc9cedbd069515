"""The live view's modules by themselves, in the browser that will run them.

Each module is loaded as it is in the repository; what is checked is what it returns.
"""

import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import deepfreq_core
from deepfreq_core.ui.live_chart import assemble

pytestmark = pytest.mark.browser
FOLDER = Path(deepfreq_core.__file__).parent / "ui" / "live_chart"

# Two measurements of an array (layer, grid), a clock in steps, names along one dim.
MOMENT = """
const run = {
  clock: {name: "step", long_name: "step", is_whole: true},
  dims: {
    layer: {labels: ["input", "layer 1", "layer 2"], short: ["in", "1", "2"],
            values: null, colors: ["#111111", "#222222", "#333333"], reference: 0},
    grid: {labels: ["0", "1"], short: ["0", "1"], values: [0, 1], colors: null},
  },
  fixed: {place: [5, 6]},
  orders: {height: ["layer", "grid"], loss: [], place: ["grid"]},
  ranges: {},
};
const m = (step, base) => ({step, scalars: {loss: base / 10},
  height: [[base, base + 1], [base + 2, base + 3], [base + 4, null]]});
const moment = {run, shown: [m(0, 1), m(10, 11)], current: m(10, 11), at: {grid: 1},
                place: (value) => value, hidden: {}};
"""


@pytest.fixture(scope="module")
def call(browser: Browser) -> Iterator[Callable[..., Any]]:
    """Runs JavaScript with the exports of one module as `module`, and the moment above."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=FOLDER))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/")

    def run(name: str, body: str) -> Any:
        return page.evaluate(
            f"async () => {{ const module = await import('/{name}.js'); {MOMENT}; {body} }}"
        )

    yield run
    page.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", [file.removesuffix(".js") for file in assemble.MODULES])
def test_a_module_is_read_with_all_that_it_imports(call, name):
    assert call(name, "return Object.keys(module)")


def test_every_module_is_put_together():
    assert {file.name for file in FOLDER.glob("*.js")} == set(assemble.MODULES)


def test_the_modules_put_together_are_one_module(call):
    source = json.dumps(assemble.script())
    body = f"const text = {source}; const file = new Blob([text], {{type: 'text/javascript'}});"
    body += "return typeof (await import(URL.createObjectURL(file))).default"
    assert call("main", body) == "function"


@pytest.mark.skipif(not shutil.which("node"), reason="no node here: Chromium alone has read them")
@pytest.mark.parametrize("name", assemble.MODULES)
def test_node_finds_no_fault_in_a_module(name):
    command = ["node", "--check", "--input-type=module"]
    text = (FOLDER / name).read_text("utf-8")
    checked = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("fill", "each", "expected"),
    [
        ({"step": {"step": "all"}}, {}, [0, 10]),
        ({"loss": {"step": "all"}}, {}, [0.1, 1.1]),
        ({"height": {"step": "all", "layer": "each", "grid": "at"}}, {"layer": 1}, [4, 14]),
        ({"height": {"step": "at", "layer": "each", "grid": "all"}}, {"layer": 0}, [11, 12]),
        ({"height": {"step": 0, "layer": "all", "grid": 0}}, {}, [1, 3, 5]),
        ({"height": {"step": -1, "layer": "all", "grid": -1}}, {}, [12, 14, None]),
        ({"height": {"step": "all", "layer": "all", "grid": 0}}, {}, [[1, 3, 5], [11, 13, 15]]),
        ({"grid": {"grid": "all"}}, {}, [0, 1]),
        ({"layer": {"layer": "all"}}, {}, [0, 1, 2]),
        ({"place": {"grid": "all"}}, {}, [5, 6]),
        ({"nothing": {"step": "all"}}, {}, [None, None]),
    ],
)
def test_a_channel_takes_each_dim_as_its_fill_says(call, fill, each, expected):
    assert call("fills", f"return module.channel({_js(fill)}, moment, {_js(each)})") == expected


def test_a_family_has_a_trace_for_every_value(call):
    fill = {
        "x": {"step": {"step": "all"}},
        "y": {"height": {"step": "all", "layer": "each", "grid": "at"}},
    }
    figure = {"data": [{"line": {"width": 4}, "meta": {"fill": fill}}]}
    found = call(
        "fills",
        "moment.hidden = {layer: new Set(['layer 1'])};"
        f"return module.traces({_js(figure)}, moment, false)",
    )
    assert [trace["name"] for trace in found] == ["input", "layer 1", "layer 2"]
    assert [trace["y"] for trace in found] == [[2, 12], [4, 14], [None, None]]
    assert [trace["line"]["color"] for trace in found] == ["#111111", "#222222", "#333333"]
    assert [trace["line"].get("dash") for trace in found] == ["dash", None, None]
    assert [trace["line"]["width"] for trace in found] == [3, 4, 4]
    assert [trace["visible"] for trace in found] == [True, False, True]


def test_leading_values_are_left_out_and_curves_divided_by_their_maximum(call):
    fill = {
        "x": {"grid": {"grid": "all"}},
        "y": {"height": {"step": "at", "layer": "each", "grid": "all"}},
    }
    meta = {"fill": fill, "from": {"layer": 1}, "own_max": True}
    figure = {"data": [{"line": {"width": 1}, "meta": meta}]}
    found = call("fills", f"return module.traces({_js(figure)}, moment, false)")
    assert [trace["name"] for trace in found] == ["layer 1", "layer 2"]
    assert [trace["y"] for trace in found] == [[13 / 14, 1], [1, None]]


@pytest.mark.parametrize("rows", ["layer", "step"])
def test_rows_of_a_map_are_its_y_values(call, rows):
    x, y = ({"step": {"step": "all"}}, {"layer": {"layer": "all"}})
    fill = {"x": x, "y": y} if rows == "layer" else {"x": y, "y": x}
    fill["z"] = {"height": {"step": "all", "layer": "all", "grid": 0}}
    figure = {"data": [{"type": "heatmap", "meta": {"fill": fill}}]}
    (found,) = call("fills", f"return module.traces({_js(figure)}, moment, false)")
    assert found["z"] == (
        [[1, 11], [3, 13], [5, 15]] if rows == "layer" else [[1, 3, 5], [11, 13, 15]]
    )


def test_a_band_is_a_polygon_or_nothing(call):
    fill = {
        "x": {"grid": {"grid": "all"}},
        "low": {"height": {"step": 0, "layer": 0, "grid": "all"}},
        "high": {"height": {"step": 1, "layer": 0, "grid": "all"}},
    }
    figure = {"data": [{"line": {"width": 0}, "fill": "toself", "meta": {"fill": fill}}]}
    (found,) = call("fills", f"return module.traces({_js(figure)}, moment, false)")
    assert (found["x"], found["y"]) == ([0, 1, 1, 0], [11, 12, 2, 1])
    fill["low"] = {"missing": {"step": 0, "layer": 0, "grid": "all"}}
    (found,) = call("fills", f"return module.traces({_js(figure)}, moment, false)")
    assert (found["x"], found["y"]) == ([], [])


COLORS = {
    "x": {"height": {"step": 0, "layer": "facet", "grid": "all"}},
    "y": {"grid": {"grid": "all"}},
    "color": {"height": {"step": "at", "layer": "facet", "grid": "all"}},
}


def test_dots_have_the_colours_of_numbers_and_their_names(call):
    template = {
        "type": "scatter",
        "mode": "markers",
        "marker": {"size": 4, "colorbar": {"title": {"text": "class"}}},
        "meta": {"fill": COLORS, "named": "grid"},
    }
    found = call(
        "fills",
        "run.dims.grid.labels = [...'abcdefghijklmnop'];"
        f"return module.traces({_js({'data': [template]})}, moment, false)",
    )
    assert [trace["meta"]["each"] for trace in found] == [{"layer": i} for i in range(3)]
    assert [trace["x"] for trace in found] == [[1, 2], [3, 4], [5, None]]
    assert [trace["marker"]["color"] for trace in found] == [[11, 12], [13, 14], [15, None]]
    assert found[0]["text"] == ["l", "m"]
    bar = found[0]["marker"]["colorbar"]
    assert (bar["title"], bar["ticktext"][:2], bar["tickvals"][:2]) == (
        {"text": "class"}, ["a", "b"], [0, 1],
    )  # fmt: skip
    assert "line" not in found[0]


def test_without_the_numbers_of_their_colours_there_are_no_dots(call):
    fill = COLORS | {"color": {"nothing": {"step": "at", "layer": "facet", "grid": "all"}}}
    figure = {"data": [{"mode": "markers", "marker": {}, "meta": {"fill": fill}}]}
    found = call("fills", f"return module.traces({_js(figure)}, moment, false)")
    assert [(trace["x"], trace["marker"]["showscale"]) for trace in found] == [([], False)] * 3


@pytest.mark.parametrize(
    ("n", "width", "columns", "rows"),
    [
        (6, 1040, 6, 1),
        (6, 350, 3, 2),
        (6, 90, 1, 6),
        (65, 1040, 9, 8),
        (2, 1040, 2, 1),
        (1, 80, 1, 1),
    ],
)
def test_small_charts_are_squares_in_rows_that_the_width_has_room_for(
    call, n, width, columns, rows
):
    found = call("facets", f"return module.squares({n}, {width}, 20)")
    lefts = sorted({place["left"] for place in found["places"]})
    tops = sorted({place["top"] for place in found["places"]})
    assert (len(found["places"]), len(lefts), len(tops)) == (n, columns, rows)
    assert lefts[-1] + found["side"] <= width
    assert tops[0] == 20 and tops[-1] + found["side"] <= found["height"]
    assert found["side"] >= min(100, width - 2)
    assert call("facets", "return module.squares(0, 300, 20).places") == []


def test_every_small_chart_has_its_axes_and_its_name(call):
    body = (
        "const plot = {node: {clientWidth: 350, style: {}}};"
        "const layout = {annotations: [], xaxis: {range: [-1, 1]}, yaxis: {range: [-1, 1]}};"
        "const data = [0, 1, 2].map((i) => ({meta: {each: {layer: i}}}));"
        "const view = {look: {font: 10}, colors: {text: 'black', muted: 'grey'}};"
        "module.layOut(plot, run.dims.layer, 'layer', data, layout, 1, view);"
        "return [plot.node.style.height, layout, data.map((trace) => trace.xaxis ?? null)]"
    )
    height, layout, axes = call("facets", body)
    assert axes == [None, "x2", "x3"]
    assert [layout[f"xaxis{k}"]["range"] for k in ("", 2, 3)] == [[-1, 1]] * 3
    sides = [layout[f"xaxis{k}"]["domain"] for k in ("", 2, 3)]
    assert all(0 <= a < b <= 1 for a, b in sides) and sides == sorted(sides)
    (low, high) = layout["yaxis"]["domain"]
    assert (high - low) * float(height.removesuffix("px")) == pytest.approx(
        (sides[0][1] - sides[0][0]) * 350
    )
    assert [note["text"] for note in layout["annotations"]] == [
        "input",
        "<b>layer 1</b>",
        "layer 2",
    ]
    assert [note["font"]["color"] for note in layout["annotations"]] == ["grey", "black", "grey"]


def test_three_hundred_lines_and_none(call):
    body = (
        "run.dims.layer = {...run.dims.layer, labels: Array.from({length: 300}, (_, i) => `l${i}`),"
        " short: Array.from({length: 300}, (_, i) => `${i}`), colors: null};"
        "const figure = {data: [{line: {}, meta: {fill: {x: {step: {step: 'all'}},"
        " y: {height: {step: 'all', layer: 'each', grid: 0}}}}}]};"
        "const many = module.traces(figure, moment, false).length;"
        "delete run.dims.layer.labels;"
        "return [many, module.traces(figure, moment, false).length];"
    )
    assert call("fills", body) == [300, 0]


@pytest.mark.parametrize(
    ("hash_", "expected"),
    [
        ("#layers.inverse_delta=0.5", 0.5),
        ("#inverse-delta=0.25", 0.25),
        ("#layers.inverse_delta=7", None),
        ("#layers.inverse_delta=zebra", None),
        ("", None),
    ],
)
def test_a_cursor_in_the_address_is_kept_by_value(call, hash_, expected):
    body = f"location.hash = {hash_!r}; return module.linked('layers/inverse_delta', [0, 0.5, 1])"
    assert call("link", body) == expected


def test_a_moved_cursor_goes_into_the_address(call):
    body = (
        "location.hash = '#inverse-delta=0.25&other.dim=3';"
        "module.linkTo('layers/inverse_delta', 1 / 3); return location.hash"
    )
    assert call("link", body) == "#other.dim=3&layers.inverse_delta=0.3333"


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ([], []),
        ([5], [5]),
        ([5, 5], [4.5, 5.5]),
        ([0, 0, 0], [0, 1, 2]),
        ([9.9, 10], [9, 10]),
        ([1, 8], [1, 8]),
    ],
)
def test_labels_are_pushed_apart_and_stay_inside(call, positions, expected):
    assert call("labels", f"return module.spread({positions}, 1, 0, 10)") == expected


def test_labels_keep_their_order_and_their_distance(call):
    body = (
        "const wishes = [3, 3.1, 2.9, 7, 0, 10, 10, 9.95];"
        "const places = module.spread(wishes, 0.8, 0, 10);"
        "const order = (list) => list.map((_, i) => i).sort((a, b) => list[a] - list[b] || a - b);"
        "const sorted = [...places].sort((a, b) => a - b);"
        "return [order(wishes), order(places), sorted]"
    )
    wished, placed, places = call("labels", body)
    assert placed == wished
    assert all(b - a >= 0.8 - 1e-9 for a, b in zip(places, places[1:], strict=False))
    assert places[0] >= 0 and places[-1] <= 10


def test_where_there_is_no_room_some_labels_are_left_out(call):
    assert call("labels", "return module.named(100, 20, 100)") == [0, 20, 40, 59, 79, 99]
    assert call("labels", "return module.named(3, 20, 100)") == [0, 1, 2]


def test_a_logarithmic_clock_keeps_what_was_before_it(call):
    body = (
        "const axis = module.clockAxis({is_whole: true, can_start_at_0: true}, true, 100, 1);"
        "return [axis.place(0), axis.fromSlider(axis.toSlider(0)),"
        " axis.fromSlider(axis.toSlider(20)),"
        " axis.layout.ticktext]"
    )
    place, zero, twenty, ticks = call("axes", body)
    assert (place, zero, round(twenty, 9)) == (0.4, 0, 20)
    assert ticks == ["0", "1", "2", "5", "10", "20", "50", "100"]


def _js(value: Any) -> str:
    return json.dumps(value)

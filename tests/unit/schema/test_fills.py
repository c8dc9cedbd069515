"""Figures without points are compared with a schema, without a browser."""

import pytest

from deepfreq_core.errors import ShapeError
from deepfreq_core.schema import Array, Dim, Schema, check_figure
from deepfreq_core.schema.fills import arrays, cursors, facets, renamed

SCHEMA = Schema.of(
    Dim("layer", "layer", is_named=True),
    Dim("grid", "grid", title="at"),
    Dim("place", "place"),
    Array("height", ("layer", "grid")),
    Array("depth", ("place",), is_fixed=True),
    Array("loss"),
)
X = {"epoch": {"epoch": "all"}}
Y = {"height": {"epoch": "all", "layer": "each", "grid": "at"}}


def figure(*fills, **meta):
    data = [{"type": "scatter", "meta": {"fill": fill}} for fill in fills]
    return {"data": data, "layout": {"meta": meta}}


@pytest.mark.parametrize(
    "fill",
    [
        {"x": X, "y": Y},
        {"x": X, "y": {"loss": {"epoch": "all"}}},
        {
            "x": {"grid": {"grid": "all"}},
            "y": {"height": {"epoch": "at", "layer": 1, "grid": "all"}},
        },
        {"x": {"place": {"place": "all"}}, "y": {"depth": {"place": "all"}}},
        {
            "x": X,
            "y": {"layer": {"layer": "all"}},
            "z": {"height": {"epoch": "all", "layer": "all", "grid": -1}},
        },
        {"x": X, "low": Y, "high": Y},
        {
            "x": {"height": {"epoch": "at", "layer": "facet", "grid": "all"}},
            "y": {"grid": {"grid": "all"}},
            "color": {"height": {"epoch": 0, "layer": "facet", "grid": "all"}},
        },
    ],
)
def test_what_the_schema_can_feed_passes(fill):
    check_figure(SCHEMA, figure(fill, x="epoch", y="layer"))


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        ({}, "has no fill"),
        ({"x": X, "colour": Y}, "no such channel"),
        ({"x": X, "color": {"height": {"epoch": 0, "layer": 0, "grid": 0}}}, "runs along 0 dims"),
        ({"x": {"epoch": {"epoch": "all"}, "grid": {"grid": "all"}}}, "names 2 arrays"),
        ({"y": {"nothing": {"epoch": "all"}}}, "no array 'nothing'"),
        ({"y": {"height": {"epoch": "all", "layer": "each"}}}, "Take each exactly once"),
        ({"y": {"loss": {"epoch": "all", "layer": "each"}}}, "Take each exactly once"),
        ({"y": {"depth": {"epoch": "all", "place": "all"}}}, "Take each exactly once"),
        ({"y": {"height": {"epoch": "all", "layer": "some", "grid": "at"}}}, "taken as 'some'"),
        ({"y": {"height": {"epoch": "all", "layer": True, "grid": "at"}}}, "taken as True"),
        ({"y": {"height": {"epoch": "all", "layer": "at", "grid": 0}}}, "'layer' has no title"),
        ({"y": {"height": {"epoch": "all", "layer": "all", "grid": 0}}}, "runs along 2 dims"),
        ({"y": {"loss": {"epoch": "at"}}}, "runs along 0 dims"),
        ({"z": {"height": {"epoch": "all", "layer": 0, "grid": 0}}}, "runs along 1 dims"),
        (
            {
                "x": {"height": {"epoch": "all", "layer": "each", "grid": 0}},
                "y": {"height": {"epoch": "at", "layer": "all", "grid": "each"}},
            },
            "different dims as “each”",
        ),
    ],
)
def test_what_it_cannot_is_named(fill, said):
    with pytest.raises(ShapeError, match=said):
        check_figure(SCHEMA, figure(fill))


def test_one_dim_alone_has_small_charts():
    fill = {"x": X, "y": {"height": {"epoch": "all", "layer": "facet", "grid": "facet"}}}
    with pytest.raises(ShapeError, match="has one dim as “facet”"):
        check_figure(SCHEMA, figure(fill))
    other = {"x": X, "y": {"height": {"epoch": "all", "layer": "facet", "grid": 0}}}
    assert facets(figure(other)) == ("layer",)
    assert cursors(figure(other)) == ()


def test_names_of_colours_are_those_of_a_dim():
    one = figure({"x": X, "y": Y})
    one["data"][0]["meta"]["named"] = "layer"
    check_figure(SCHEMA, one)
    assert renamed(one, {"layer": "a/layer"})["data"][0]["meta"]["named"] == "a/layer"
    one["data"][0]["meta"]["named"] = "nowhere"
    with pytest.raises(ShapeError, match="no dim 'nowhere'"):
        check_figure(SCHEMA, one)


def test_an_axis_along_a_dim_that_is_not_there():
    with pytest.raises(ShapeError, match="the y axis: there is no dim 'nowhere'"):
        check_figure(SCHEMA, figure({"x": X, "y": Y}, y="nowhere"))


def test_what_a_figure_follows_and_holds():
    one = figure({"x": X, "y": Y})
    assert cursors(one) == ("grid",)
    assert arrays(one) == ("epoch", "height")


def test_other_names():
    one = figure({"x": X, "y": Y}, x="epoch", y="layer", peak_names={"depth": {"place": "all"}})
    names = {"height": "a/height", "layer": "a/layer", "grid": "a/grid", "depth": "a/depth"}
    found = renamed(one, names)
    assert found["data"][0]["meta"]["fill"]["y"] == {
        "a/height": {"epoch": "all", "a/layer": "each", "a/grid": "at"}
    }
    assert found["layout"]["meta"]["y"] == "a/layer"
    assert found["layout"]["meta"]["peak_names"] == {"a/depth": {"place": "all"}}
    assert cursors(one) == ("grid",)  # the figure handed in is as it was

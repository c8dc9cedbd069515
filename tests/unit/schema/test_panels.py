"""Panels of several owners become sections: an instrument each, the experiment's in the first."""

from deepfreq_core.schema import Array, Dim, Message, Schema, composed, say
from deepfreq_core.schema.panels import Panel, sections

OWN = Schema.of(Array("loss"))
PART = Schema.of(Dim("layer", "layer", is_named=True), Array("height", ("layer",)))
WHOLE = composed({"": OWN, "one": PART, "two": PART})


def panel(name, array, each=(), **more):
    take = {"epoch": "all"} | dict.fromkeys(each, "each")
    fill = {"x": {"epoch": {"epoch": "all"}}, "y": {array: take}}
    figure = {"data": [{"meta": {"fill": fill}}], "layout": {"meta": {"x": "epoch"}}}
    return Panel(name, name, name, figure, **more)


def shape(found):
    return [
        [
            part["name"],
            [[group["name"], [p["name"] for p in group["panels"]]] for group in part["groups"]],
        ]
        for part in found
    ]


def test_the_experiments_charts_join_the_first_instrument():
    height = panel("main", "height", ["layer"], place="main")
    share = panel("share", "height", ["layer"], group="training")
    found = sections(
        {
            "": [panel("loss", "loss", group="training"), panel("seconds", "loss")],
            "one": [height, share, panel("map", "height", ["layer"])],
            "two": [height],
        },
        WHOLE,
    )
    assert shape(found) == [
        [
            "one",
            [
                ["one.main", ["one.main"]],
                ["training", ["loss", "one.share"]],
                ["one.map", ["one.map"]],
                ["seconds", ["seconds"]],
            ],
        ],
        ["two", [["two.main", ["two.main"]]]],
    ]
    (main,) = found[1]["groups"][0]["panels"]
    assert main["arrays"] == ["two/height"]


def test_an_experiment_without_instruments_has_a_section_of_its_own():
    found = sections({"": [panel("loss", "loss", place="main")]}, composed({"": OWN}))
    assert shape(found) == [["", [["loss", ["loss"]]]]]


def test_a_message_in_words():
    assert (
        say(Message("a", {"who": "layer 5"}), {"a": "{who} holds the lowest."})
        == "layer 5 holds the lowest."
    )

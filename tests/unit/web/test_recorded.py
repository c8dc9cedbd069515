"""The recorded run that ships opens, with the charts' numbers derived anew."""

import json

import pytest

from deepfreq_core import theme
from deepfreq_core.chapters import catalogue
from deepfreq_core.web import recorded


def test_the_demo_that_ships_is_its_preset_and_has_all_that_charts_take():
    told = json.loads(recorded.series("digits-demo"))
    preset = catalogue.preset("digits-demo")
    assert recorded.config("digits-demo") == preset.config
    assert (told["run"], told["state"], told["title"]) == ("digits-demo", "done", preset.title)
    assert [m["epoch"] for m in told["measurements"]] == list(range(81))
    for m in told["measurements"]:
        assert len(m["embedding/scores"]) == len(m["layers/lfr"]) == 6
        assert len(m["embedding/class_blend"][5][0]) == 200
        assert "embedding/leading" not in m
    assert told["dims"]["embedding/class"]["colors"] == list(theme.CLASS_COLORS)
    assert len(told["fixed"]["embedding/label"]) == 200
    first, last = (told["measurements"][i]["embedding/labels_share"] for i in (0, -1))
    assert last[0] == pytest.approx(first[0]) and last[5] > first[5] + 0.2

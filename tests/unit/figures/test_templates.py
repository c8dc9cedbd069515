"""What the browser is handed."""

import json

from deepfreq_core.config import MlpConfig, layer_names
from deepfreq_core.figures import ratio, templates, theme
from deepfreq_core.figures.series import RunSeries

NAMES = layer_names(MlpConfig(depth=4))


def test_templates_are_plain_json_in_two_looks():
    made = templates.templates(NAMES)
    assert set(made) == set(templates.looks()) == {"screen", "projector"}
    assert set(made["screen"]) == {"ratio", "density", "map", "loss", "accuracy", "gradient"}
    assert len(json.dumps(made, allow_nan=False)) < 40_000


def test_they_carry_the_styles_of_the_figures():
    drawn = ratio.lfr_by_epoch(RunSeries.empty(NAMES))
    made = templates.templates(NAMES)["screen"]["ratio"]["data"]
    assert [trace["meta"] for trace in made] == [trace.meta for trace in drawn.data]
    lines = [trace for trace in made if trace["meta"]["role"] == "line"]
    assert [line["line"]["color"] for line in lines] == [theme.layer_color(i, 4) for i in range(5)]
    assert all(trace["x"] == [] and trace["y"] == [] for trace in made)


def test_the_map_has_a_scale_for_each_theme():
    assert set(templates.map_scales()) == {"light", "dark"}

"""How embeddings are read: colours, axes, the sentence, outcomes."""

from types import SimpleNamespace

import numpy as np
import pytest

from deepfreq_core import theme
from deepfreq_core.config import MlpConfig
from deepfreq_core.instruments import catalogue
from deepfreq_core.instruments.embedding.config import EmbeddingConfig
from deepfreq_core.instruments.embedding.panels import panels
from deepfreq_core.instruments.embedding.schema import _FULL, EmbeddingReader
from deepfreq_core.schema import check_figure, say
from deepfreq_core.schema.reader import Measured

READER = EmbeddingReader(EmbeddingConfig(), SimpleNamespace(net=MlpConfig(depth=1)))
NAMES = ("input", "layer 1")


def measured(share, **coordinates):
    series = Measured(coordinates={"layer": NAMES, "sample": np.zeros(1), **coordinates})
    series.at.append(0.0)
    series.arrays.append({"labels_share": np.array(share)})
    return series


@pytest.mark.parametrize("look", [theme.SCREEN, theme.PROJECTOR])
def test_every_chart_can_be_fed(look):
    for panel in panels(look):
        check_figure(EmbeddingReader.schema, panel.figure)


def test_a_class_melts_from_its_colour_to_grey():
    leading = np.array([[[3, 3, 9, 0]]])
    share = np.array([[[100, 10, 100, 50]]])
    found = READER.derived(
        {"leading": leading, "leading_share": share}, {"class": tuple("0123456789")}
    )["class_blend"]
    assert found.tolist() == [[[3.9, 3.0, 9.9, 0.4]]]
    assert np.floor(found).tolist() == leading.tolist()  # the name told to a pointer
    assert _FULL == theme.FULL_BLEND
    scale = {round(place * 10, 6): color for place, color in theme.blend_scale()[:-3]}
    assert scale[0.9] == theme.CLASS_COLORS[0]


def test_a_target_is_measured_by_its_largest():
    smoothed = np.array([[[0.5, -1.0, 0.0]]])
    found = READER.derived({"smoothed": smoothed}, {"target": np.array([1.0, -2.0, 0.0])})
    assert found["hue"].tolist() == [0.5, -1, 0]
    assert found["hue_blend"].tolist() == [[[0.25, -0.5, 0]]]
    zero = READER.derived({"smoothed": 0 * smoothed}, {"target": np.zeros(3)})
    assert np.isfinite(zero["hue"]).all()


def test_every_layer_stands_in_the_same_square():
    scores = np.array([[[0.5, -2.0]], [[1.0, 0.0]]])
    found = READER.ranges({"scores": scores}, {})
    assert len(set(found.values())) == 1 and len(found) == 6
    assert found["pictures.x"] == pytest.approx((-2.16, 2.16))
    assert READER.ranges({"scores": 0 * scores}, {})["melted.y"] == pytest.approx((-1.08, 1.08))


@pytest.mark.parametrize(
    ("share", "coordinates", "key", "words"),
    [
        ([0.42, 0.7], {"label": [0.0]}, "classes.gather", "42 % of the spread at the input and 70"),
        ([0.42, 0.45], {"label": [0.0]}, "classes.alike", "42 % of the spread at the input and 45"),
        ([0.42, 0.3], {"label": [0.0]}, "classes.scatter", "Colours mix as layers deepen"),
        ([0.0, 0.934], {"target": [0.0]}, "target.gather", "0 % of the spread at the input and 93"),
        ([0.4, np.nan], {"label": [0.0]}, "classes.dead", "layer 1 gives the same output"),
        ([np.nan, 0.5], {"target": [0.0]}, "target.gather", "explains 0 % of the spread"),
    ],
)
def test_the_sentence(share, coordinates, key, words):
    (message,) = READER.headlines(measured(share, **coordinates))
    assert message.key == key
    sentences = catalogue.sentences("deepfreq_core.instruments.embedding")
    assert words in say(message, sentences)


def test_outcomes_and_where_cursors_start():
    series = measured([0.4, 0.7], inverse_delta=np.array([0.1, 1.0, 10.0]))
    assert READER.outcomes(series) == {"labels_share": {"input": 0.4, "layer 1": 0.7}}
    assert READER.starts(series) == {"layer": "layer 1", "inverse_delta": 1.0}


def test_a_run_that_kept_none_of_it_is_read():
    series = Measured(at=[0.0], arrays=[{}], coordinates={"layer": NAMES})
    assert not READER.headlines(series) and not READER.starts(series)
    assert not READER.ranges({}, {}) and not READER.derived({}, {})
    assert np.isnan(READER.outcomes(series)["labels_share"]["layer 1"])

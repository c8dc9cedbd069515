"""What is read off both parts' errors: sentences, grey ends, where the cursor starts, outcomes."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest

from deepfreq_core import theme
from deepfreq_core.experiments import catalogue as experiments
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.instruments import catalogue
from deepfreq_core.instruments.filtering.config import FilteringConfig
from deepfreq_core.instruments.filtering.panels import panels
from deepfreq_core.instruments.filtering.schema import SCHEMA, FilteringReader
from deepfreq_core.schema import check_figure
from deepfreq_core.schema.messages import say
from deepfreq_core.schema.reader import Measured

_WORDS = catalogue.sentences("deepfreq_core.instruments.filtering")
_DELTAS = np.array([0.1, 3.0, 7.0, 100.0])  # identity, judged, judged, only the mean
_FIXED = {
    "delta": _DELTAS,
    "self_weight": np.array([0.99, 0.4, 0.1, 0.01]),
    "label_lfr": np.array([1.0, 0.8, 0.5, 0.1]),
    "high_share": np.array([0.01, 0.4, 0.7, 0.95]),
    "low_share": np.array([1.0, 0.9, 0.6, 0.05]),
}


def _reader(**settings: Any) -> FilteringReader:
    return FilteringReader(FilteringConfig(**settings), TrainConfig())


def _measured(*errors: tuple[float, float], every: int = 1) -> Measured:
    """A run with these e_low_centred and e_high at each judged δ."""
    arrays = []
    for low, high in errors:
        nan = math.nan
        arrays.append({
            "e_low": np.array([low, low, low, low]) / 2,
            "e_low_centred": np.array([low, low, low, nan]),
            "e_high": np.array([nan, high, high, high]),
        })
    at = [float(every * k) for k in range(len(errors))]
    return Measured(at, arrays, [{} for _ in errors], _FIXED, {})


@pytest.mark.parametrize(
    ("errors", "key"),
    [
        ([(1.0, 1.0)], "start"),
        ([(1.0, 1.0), (0.95, 0.99)], "nothing"),
        ([(1.0, 1.0), (0.12, 0.61)], "low"),
        ([(1.0, 1.0), (0.95, 0.6)], "high"),
        ([(1.0, 1.0), (0.61, 0.6)], "even"),
        ([(1.0, 1.0), (0.2, 0.5), (0.05, 0.1)], "both.low"),
        ([(1.0, 1.0), (0.5, 0.2), (0.05, 0.1)], "both.high"),
        ([(1.0, 1.0), (0.05, 0.1)], "both.even"),
    ],
)
def test_the_sentence_says_what_is_seen(errors: list[tuple[float, float]], key: str) -> None:
    found = _reader().headlines(_measured(*errors))
    assert [one.key for one in found] == ["identity", key, key, "mean"]
    for message in found:
        assert not re.search(r"[{}]", say(message, _WORDS))


def test_the_numbers_of_a_sentence_are_the_centred_ones() -> None:
    message = _reader().headlines(_measured((1, 1), (0.12, 0.61)))[2]
    said = "At δ = 7 the low part is at 12 %, the high part at 61 %: low frequencies first."
    assert say(message, _WORDS) == said


def test_both_parts_learned_says_when() -> None:
    message = _reader().headlines(_measured((1, 1), (0.2, 0.5), (0.1, 0.2), every=5))[1]
    assert dict(message.values) | {"delta": "3", "low_at": "5", "high_at": "10"} == message.values


def test_every_sentence_is_in_use() -> None:
    used = {"identity", "mean", "start", "nothing", "low", "high", "even"}
    assert set(_WORDS) == used | {f"both.{order}" for order in ("low", "high", "even")}


def test_useless_ends_are_grey_and_only_those() -> None:
    measured = _measured((1, 1))
    found = _reader().derived(measured.arrays[0], measured.coordinates)
    assert np.isfinite(found["grey_small"]).tolist() == [True, False, False, False]
    assert np.isfinite(found["grey_large"]).tolist() == [False, False, False, True]


def test_charts_over_delta_reach_as_far_as_its_values() -> None:
    measured = _measured((1, 1))
    found = _reader().ranges(measured.arrays[0], measured.coordinates)
    assert found == {"by_delta.x": (0.1, 100.0), "filter.x": (0.1, 100.0)}
    one = _reader().ranges({}, {"delta": np.array([3.0])})
    assert one["by_delta.x"] == (1.5, 6.0)


def test_the_cursor_starts_where_half_of_the_variation_is_low() -> None:
    assert _reader().starts(_measured((1, 1))) == {"delta": 7.0}


def test_the_cursor_has_a_start_where_nothing_is_judged() -> None:
    measured = _measured((1, 1))
    measured.coordinates = _FIXED | {"self_weight": np.full(4, 0.99)}
    assert _reader().starts(measured) == {"delta": 7.0}


def test_outcomes() -> None:
    run = _measured((1, 1), (0.4, 0.9), (0.2, 0.8), (0.1, 0.05), every=2)
    found = _reader().outcomes(run)
    assert found["low_epochs"] == 4 and found["high_epochs"] == 6
    first = found["low_first"]
    assert isinstance(first, dict)
    assert math.isnan(first["0.1"]) and math.isnan(first["100"])
    assert first["3"] == first["7"] == pytest.approx(2 / 3)


def test_what_was_never_learned_is_infinite_and_what_is_not_there_is_not() -> None:
    found = _reader().outcomes(_measured((1, 1), (0.2, 0.8)))
    assert found["low_epochs"] == 1 and found["high_epochs"] == math.inf
    before = _reader().outcomes(_measured((1, 1)))["low_first"]
    assert isinstance(before, dict) and all(math.isnan(share) for share in before.values())


def test_values_of_the_settings_are_known_before() -> None:
    assert _reader(deltas=(3.0, 7.0)).known()["delta"].tolist() == [3, 7]  # type: ignore[union-attr]
    assert _reader().known() == {}


@pytest.mark.parametrize("look", [theme.SCREEN, theme.PROJECTOR])
def test_charts_fit_the_schema(look: theme.Look) -> None:
    config = TrainConfig(instruments={"filtering": {}})
    run = experiments.reader(config).schema
    assert "epoch" in run.clock.name
    for panel in panels(look):
        check_figure(SCHEMA, panel.figure)
        titles = [panel.figure["layout"][axis]["title"]["text"] for axis in ("xaxis", "yaxis")]
        assert all(titles)

"""What is read off LFR and RDF: names, sentences, ranges, where cursors start, outcomes."""

from __future__ import annotations

import math
import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepfreq_core.config import CnnConfig, MlpConfig, VitConfig, layer_names
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.instruments import catalogue
from deepfreq_core.instruments.layers.order import Order
from deepfreq_core.instruments.layers.schema import LayersReader, own_maximum, peak
from deepfreq_core.lowpass.frequency import FLOOR
from deepfreq_core.schema import Message
from deepfreq_core.schema.messages import say
from deepfreq_core.schema.reader import Measured
from deepfreq_core.training.learning import MEAN_ANSWER

_WORDS = catalogue.sentences("deepfreq_core.instruments.layers")
_LFR = {
    Order.RISING: [0.2, 0.4, 0.6],
    Order.FALLING: [0.6, 0.4, 0.2],
    Order.MIXED: [0.2, 0.6, 0.4],
    Order.FLAT: [0.4, 0.4, 0.4],
}


def _reader(depth: int = 3, net: Any = None) -> LayersReader:
    run = TrainConfig(net=net or MlpConfig(depth=depth, width=5))
    return LayersReader(run.instruments["layers"], run)


def _measured(*lfr: Any, grid: Any = None, facts: Any = None, losses: Any = None) -> Measured:
    """A run with these hidden layers' LFR, (L,) or (L, m) each; the input's is 0."""
    tables = [np.array(one, float).reshape(len(one), -1) for one in lfr]
    tables = [np.vstack([np.zeros(table.shape[1]), table]) for table in tables]
    n, m = tables[0].shape
    grid = np.linspace(0, 1, m) if grid is None else np.asarray(grid, float)
    return Measured(
        at=[float(epoch) for epoch in range(len(tables))],
        arrays=[{"lfr": table, "rdf": np.gradient(table, axis=0)} for table in tables],
        scalars=[{"train_loss": loss} for loss in losses or [1.0, *[0.1] * (len(tables) - 1)]],
        coordinates={
            "layer": ("input", *(f"layer {layer}" for layer in range(1, n))),
            "inverse_delta": grid,
        },
        facts=facts or {},
    )


@pytest.mark.parametrize("net", [MlpConfig(depth=4), CnnConfig(), VitConfig()])
def test_names_are_known_before_anything_is_measured(net: Any) -> None:
    known = _reader(net=net).known()
    names = layer_names(net)
    assert known["layer"] == names and names[0] == "input" and len(names) == net.n_layers + 1
    assert known["weights"] == (*names[1:], "output")


@pytest.mark.parametrize(("was", "now"), list(product(Order, Order)))
def test_a_sentence_for_every_pair_of_orders(was: Order, now: Order) -> None:
    (message,) = _reader().headlines(_measured(_LFR[was], _LFR[now]))
    assert message.key == f"{was}>{now}"
    text = say(message, _WORDS)
    assert "{" not in text and text.endswith(".")
    for gap in re.findall(r"{(\w+)}", _WORDS[message.key]):
        assert message.values[gap] == "layer 3" and "layer 3" in text


@pytest.mark.parametrize("order", Order)
def test_before_training_it_says_how_it_starts(order: Order) -> None:
    assert _reader().headlines(_measured(_LFR[order])) == [Message(f"start.{order}")]
    assert f"start.{order}" in _WORDS


def test_every_sentence_can_be_said() -> None:
    said = {f"{was}>{now}" for was, now in product(Order, Order)}
    assert set(_WORDS) == said | {f"start.{order}" for order in Order} | {"one_layer"}


def test_each_value_of_the_cursor_has_its_own_sentence() -> None:
    before = np.array([_LFR[order] for order in Order]).T
    now = np.roll(before, 1, axis=1)
    keys = [message.key for message in _reader().headlines(_measured(before, now))]
    after = np.roll(list(Order), 1)
    assert keys == [f"{was}>{order}" for was, order in zip(Order, after, strict=True)]


def test_the_lowest_is_named_also_where_it_is_not_the_deepest() -> None:
    five = [0.1, 0.2, 0.3, 0.5, 0.4]  # rising but for one pair
    (message,) = _reader(5).headlines(_measured(five[::-1], five))
    assert message == Message("falling>rising", {"lowest": "layer 4"})
    (message,) = _reader(5).headlines(_measured(five, five[::-1]))
    assert message == Message("rising>falling", {"highest": "layer 5"})


def test_one_layer_has_no_order() -> None:
    assert _reader(1).headlines(_measured([[0.1, 0.2]])) == [Message("one_layer")] * 2


def test_sampled_rows_make_ties() -> None:
    measured = _measured(_LFR[Order.RISING], _LFR[Order.FALLING])
    measured.arrays[1] |= {"lfr_se": np.full((4, 1), 0.2)}  # type: ignore[operator]
    assert _reader().headlines(measured) == [Message("rising>flat", {})]


# Where the cursor starts


def test_it_starts_where_a_tenth_of_the_varying_part_has_passed() -> None:
    lfr = np.array([[0.2, 0.25, 0.27, 0.29, 0.9]] * 2)  # floor 0.2: a tenth of the rest at 0.28
    assert _reader(2).starts(_measured(lfr, facts={FLOOR: 0.2})) == {"inverse_delta": 0.75}


def test_the_floor_is_the_labels_not_the_first_value_of_the_grid() -> None:
    lfr = np.array([[0.28, 0.3, 0.4, 0.5, 0.9]] * 2)  # the grid starts above 0
    assert _reader(2).starts(_measured(lfr, facts={FLOOR: 0.2})) == {"inverse_delta": 0.0}
    assert _reader(2).starts(_measured(lfr)) == {"inverse_delta": 0.5}, "runs of before kept none"


@pytest.mark.parametrize("facts", [{FLOOR: 0.2}, {FLOOR: 1.0}])
def test_it_starts_in_the_middle_where_nothing_passes(facts: dict[str, float]) -> None:
    assert _reader(2).starts(_measured([[0.2] * 5] * 2, facts=facts)) == {"inverse_delta": 0.5}


# Ranges, peaks, bands


def test_axes_reach_as_far_as_any_hidden_density_is_seen() -> None:
    grid = np.linspace(0, 10, 11)
    rdf = np.zeros((3, 11))
    rdf[0] = 1.0  # the input has no say
    rdf[1, :7] = [1, 5, 1, 0.5, 0.2, 0.11, 0.09]  # a fiftieth of 5 is 0.1
    rdf[2, :3] = [-1, 2, 0]
    ranges = _reader(2).ranges({"rdf": rdf}, {"inverse_delta": grid})
    assert ranges["density.x"] == ranges["shares.x"] == (0.0, 5.0)
    assert ranges["shares.y"] == pytest.approx((1.05 * -0.5, 1.04))


def test_axes_keep_some_points_where_nothing_is_seen() -> None:
    grid = np.linspace(1, 2, 11)
    ranges = _reader(2).ranges({"rdf": np.zeros((3, 11))}, {"inverse_delta": grid})
    assert ranges["shares.x"] == (1.0, pytest.approx(1.4))
    assert ranges["shares.y"] == (0.0, 1.04)


def test_a_density_that_is_never_positive_is_divided_by_one() -> None:
    np.testing.assert_array_equal(
        own_maximum(np.array([[1.0, 4.0], [-1.0, 0.0], [math.nan, 3.0]])), [[4.0], [1.0], [3.0]]
    )


@given(
    top=st.floats(0.05, 0.95),
    height=st.floats(0.5, 20),
    width=st.floats(0.5, 30),
    log=st.booleans(),
)
def test_a_peak_is_that_of_the_parabola(top: float, height: float, width: float, log: bool) -> None:
    places = np.linspace(-3, 3, 41)
    centre = -3 + 6 * top
    values = height - width * (places - centre) ** 2
    fine = np.linspace(-3, 3, 600_001)  # brute force: the largest value on a grid 15,000 as fine
    expected = fine[int(np.argmax(height - width * (fine - centre) ** 2))]
    found = peak(np.exp(places) if log else places, values)
    assert (math.log(found) if log else found) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5, 4, 3, 2, 1], 0.0),  # at an end there are no three points
        ([1, 2, 3, 4, 5], 4.0),
        ([0, 1, 1, 0, 0], 1.5),
        ([0, 2, 2, 2, 0], 0.0 + 1.5),
        ([math.nan, 1, 3, 1, 0], 2.0),
        ([math.nan, 3, 1, 0, 0], 1.0),  # no parabola through a missing value
        ([math.nan] * 5, math.nan),
    ],
)
def test_peaks_of_few_points(values: list[float], expected: float) -> None:
    found = peak(np.arange(5.0), np.array(values, float))
    assert found == pytest.approx(expected, nan_ok=True)


def test_bands_only_where_there_are_standard_errors() -> None:
    lfr, rdf = np.full((2, 5), 0.5), np.array([[0, 1, 2, 1, 0]] * 2, float)
    coordinates = {"inverse_delta": np.arange(5.0)}
    exact = _reader(1).derived({"lfr": lfr, "rdf": rdf}, coordinates)
    np.testing.assert_allclose(exact.pop("rdf_peak"), [2.0, 2.0])
    assert not exact
    errors = {"lfr_se": np.full((2, 5), 0.1), "rdf_se": np.full((2, 5), 0.3)}
    sampled = _reader(1).derived({"lfr": lfr, "rdf": rdf, **errors}, coordinates)
    np.testing.assert_allclose(sampled["lfr_low"], 0.3)
    np.testing.assert_allclose(sampled["lfr_high"], 0.7)
    np.testing.assert_allclose(sampled["rdf_high"] - sampled["rdf_low"], 1.2)


# Outcomes


def _curves() -> tuple[np.ndarray, np.ndarray]:
    """LFR of pure waves with these angular frequencies: exp(−ω²/s) at s = 1/δ."""
    grid = np.linspace(0.01, 40, 4_000)
    return grid, np.exp(-(np.array([[3.0], [2.0], [1.0]]) ** 2) / grid)


def test_outcomes_are_the_frequencies_of_the_layers_at_the_end() -> None:
    grid, lfr = _curves()
    found = _reader().outcomes(_measured(lfr[::-1], lfr, grid=grid, facts={FLOOR: 0.0}))
    frequency = found["frequency"]
    assert isinstance(frequency, dict)
    assert list(frequency) == ["input", "layer 1", "layer 2", "layer 3"]
    np.testing.assert_allclose(list(frequency.values())[1:], [3, 2, 1], rtol=1e-2)
    assert found["last_frequency"] == frequency["layer 3"]
    assert math.isnan(frequency["input"]), "never half: beyond the grid"


@pytest.mark.parametrize("losses", [[1.0, 0.995], [1.0, 1e6], [1.0, math.nan]])
def test_what_learned_nothing_has_no_frequency(losses: list[float]) -> None:
    grid, lfr = _curves()
    facts = {FLOOR: 0.0, MEAN_ANSWER: 1.0}
    found = _reader().outcomes(_measured(lfr, lfr, grid=grid, facts=facts, losses=losses))
    assert math.isnan(found["last_frequency"])  # type: ignore[arg-type]
    assert all(math.isnan(value) for value in found["frequency"].values())  # type: ignore[union-attr]


def test_an_untrained_network_had_nothing_to_learn() -> None:
    grid, lfr = _curves()
    found = _reader().outcomes(_measured(lfr, grid=grid, facts={FLOOR: 0.0, MEAN_ANSWER: 0.5}))
    assert found["last_frequency"] == pytest.approx(1, rel=1e-2)

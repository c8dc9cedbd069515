"""The sentence above the charts."""

import itertools
import math

import pytest

from deepfreq_core.analysis.learning import Learning
from deepfreq_core.figures import words
from deepfreq_core.figures.words import Order, order
from deepfreq_core.ui import texts

WORDS = texts.table("words")
NAMES = [f"layer {k}" for k in range(1, 6)]


@pytest.mark.parametrize(
    ("ratios", "expected"),
    [
        ([0.1, 0.2, 0.3, 0.4, 0.5], Order.RISING),
        ([0.5, 0.4, 0.3, 0.2, 0.1], Order.FALLING),
        ([0.1, 0.2, 0.3, 0.5, 0.4], Order.RISING),  # one pair of ten is wrong: τ = 0.8
        ([0.1, 0.2, 0.5, 0.4, 0.3], Order.MIXED),
        ([0.300, 0.301, 0.302, 0.303, 0.304], Order.FLAT),
        ([0.1, 0.9], Order.RISING),
        ([0.4], Order.FLAT),
        ([0.1, math.nan, 0.3], Order.FLAT),
        # Three that look alike and one that stands out: 3 of 6 pairs, no clear order.
        ([0.3, 0.3, 0.3, 0.6], Order.MIXED),
    ],
)
def test_order(ratios, expected):
    assert order(ratios) is expected


def test_differences_within_two_standard_errors_are_ties():
    ratios = [0.30, 0.34, 0.38]
    assert order(ratios, [0.001] * 3) is Order.RISING
    assert order(ratios, [0.05] * 3) is Order.FLAT


def test_the_principle_in_the_words_of_the_first_page():
    before, now = [0.28, 0.23, 0.2, 0.18, 0.14], [0.37, 0.5, 0.6, 0.67, 0.71]
    assert words.sentence(WORDS, NAMES, before, None) == (
        "Before training deeper layers hold higher frequencies."
    )
    assert words.sentence(WORDS, NAMES, before, now) == (
        "Before training deeper layers held higher frequencies; now layer 5 holds the lowest."
    )


def test_what_would_refute_it_is_said_as_well():
    rising, falling = [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]
    said = words.sentence(WORDS, ["stage 1", "stage 2", "stage 3"], rising, falling)
    assert "stage 3 holds the highest" in said


def test_nothing_and_one_layer():
    assert words.sentence(WORDS, NAMES, None, None) == WORDS["nothing"]
    assert words.sentence(WORDS, NAMES, [0.2], [0.3]) == WORDS["one_layer"]


@pytest.mark.parametrize("learned", [Learning.NOTHING, Learning.DIVERGED])
@pytest.mark.parametrize("n", [1, 3])
def test_no_order_is_told_of_a_network_that_learned_nothing(learned, n):
    before, now = [0.3, 0.2, 0.1][:n], [0.1, 0.2, 0.3][:n]
    said = words.sentence(WORDS, NAMES, before, now, learned=learned)
    assert said == WORDS["learning"][learned]
    assert "order" not in said and "layer" not in said


def test_every_pair_of_orders_has_a_sentence_that_fits_on_one_line():
    assert set(WORDS["start"]) == set(Order)
    assert set(WORDS["now"]) == {f"{a}>{b}" for a, b in itertools.product(Order, Order)}
    for template in [
        *WORDS["now"].values(),
        *WORDS["start"].values(),
        *WORDS["learning"].values(),
        WORDS["one_layer"],
    ]:
        shown = template.replace("{lowest}", "layer 5").replace("{highest}", "layer 5")
        assert len(shown) <= 84, shown  # what style.css counts on

"""Order by depth, beside a plain loop over pairs of layers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepfreq_core.instruments.layers.order import CLEAR, TIE, Order, orders

_LFR = st.one_of(st.floats(0, 1.2), st.sampled_from([0.0, 0.5, 0.504, 0.506, 1.0, math.nan]))


def _naive(column: list[float], errors: list[float]) -> Order:
    total, strict, pairs = 0, 0, 0
    for k in range(len(column)):
        for deeper in range(k + 1, len(column)):
            pairs += 1
            difference = column[deeper] - column[k]
            tie = max(TIE, 2 * math.sqrt(errors[deeper] ** 2 + errors[k] ** 2))
            if abs(difference) > tie:
                strict += 1
                total += 1 if difference > 0 else -1
    if pairs == 0 or any(math.isnan(value) for value in column) or 2 * strict < pairs:
        return Order.FLAT
    tau = total / pairs
    if tau >= CLEAR:
        return Order.RISING
    return Order.FALLING if tau <= -CLEAR else Order.MIXED


@given(st.data(), st.integers(0, 7), st.integers(1, 4), st.booleans())
def test_every_order_is_that_of_the_loop(
    data: st.DataObject, n: int, m: int, has_errors: bool
) -> None:
    lfr = data.draw(arrays(np.float64, (n, m), elements=_LFR))
    errors = data.draw(arrays(np.float64, (n, m), elements=st.floats(0, 0.3)))
    given_errors = errors if has_errors else None
    expected = [
        _naive(lfr[:, k].tolist(), (errors[:, k] if has_errors else np.zeros(n)).tolist())
        for k in range(m)
    ]
    assert orders(lfr, given_errors) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([0.1, 0.2, 0.3], Order.RISING),
        ([0.3, 0.2, 0.1], Order.FALLING),
        ([0.1, 0.3, 0.2], Order.MIXED),
        ([0.1, 0.2, 0.3, 0.5, 0.4], Order.RISING),  # one of ten pairs the other way
        ([0.1, 0.3, 0.2, 0.5, 0.4], Order.MIXED),  # two of them
        ([0.1, 0.1, 0.1], Order.FLAT),
        ([0.1, 0.104, 0.108], Order.FLAT),  # one pair of three is beyond the tie
        ([0.1, 0.104, 0.11, 0.2], Order.RISING),
        ([0.1, math.nan, 0.3], Order.FLAT),
        ([0.1], Order.FLAT),
    ],
)
def test_examples(column: list[float], expected: Order) -> None:
    assert orders(np.array(column)[:, None]) == [expected]


def test_standard_errors_make_ties() -> None:
    lfr = np.array([[0.1], [0.2]])
    assert orders(lfr, np.full((2, 1), 0.03)) == [Order.RISING]  # 2 √2 · 0.03 = 0.085
    assert orders(lfr, np.full((2, 1), 0.04)) == [Order.FLAT]  # 0.113

import numpy as np
import pytest

from deepfreq_core.instruments.spectra.order import Order, order

_NEVER = np.inf


@pytest.mark.parametrize(
    ("epochs", "expected"),
    [
        ([22, 765, 2064], Order.LOW_FIRST),
        ([22, 765, _NEVER], Order.LOW_FIRST),
        ([22, _NEVER, _NEVER], Order.ONE),
        ([_NEVER] * 3, Order.NONE),
        ([30, 23, 28], Order.TOGETHER),  # 30 against 23 is within a third
        ([133, 66, 84], Order.BROKEN),
        ([_NEVER, 20, _NEVER], Order.BROKEN),
        ([25, 907, 864], Order.TOGETHER),
        ([10, 11, 10], Order.TOGETHER),
        ([0, 0, 50], Order.TOGETHER),
        ([5], Order.ONE),
    ],
)
def test_order(epochs, expected):
    frequencies = np.array([1.0, 3, 5])[: len(epochs)]
    assert order(frequencies, np.array(epochs, float)) is expected


def test_frequencies_need_not_be_sorted():
    assert order(np.array([5.0, 1, 3]), np.array([900.0, 5, 70])) is Order.LOW_FIRST

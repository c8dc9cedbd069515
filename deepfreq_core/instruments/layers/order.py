"""How LFR runs with depth, at every 1/δ of a grid at once.

Symbols: a_l is the LFR of hidden layer l = 1…L. A pair of layers k < l counts +1 where a_l > a_k
(the deeper one holds lower frequencies), -1 where a_l < a_k, and 0 where the difference is within
the tie: TIE, or two standard errors of the difference where there are any. The order is the mean
over pairs (Kendall's τ with ties).
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from deepfreq_core.records import Float64

TIE = 0.005  # LFR differences below this cannot be seen on the chart (two pixels)
CLEAR = 0.7  # τ from which an order is called clear: of five layers' ten pairs, at most one wrong


class Order(StrEnum):
    """How LFR runs with depth."""

    RISING = "rising"  # deeper = more low frequency: the principle
    FALLING = "falling"  # deeper = less low frequency
    MIXED = "mixed"  # neither clearly
    FLAT = "flat"  # most pairs of layers differ by no more than the tie


def orders(lfr: Float64, errors: Float64 | None = None) -> list[Order]:
    """Order of hidden layers 1…L at each 1/δ.

    Args:
        lfr: LFR of hidden layers 1…L, (L, m).
        errors: Their standard errors, (L, m); None where exact.

    Returns:
        m orders; FLAT where there are fewer than two layers or a value is not a number.
    """
    n, m = lfr.shape
    if n < 2:
        return [Order.FLAT] * m
    shallow, deep = np.triu_indices(n, 1)
    difference = lfr[deep] - lfr[shallow]
    tie = np.full_like(difference, TIE)
    if errors is not None:
        tie = np.maximum(tie, 2 * np.hypot(errors[deep], errors[shallow]))
    with np.errstate(invalid="ignore"):
        signs = np.where(np.abs(difference) > tie, np.sign(difference), 0.0)
    unknown = np.isnan(lfr).any(axis=0)
    tau = np.nan_to_num(signs).mean(axis=0)
    is_flat = unknown | (2 * np.count_nonzero(signs, axis=0) < len(deep))
    return [
        Order.FLAT
        if flat
        else Order.RISING
        if value >= CLEAR
        else Order.FALLING
        if value <= -CLEAR
        else Order.MIXED
        for flat, value in zip(is_flat, tau, strict=True)
    ]

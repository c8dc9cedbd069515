"""What is seen right now, as one sentence.

Symbols: a_l is the LFR of hidden layer l = 1…L at the δ shown. A pair of layers k < l counts +1
where a_l > a_k (the deeper one holds lower frequencies), -1 where a_l < a_k, and 0 where the
difference is within the tie: TIE, or two standard errors of the difference where rows were
sampled. The order is the mean over pairs (Kendall's τ with ties).

The same rule runs in the browser (`ui/live_chart/words.js`) with the same numbers and sentences,
which it gets as data; a browser test compares the two on many cases.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from deepfreq_core.analysis.learning import BETTER, FAR, Learning

TIE = 0.005  # LFR differences below this cannot be seen on the chart (two pixels)
CLEAR = 0.7  # τ from which an order is called clear: of five layers' ten pairs, at most one wrong


class Order(StrEnum):
    """How LFR runs with depth."""

    RISING = "rising"  # deeper = more low frequency: the principle
    FALLING = "falling"  # deeper = less low frequency
    MIXED = "mixed"  # neither clearly
    FLAT = "flat"  # most pairs of layers differ by no more than the tie


def order(ratios: Sequence[float], errors: Sequence[float] | None = None) -> Order:
    """Order of hidden layers 1…L by their LFR.

    Args:
        ratios: LFR of hidden layers 1…L at one δ, (L,).
        errors: Their standard errors, (L,); None where exact.

    Returns:
        The order; FLAT where there are fewer than two layers or a value is not a number.
    """
    n = len(ratios)
    if n < 2 or any(math.isnan(ratio) for ratio in ratios):
        return Order.FLAT
    total, n_untied = 0, 0
    for deep in range(1, n):
        for shallow in range(deep):
            tie = TIE
            if errors is not None:
                tie = max(tie, 2 * math.hypot(errors[deep], errors[shallow]))
            difference = ratios[deep] - ratios[shallow]
            if abs(difference) > tie:
                n_untied += 1
                total += 1 if difference > 0 else -1
    n_pairs = n * (n - 1) / 2
    if 2 * n_untied < n_pairs:
        return Order.FLAT
    tau = total / n_pairs
    if tau >= CLEAR:
        return Order.RISING
    return Order.FALLING if tau <= -CLEAR else Order.MIXED


def sentence(
    words: Mapping[str, Any],
    names: Sequence[str],
    before: Sequence[float] | None,
    now: Sequence[float] | None,
    *,
    before_errors: Sequence[float] | None = None,
    now_errors: Sequence[float] | None = None,
    learned: Learning = Learning.LEARNED,
) -> str:
    """The sentence in large type above the charts.

    Args:
        words: The sentences of `assets/texts/words.json`.
        names: Names of hidden layers 1…L, for example "layer 5" or "stage 2".
        before: LFR of hidden layers 1…L before training at one δ; None where not measured.
        now: The same at the epoch shown; None while only `before` is there.
        before_errors: Standard errors of `before`; None where exact.
        now_errors: Standard errors of `now`; None where exact.
        learned: What the network has learned at the epoch shown; of one that has learned
            nothing, or whose training diverged, no order is told.

    Returns:
        One of the sentences.
    """
    if before is None:
        return str(words["nothing"])
    if learned is not Learning.LEARNED:
        return str(words["learning"][learned])
    if len(before) < 2:
        return str(words["one_layer"])
    first = order(before, before_errors)
    if now is None:
        return str(words["start"][first])
    template = str(words["now"][f"{first}>{order(now, now_errors)}"])
    lowest = names[max(range(len(now)), key=lambda i: now[i])]
    highest = names[min(range(len(now)), key=lambda i: now[i])]
    return template.replace("{lowest}", lowest).replace("{highest}", highest)


def rule() -> dict[str, float]:
    """The numbers of the rules, for the browser."""
    return {"tie": TIE, "clear": CLEAR, "far": FAR, "better": BETTER}

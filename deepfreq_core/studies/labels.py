"""Labels at the ends of lines: which are written, pushed apart so that none covers another."""

from __future__ import annotations

import math
from collections.abc import Sequence


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions moved as little as needed to lie `gap` apart between `low` and `high`.

    Order is kept. Where there is no room for all at this gap, the gap shrinks. The live view does
    the same in the browser (`ui/live_chart/labels.js`); a browser test holds the two together.

    Args:
        positions: Where the labels would like to be.
        gap: Smallest distance between two neighbours.
        low: Smallest allowed position.
        high: Largest allowed position.

    Returns:
        New positions, in the order given.
    """
    n = len(positions)
    if n == 0:
        return []
    gap = min(gap, (high - low) / max(n - 1, 1))
    order = sorted(range(n), key=lambda i: positions[i])
    # Pool neighbours that are too close into blocks; a block sits at the mean of its wishes.
    blocks: list[tuple[float, int]] = []
    for i in order:
        blocks.append((positions[i], 1))
        while len(blocks) > 1 and _overlap(blocks[-2], blocks[-1], gap):
            (a, n_a), (b, n_b) = blocks[-2:]
            blocks[-2:] = [((a * n_a + b * n_b) / (n_a + n_b), n_a + n_b)]
    placed: list[float] = []
    for middle, size in blocks:
        first = middle - gap * (size - 1) / 2
        placed.extend(first + gap * i for i in range(size))
    # Keep all inside: push up from the bottom, then down from the top.
    for i in range(n):
        placed[i] = max(placed[i], low + gap * i)
    for i in reversed(range(n)):
        placed[i] = min(placed[i], high - gap * (n - 1 - i))
    result = [0.0] * n
    for place, i in zip(placed, order, strict=True):
        result[i] = place
    return result


def named(n: int, gap: float, room: float) -> list[int]:
    """Which of n labels are written where there may be no room for all.

    Args:
        n: Labels, in order of depth.
        gap: Smallest distance between two neighbours.
        room: Between the lowest and the highest position.

    Returns:
        All of them, or the first, the last and as many between, evenly, as there is room for.
    """
    most = max(2, math.floor(room / gap) + 1)
    if n <= most:
        return list(range(n))
    return [math.floor(i * (n - 1) / (most - 1) + 0.5) for i in range(most)]


def _overlap(below: tuple[float, int], above: tuple[float, int], gap: float) -> bool:
    (a, n_a), (b, n_b) = below, above
    return b - a < gap * (n_a + n_b) / 2

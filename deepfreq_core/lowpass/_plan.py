"""What a sweep needs to know beyond the samples: slots of the grid, groups of labels, panels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
Integers = NDArray[np.int64]
# Of every row and 1/δ, (rows, m) each: ‖r_low,i‖², r_i·r_low,i, ‖r_i − r_low,i‖², 1/C_i.
Filtered: TypeAlias = tuple[Float64, Float64, Float64, Float64]

SLOTS_PER_BLOCK = 4  # as BLOCK of the CPU kernels and of kernels/low_pass.cu
# One exp serves this many slots of a linear grid: a relative error of 1e-7 grows to 2e-6.
_LINEAR_RUN = 20
# Squaring doubles the relative error each time: 8e-7 after three.
_DOUBLING_RUN = 4
# A float32 grid is off its straight line by 6e-8; at E = βr²/2 ≤ 20 that changes G by 1e-6.
_GRID_TOLERANCE = 2e-7

PANEL = 512  # rows and columns of a tile: 1 MB of float32, half of it in L2 of most processors
# A group more costs a row about as much as this many samples: its sums are loaded and stored.
_GROUP = 16
_MOST_GROUPS = 256


@dataclass(frozen=True, slots=True)
class GridPlan:
    """The grid of 1/δ as slots that follow from few exponentials.

    Attributes:
        beta: β of every slot, (M,), float64, M ≥ m; the slots after m are discarded.
        runs: (R, 2), slots first…last−1 that follow from the exponential of the first.
        step: Step of a linear grid; −1 where slots follow by squaring.
        m: Values of 1/δ.
    """

    beta: Float64
    runs: Integers
    step: float
    m: int


def plan_grid(grid: Float64) -> GridPlan:
    """Slots for a grid (m,): powers on a linear one, squares where 1/δ doubles, else exp."""
    m = len(grid)
    if m > 1:
        step = float(grid[-1] - grid[0]) / (m - 1)
        line = grid[0] + step * np.arange(m)
        if np.all(np.abs(grid - line) <= _GRID_TOLERANCE * np.maximum(line, step)):
            n_slots = -(-m // SLOTS_PER_BLOCK) * SLOTS_PER_BLOCK
            starts = np.arange(0, n_slots, _LINEAR_RUN)
            runs = np.stack([starts, np.minimum(starts + _LINEAR_RUN, n_slots)], axis=1)
            return GridPlan(grid[0] + step * np.arange(n_slots), runs, step, m)
    firsts = [0]
    for k in range(1, m):
        doubles = abs(grid[k] - 2 * grid[k - 1]) <= _GRID_TOLERANCE * grid[k]
        if not doubles or k - firsts[-1] == _DOUBLING_RUN:
            firsts.append(k)
    edges = np.array([*firsts, m])
    return GridPlan(grid, np.stack([edges[:-1], edges[1:]], axis=1), -1.0, m)


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """Labels as groups of equal rows, or as weights where rows do not repeat.

    Attributes:
        order: Sample at every place of a tile, (n,): groups lie together.
        edges: Places where a group begins, and n; (groups + 1,). One group for weights.
        weights: Label columns in that order, (c, n), float32; (0, n) for groups.
        to_labels: (1 + c, groups): weight sums of groups to row sums and label sums; None
            where no two groups share an output (one-hot) or the sums are those already.
        in_row_sum: Part of each weight sum in C_i, (S,).
        in_energy: Part of each squared weight sum in ‖Σ_j G_ij y_j‖², (S,).
        energy: Σ_i ‖y_i‖².
    """

    order: Integers
    edges: Integers
    weights: Float32
    to_labels: Float64 | None
    in_row_sum: Float64
    in_energy: Float64
    energy: float

    @property
    def n_sums(self) -> int:
        """Weight sums S a row needs."""
        return len(self.edges) - 1 + len(self.weights)


def plan_labels(y: Float64) -> LabelPlan:
    """Groups if that is less work than a weighted sum for every label column; y (n, c)."""
    n, c = y.shape
    energy = float(np.einsum("ij,ij->", y, y))
    values, group = _equal_rows(y)
    n_groups = len(values)
    work = n + _GROUP * n_groups  # per row i
    if n_groups > 1 and (n_groups > _MOST_GROUPS or work > (1 + c) * n):
        return plan_weights(y)
    order = np.argsort(group, kind="stable").astype(np.int64)
    edges = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=n_groups))])
    gram = values @ values.T
    to_labels = None
    row_sum, in_energy = np.ones(n_groups), np.diag(gram).copy()
    if np.any(gram[~np.eye(n_groups, dtype=bool)]):
        to_labels = np.concatenate([np.ones((1, n_groups)), values.T])
        row_sum = np.zeros(1 + c)
        row_sum[0] = 1
        in_energy = 1 - row_sum
    return LabelPlan(
        order, edges.astype(np.int64), np.empty((0, n), np.float32), to_labels, row_sum,
        in_energy, energy,
    )  # fmt: skip


def plan_weights(y: Float64) -> LabelPlan:
    """Every label column as a weight, in the samples' own order; y (n, c)."""
    n, c = y.shape
    row_sum = np.zeros(1 + c)
    row_sum[0] = 1
    return LabelPlan(
        np.arange(n), np.array([0, n]), np.ascontiguousarray(y.T, np.float32), None, row_sum,
        1 - row_sum, float(np.einsum("ij,ij->", y, y)),
    )  # fmt: skip


def _equal_rows(y: Float64) -> tuple[Float64, Integers]:
    """Distinct rows of y, (groups, c), and the group of every sample, (n,)."""
    one_hot_column = np.argmax(y, axis=1)
    if np.all(y[np.arange(len(y)), one_hot_column] == 1) and np.count_nonzero(y) == len(y):
        present = np.bincount(one_hot_column, minlength=y.shape[1]) > 0
        return np.eye(y.shape[1])[present], (np.cumsum(present) - 1)[one_hot_column]
    if y.shape[1] == 1:
        column, group = np.unique(y[:, 0], return_inverse=True)
        return column[:, None], group.reshape(-1)
    # Bytes of a row compare faster than its numbers; + 0.0 makes −0 and 0 the same.
    rows = np.ascontiguousarray(y + 0.0).view(np.dtype((np.void, 8 * y.shape[1]))).reshape(-1)
    _, first, group = np.unique(rows, return_index=True, return_inverse=True)
    return y[first], group.reshape(-1)


@dataclass(frozen=True, slots=True)
class Panel:
    """Columns (or rows) of one tile: places start…stop−1, and the groups they fall into.

    Attributes:
        start, stop: Places.
        pieces: (P, 3): first column within the panel, length, group.
    """

    start: int
    stop: int
    pieces: Integers

    @property
    def length(self) -> int:
        """Its columns."""
        return self.stop - self.start


def plan_panels(edges: Integers, width: int = PANEL) -> list[Panel]:
    """Cut the places 0…n−1 into panels of at most `width`, along group edges where possible.

    Long groups are cut into equal parts, so that no panel ends in a splinter of a group.
    """
    parts: list[tuple[int, int, int]] = []
    for group, (start, stop) in enumerate(zip(edges[:-1], edges[1:], strict=True)):
        length = int(stop - start)
        n_parts = -(-length // width)
        cuts = [int(start) + length * a // n_parts for a in range(n_parts)] + [int(stop)]
        parts += [(a, b, group) for a, b in zip(cuts[:-1], cuts[1:], strict=True)]
    panels: list[Panel] = []
    held: list[tuple[int, int, int]] = []
    for part in parts:
        if held and part[1] - held[0][0] > width:
            panels.append(_panel(held))
            held = []
        held.append(part)
    panels.append(_panel(held))
    return panels


def _panel(parts: list[tuple[int, int, int]]) -> Panel:
    start = parts[0][0]
    pieces = [(first - start, stop - first, group) for first, stop, group in parts]
    return Panel(start, parts[-1][1], np.array(pieces, np.int64))


def rounds(n_panels: int) -> list[tuple[int, int]]:
    """All pairs I ≤ J of panels, ordered so that neighbours in the list share no panel.

    The circle method of a round-robin tournament: sums can then be added by several threads in
    an order that does not depend on their speed.
    """
    pairs = [(i, i) for i in range(n_panels)]
    seats: list[int | None] = [*range(n_panels), *([None] if n_panels % 2 else [])]
    for _ in range(len(seats) - 1):
        half = len(seats) // 2
        for a, b in zip(seats[:half], reversed(seats[half:]), strict=True):
            if a is not None and b is not None:
                pairs.append((min(a, b), max(a, b)))
        seats = [seats[0], seats[-1], *seats[1:-1]]
    return pairs


def column_weights(labels: LabelPlan, panel: Panel) -> Any:
    """Label columns of a panel, (c, length), float32."""
    return np.ascontiguousarray(labels.weights[:, panel.start : panel.stop])


def column_blocks(labels: LabelPlan, panel: Panel, width: int) -> Float32:
    """A column of ones and the label columns of a panel, `width` side by side.

    Returns:
        (blocks, length, width), filled up with columns of zeros.
    """
    columns = np.zeros((-(-labels.n_sums // width) * width, panel.length), np.float32)
    columns[0] = 1
    columns[1 : labels.n_sums] = labels.weights[:, panel.start : panel.stop]
    blocks = columns.reshape(-1, width, panel.length).transpose(0, 2, 1)
    return np.ascontiguousarray(blocks)

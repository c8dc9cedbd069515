"""How dear a measurement is beside an epoch of training, from sizes alone.

It decides how often to measure, so it must not depend on the clock: the same config gives the
same epochs on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence

_PASS = 6  # multiply-adds ×2 of a forward and backward pass, per parameter and sample
# Time of one (pair of samples, grid value) of the sweep, in floating-point operations of a large
# matrix product on the same cores: 11 to 12 measured for n = 2,000, d = 500, m = 20, 51, 101.
_PAIR = 12.0


def relative_cost(
    *,
    n_parameters: int,
    n_train: int,
    n_measured: int,
    n_test: int,
    widths: Sequence[int],
    n_grid: int,
) -> float:
    """Time of one measurement in units of the time of one epoch.

    Args:
        n_parameters: Parameters of the network.
        n_train: Samples in an epoch.
        n_measured: Samples that are measured.
        n_test: Test samples.
        widths: Sizes of the hidden layers that are swept.
        n_grid: m, values of 1/δ.

    Returns:
        The ratio; 0.5 means that two measurements take as long as one epoch.
    """
    passes = n_parameters * (_PASS * n_measured + _PASS / 3 * n_test)
    # Each pair of samples once: 2 d operations for the distance, m factors for the grid.
    sweeps = sum(n_measured**2 / 2 * (2 * width + _PAIR * n_grid) for width in widths)
    return (passes + sweeps) / (_PASS * n_parameters * n_train)

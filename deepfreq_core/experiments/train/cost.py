"""How dear a measurement is beside an epoch of training, from sizes alone.

It decides how often to measure, so it must not depend on the clock: the same config gives the
same epochs on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping

from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.instruments.base import Instrument, Sizes
from deepfreq_core.training import schedules

_PASS = 6  # multiply-adds ×2 of a forward and backward pass, per parameter and sample


def due_epochs(
    config: TrainConfig, sizes: Sizes, meters: Mapping[str, Instrument]
) -> schedules.MeasureAt:
    """When to measure."""
    last = config.training.epochs
    if config.measure.every is not None:
        return schedules.regular(config.measure.every, last)
    return schedules.logarithmic(last, relative_cost=relative_cost(sizes, meters))


def relative_cost(sizes: Sizes, meters: Mapping[str, Instrument]) -> float:
    """Time of one measurement in units of the time of one epoch.

    Returns:
        The ratio; 0.5 means that two measurements take as long as one epoch.
    """
    passes = sizes.n_parameters * (_PASS * sizes.n_measured + _PASS / 3 * sizes.n_test)
    own = sum(meter.cost(sizes) for meter in meters.values())
    return (passes + own) / (_PASS * sizes.n_parameters * sizes.n_train)

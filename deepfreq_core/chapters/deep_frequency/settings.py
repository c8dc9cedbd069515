"""What all runs of this chapter share: one training, its layers looked at."""

from __future__ import annotations

from typing import Any

from deepfreq_core.config import RunConfig
from deepfreq_core.experiments.train.config import ScheduleConfig, TrainConfig
from deepfreq_core.instruments.layers.config import LayersConfig


def measured(*, every: int | None = None, **layers: Any) -> dict[str, Any]:
    """Parts of a training's settings: when is measured, and how its layers are looked at.

    Args:
        every: Epochs between two measurements; None for the default schedule.
        layers: Settings of the layers instrument.

    Returns:
        For `TrainConfig(…, **measured(…))` and `model_copy(update=measured(…))`.
    """
    return {
        "measure": ScheduleConfig(every=every),
        "instruments": {"layers": LayersConfig(**layers)},
    }


def trained(config: RunConfig) -> TrainConfig:
    """The settings as those of a training, which all of this chapter are.

    Raises:
        TypeError: They are of another experiment.
    """
    if not isinstance(config, TrainConfig):
        raise TypeError(f"these are settings of {config.experiment}, not of a training")
    return config

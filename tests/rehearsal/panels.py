"""Charted as a training is."""

from deepfreq_core.experiments.train.panels import panels

__all__ = ["panels"]

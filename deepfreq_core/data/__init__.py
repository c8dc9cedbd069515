"""Data sets: each gives x (n, d) and y (n, c). `load` finds the one a config names."""

from deepfreq_core.data.base import Dataset
from deepfreq_core.data.registry import load

__all__ = ["Dataset", "load"]

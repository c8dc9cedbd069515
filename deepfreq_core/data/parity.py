"""Parity: the sign of the product of all inputs, a target of high frequency alone."""

from __future__ import annotations

import numpy as np

from deepfreq_core.config import ParityData
from deepfreq_core.data.base import Dataset, Report, quiet

_STREAM = 0x706172


def load(config: ParityData, *, seed: int, report: Report = quiet) -> Dataset:
    """f(x) = Π xⱼ on {−1, 1}^d: a random sample to learn from, all 2^d points to test on.

    The sample is drawn with replacement, as in the authors' script, so there are fewer points in it
    than it counts.

    Source: arXiv:1901.06523, section on generalisation; f̂ lies at frequency 1/4 in every input.
    """
    bits = np.arange(2**config.dimensions)[:, None] >> np.arange(config.dimensions) & 1
    x = (2.0 * bits - 1).astype(np.float32)
    y = x.prod(axis=1, keepdims=True)
    rows = np.random.default_rng([seed, _STREAM]).integers(len(x), size=config.n_train)
    return Dataset(
        name=config.name,
        x_train=x[rows],
        y_train=y[rows],
        labels_train=None,
        x_test=x,
        y_test=y,
        labels_test=None,
        input_shape=(config.dimensions,),
    )

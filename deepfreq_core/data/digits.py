"""Handwritten digits of 8×8 pixels that ship with scikit-learn: no download, no network."""

from __future__ import annotations

import numpy as np

from deepfreq_core.config import DigitsData
from deepfreq_core.data.base import Dataset, Report, one_hot, quiet

_MAX_PIXEL = 16.0  # the images hold counts 0…16


def load(config: DigitsData, *, seed: int, report: Report = quiet) -> Dataset:
    """Digits with pixels in [0, 1].

    The 1797 images are shuffled by the seed; training takes from the front, testing from the
    back, so that more training samples never change the test set.
    """
    from sklearn.datasets import load_digits  # 0.5 s to import

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng([seed, 0]).permutation(len(labels))
    x = (images[order] / _MAX_PIXEL).astype(np.float32)
    labels = labels[order].astype(np.int64)
    y = one_hot(labels, 10)
    train = slice(config.n_train)
    test = slice(len(labels) - config.n_test, None)
    return Dataset(
        name="digits",
        x_train=x[train],
        y_train=y[train],
        labels_train=labels[train],
        x_test=x[test],
        y_test=y[test],
        labels_test=labels[test],
        input_shape=(1, 8, 8),
        class_names=tuple("0123456789"),
    )

"""Some of the training labels shuffled: the control that separates learning from memorising.

Shuffling instead of drawing anew keeps how often each class occurs, so that the labels differ from
the right ones in nothing but where they stand.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deepfreq_core.data.base import Dataset

_STREAM = 2  # after the seed: 0 chooses samples, 1 those that are measured


def with_label_noise(data: Dataset, share: float, *, seed: int) -> Dataset:
    """The data set with a share of its training labels shuffled among themselves.

    A shuffled label can come back to its own sample or to one of its class: with ten even classes
    about a tenth of them stay right. Test samples are left alone.

    Args:
        data: Samples with classes.
        share: Part of the training labels, 0…1, to the nearest whole label.
        seed: Fixes which labels, and where they go.

    Returns:
        The data set, sharing all arrays but the training labels and targets.
    """
    n = len(data.y_train)
    rng = np.random.default_rng([seed, _STREAM])
    chosen = rng.permutation(n)[: round(share * n)]
    places = np.arange(n)
    places[chosen] = chosen[rng.permutation(len(chosen))]
    labels = None if data.labels_train is None else data.labels_train[places]
    return replace(data, labels_train=labels, y_train=data.y_train[places])

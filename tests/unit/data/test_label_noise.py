"""Shuffled training labels: how many, which, and what stays as it was."""

import numpy as np
import pytest

from deepfreq_core import data
from deepfreq_core.config import ClassData, DigitsData, ImageData
from deepfreq_core.data.label_noise import with_label_noise

_N = 999  # no share of it is whole


def _digits(share: float, seed: int = 0) -> data.Dataset:
    return data.load(DigitsData(n_train=_N, n_test=100, label_noise=share), seed=seed)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.33, 0.5, 1.0])
def test_every_class_occurs_as_often_as_before(share: float) -> None:
    right, noisy = _digits(0.0), _digits(share)
    assert right.labels_train is not None and noisy.labels_train is not None
    assert np.array_equal(np.bincount(right.labels_train), np.bincount(noisy.labels_train))
    assert np.array_equal(noisy.y_train.argmax(axis=1), noisy.labels_train)
    assert np.array_equal(noisy.x_train, right.x_train)


@pytest.mark.parametrize("share", [0.1, 0.33, 0.5, 1.0])
def test_no_more_labels_move_than_the_share_says_and_most_of_those(share: float) -> None:
    right, noisy = _digits(0.0), _digits(share)
    moved = np.mean(right.labels_train != noisy.labels_train)
    # Of ten classes a tenth meets its own again; twice that is many standard deviations away.
    assert 0.8 * share - 1 / _N <= moved <= share + 1 / _N


def test_that_share_is_shuffled_to_the_nearest_label() -> None:
    # All samples a class of their own: each shuffled label that moves shows.
    n = 997
    alone = data.Dataset(
        name="digits", x_train=np.zeros((n, 1), np.float32), y_train=np.eye(n, dtype=np.float32),
        x_test=np.zeros((1, 1), np.float32), y_test=np.eye(n, dtype=np.float32)[:1],
        labels_train=np.arange(n), labels_test=np.zeros(1, np.int64), input_shape=(1,),
    )  # fmt: skip
    for share in (0.0, 0.25, 0.7, 1.0):
        found = with_label_noise(alone, share, seed=3)
        assert found.labels_train is not None
        n_moved = int((found.labels_train != np.arange(n)).sum())
        # A random order leaves one label in place on average, more than ten never here.
        assert round(share * n) - 10 <= n_moved <= round(share * n)


def test_the_seed_says_which_and_where_to() -> None:
    one, same, other = (_digits(0.5, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.y_train, same.y_train)
    plain, plain_other = _digits(0.0, seed=1), _digits(0.0, seed=2)
    moved = one.labels_train != plain.labels_train
    assert not np.array_equal(moved, other.labels_train != plain_other.labels_train)


def test_test_labels_are_left_alone_and_without_noise_everything() -> None:
    right, noisy, none = _digits(0.0), _digits(1.0), data.load(
        DigitsData(n_train=_N, n_test=100), seed=0
    )  # fmt: skip
    for name in ("x_test", "y_test", "labels_test"):
        assert getattr(noisy, name).tobytes() == getattr(right, name).tobytes()
    for name in ("x_train", "y_train", "labels_train"):
        assert getattr(none, name).tobytes() == getattr(right, name).tobytes()


def test_every_data_set_with_classes_has_the_setting() -> None:
    for config in (DigitsData(), *(ImageData(name=n) for n in ("mnist", "cifar10"))):  # type: ignore[arg-type]
        assert isinstance(config, ClassData) and config.label_noise == 0
    with pytest.raises(ValueError, match="label_noise"):
        DigitsData(label_noise=1.1)
    with pytest.raises(ValueError, match="label_noise"):
        DigitsData(label_noise=-0.1)

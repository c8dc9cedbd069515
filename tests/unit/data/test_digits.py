import numpy as np

from deepfreq_core import data
from deepfreq_core.config import DigitsData


def test_shapes_types_and_range() -> None:
    digits = data.load(DigitsData(n_train=100, n_test=50), seed=0)
    assert digits.x_train.shape == (100, 64) and digits.y_train.shape == (100, 10)
    assert digits.x_test.shape == (50, 64) and digits.y_test.shape == (50, 10)
    assert digits.x_train.dtype == digits.y_train.dtype == np.float32
    assert digits.x_train.min() == 0 and digits.x_train.max() == 1
    assert digits.input_shape == (1, 8, 8)
    assert digits.n_classes == digits.n_outputs == len(digits.class_names) == 10


def test_targets_are_the_labels() -> None:
    digits = data.load(DigitsData(), seed=3)
    assert digits.labels_train is not None
    assert np.array_equal(digits.y_train.argmax(axis=1), digits.labels_train)
    assert np.array_equal(digits.y_train.sum(axis=1), np.ones(1500))


def test_seed_fixes_the_split() -> None:
    one, same, other = (data.load(DigitsData(), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.x_train, same.x_train)
    assert not np.array_equal(one.x_train, other.x_train)


def test_training_and_test_samples_are_disjoint() -> None:
    digits = data.load(DigitsData(n_train=1500, n_test=297), seed=0)
    together = np.concatenate([digits.x_train, digits.x_test])
    everything = data.load(DigitsData(n_train=1796, n_test=1), seed=0)
    reference = np.concatenate([everything.x_train, everything.x_test])
    assert np.array_equal(together, reference)


def test_more_training_samples_keep_the_first_ones_and_the_test_set() -> None:
    small = data.load(DigitsData(n_train=10, n_test=20), seed=0)
    large = data.load(DigitsData(n_train=1000, n_test=20), seed=0)
    assert np.array_equal(large.x_train[:10], small.x_train)
    assert np.array_equal(large.x_test, small.x_test)

"""Named samples, labels and grids on which every backend is compared with the reference."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Case:
    """Samples x (n, d), labels y (n, c) and a grid of 1/δ (m,)."""

    x: np.ndarray
    y: np.ndarray
    inverse_delta: np.ndarray


CASES: dict[str, Callable[[], Case]] = {}


def _case(build: Callable[[], Case]) -> Callable[[], Case]:
    CASES[build.__name__] = build
    return build


def one_hot(labels, n_classes=10):
    """Labels as rows of the unit matrix, (n, n_classes)."""
    return np.eye(n_classes)[labels]


def spread(x):
    """Mean of ‖x − mean‖²; half the mean squared distance."""
    x = np.asarray(x, np.float64)
    return float(((x - x.mean(axis=0)) ** 2).sum(axis=1).mean())


def grid(x, far=20.0, m=20):
    """0 … far/spread, so that the filter goes from the mean towards the identity."""
    return np.linspace(0, far / (spread(x) or 1), m)


def _rng():
    return np.random.default_rng(7)


def _gaussian(n, d, n_classes=10):
    rng = _rng()
    return rng.standard_normal((n, d)).astype(np.float32), one_hot(
        rng.integers(0, n_classes, n), n_classes
    )


@_case
def ordinary():
    x, y = _gaussian(700, 40)
    return Case(x, y, grid(x))


@_case
def two_clusters():
    rng = _rng()
    label = rng.integers(0, 2, 300)
    x = (rng.standard_normal((300, 30)) * 0.1 + 3 * label[:, None]).astype(np.float32)
    return Case(x, one_hot(label, 2), grid(x, far=1000))


@_case
def offset_1e3():
    x, y = _gaussian(560, 60)
    return Case(x + np.float32(1e3), y, grid(x))


@_case
def duplicates():
    x, y = _gaussian(540, 50)
    x[270:] = x[:270]
    return Case(x, y, grid(x, far=1e4))


@_case
def near_duplicates():
    x, y = _gaussian(540, 50)
    near = np.float32(1e-3) * _rng().standard_normal((270, 50)).astype(np.float32)
    x[270:] = x[:270] + near
    return Case(x, y, grid(x, far=1e5))


@_case
def all_the_same():
    return Case(np.full((40, 20), 3.25), one_hot(np.arange(40) % 10), np.linspace(0, 5, 6))


@_case
def constant_dimensions():
    x, y = _gaussian(540, 40)
    x[:, ::2] = 7.5
    return Case(x, y, grid(x))


@_case
def one_sample():
    return Case(np.array([[1.0, 2.0, 3.0]]), np.array([[0.5, -2.0]]), np.linspace(0, 3, 4))


@_case
def two_samples():
    return Case(np.array([[0.0], [1.0]]), np.array([[1.0], [-1.0]]), np.linspace(0, 3, 4))


@_case
def one_class():
    x, _ = _gaussian(200, 30)
    return Case(x, np.ones((200, 1)), grid(x))


@_case
def missing_classes():
    x, _ = _gaussian(200, 30)
    return Case(x, one_hot(np.where(np.arange(200) % 3, 2, 7)), grid(x))


@_case
def uneven_scales():
    x, y = _gaussian(560, 64)
    x = (x * np.geomspace(1e-3, 1e3, 64)).astype(np.float32)
    return Case(x, y, grid(x, far=1e3))


@_case
def uneven_density():
    rng = _rng()
    x = (rng.standard_normal((560, 20)) * rng.exponential(1, (560, 1)) ** 3).astype(np.float32)
    return Case(x, one_hot(rng.integers(0, 10, 560)), grid(x, far=1e3))


@_case
def outlier():
    x, y = _gaussian(540, 30)
    x[0] = 1e4
    return Case(x, y, grid(x[1:]))


@_case
def far_outlier():
    """So far out that squared distances leave float32, and not among the evenly spaced samples."""
    x, y = _gaussian(540, 12)
    x[1] = 1e25
    return Case(x, y, grid(x[2:])[1:])


@_case
def tiny_values():
    x, y = _gaussian(300, 20)
    return Case(x.astype(np.float64) * 1e-30, y, grid(x) * 1e60)


@_case
def huge_values():
    x, y = _gaussian(300, 20)
    return Case(x.astype(np.float64) * 1e30, y, grid(x) * 1e-60)


@_case
def identity_regime():
    x, y = _gaussian(540, 40)
    return Case(x, y, np.linspace(50, 500, 10) / spread(x))


@_case
def hundred_values():
    x, y = _gaussian(300, 40)
    return Case(x, y, grid(x, m=101))


@_case
def one_value():
    x, y = _gaussian(130, 20)
    return Case(x, y, np.array([3.0 / spread(x)]))


@_case
def doubling():
    x, y = _gaussian(540, 40)
    return Case(x, y, 0.05 / spread(x) * 2.0 ** np.arange(13))


@_case
def free_grid():
    x, y = _gaussian(540, 40)
    return Case(x, y, np.array([0, 0.3, 1, 1.1, 2.2, 4.4, 17]) / spread(x))


@_case
def float32_grid():
    x, y = _gaussian(300, 40)
    return Case(x, y, grid(x).astype(np.float32))


@_case
def binary_targets():
    x, _ = _gaussian(540, 20)
    return Case(x, np.where(_rng().random((540, 1)) < 0.3, 1.0, -1.0), grid(x))


@_case
def overlapping_targets():
    x, _ = _gaussian(540, 20)
    return Case(x, np.array([[1, 0, 1], [1, 1, 0], [0, 2, 1]])[np.arange(540) % 3], grid(x))


@_case
def real_targets():
    x, _ = _gaussian(700, 40)
    return Case(x, _rng().standard_normal((700, 7)) + 2, grid(x))


@_case
def real_targets_doubling():
    x, _ = _gaussian(540, 20)
    return Case(x, _rng().standard_normal((540, 2)), 0.05 / spread(x) * 2.0 ** np.arange(12))


@_case
def hundred_classes():
    x, y = _gaussian(700, 40, n_classes=100)
    return Case(x, y, grid(x))


@_case
def line():
    x = np.linspace(-1, 1, 601)[:, None]
    return Case(x, np.sin(3 * np.pi * x), np.linspace(0.01, 200, 50))


@_case
def fine_line():
    x = np.sort(_rng().uniform(-1, 1, 600))[:, None]
    return Case(x, np.sign(np.sin(9 * x)), np.linspace(0, 1e8, 9))


@_case
def plane():
    x, y = _gaussian(560, 2)
    return Case(x, y, grid(x, far=1e4))


@_case
def curved_sheet():
    rng = _rng()
    x = np.tanh(rng.standard_normal((560, 2)) @ rng.standard_normal((2, 300))).astype(np.float32)
    return Case(x, one_hot((x[:, 0] > 0).astype(int), 2), grid(x, far=900))


@_case
def wide_samples():
    x, y = _gaussian(530, 5000)
    return Case(np.maximum(x, 0), y, grid(x))

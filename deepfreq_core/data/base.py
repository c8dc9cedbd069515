"""What a data set is: samples x (n, d) and targets y (n, c), as plain float32 arrays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Int64: TypeAlias = NDArray[np.int64]

# Told in plain words what is going on while data is fetched: "downloading mnist: 34 %".
Report: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Training and test samples with their targets.

    Attributes:
        name: Name in the config.
        x_train: Training samples, (n, d).
        y_train: Their targets, (n, c); one-hot for classes.
        x_test: Test samples, (n', d).
        y_test: Their targets, (n', c).
        labels_train: Class indices, (n,); None for a real-valued target.
        labels_test: Class indices, (n',); None for a real-valued target.
        input_shape: What one flattened sample was: (d,), or (channels, height, width).
        class_names: Names of the classes in the order of the outputs; empty without classes.
        slope_train: ∂y/∂x of the training targets without noise, (n, d); None where not known.
        slope_test: The same of the test targets, (n', d).
        grid: Of a picture, all its points (n'', 2) row by row, and their targets (n'', 1).
        grid_shape: Rows and columns of the picture.
    """

    name: str
    x_train: Float32
    y_train: Float32
    x_test: Float32
    y_test: Float32
    labels_train: Int64 | None
    labels_test: Int64 | None
    input_shape: tuple[int, ...]
    class_names: tuple[str, ...] = ()
    slope_train: Float32 | None = None
    slope_test: Float32 | None = None
    grid: tuple[Float32, Float32] | None = None
    grid_shape: tuple[int, ...] = ()

    @property
    def n_outputs(self) -> int:
        """C, the number of outputs a network needs."""
        return int(self.y_train.shape[1])

    @property
    def n_classes(self) -> int | None:
        """Number of classes; None for a real-valued target."""
        return None if self.labels_train is None else self.n_outputs


C_contra = TypeVar("C_contra", contravariant=True)


class Loader(Protocol[C_contra]):
    """Makes a data set from its config; the same seed gives the same samples in the same order."""

    def __call__(self, config: C_contra, *, seed: int, report: Report) -> Dataset:
        """The data set of this config."""
        ...


def one_hot(labels: Int64, n_classes: int) -> Float32:
    """Rows of the identity: labels (n,) to (n, n_classes)."""
    return np.eye(n_classes, dtype=np.float32)[labels]


def quiet(_: str) -> None:
    """A report that goes nowhere."""

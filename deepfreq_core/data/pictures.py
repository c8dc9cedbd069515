"""A grey picture as a function of two coordinates; every other column is held out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.config import PictureData
from deepfreq_core.data.base import Dataset, Report, quiet


def load(config: PictureData, *, seed: int, report: Report = quiet) -> Dataset:
    """Points (column, row) divided by the longer side, and their brightness in [0, 1].

    Training points are those of the columns 0, 2, 4, …, test points the others; the seed changes
    nothing.
    """
    grey = picture(config)
    rows, columns = grey.shape
    row, column = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    x = (np.stack([column, row], axis=-1) / max(rows, columns)).astype(np.float32)
    y = grey[..., None].astype(np.float32)
    taught, held_out = slice(0, None, 2), slice(1, None, 2)
    return Dataset(
        name=config.name,
        x_train=x[:, taught].reshape(-1, 2),
        y_train=y[:, taught].reshape(-1, 1),
        labels_train=None,
        x_test=x[:, held_out].reshape(-1, 2),
        y_test=y[:, held_out].reshape(-1, 1),
        labels_test=None,
        input_shape=(2,),
        grid=(x.reshape(-1, 2), y.reshape(-1, 1)),
        grid_shape=(rows, columns),
    )


def picture(config: PictureData) -> NDArray[np.float64]:
    """Brightness in [0, 1], (rows, columns)."""
    if config.picture == "rings":
        return rings(config.rows, config.columns)
    from sklearn.datasets import load_sample_image

    colour = load_sample_image(f"{config.picture}.jpg").astype(np.float64) / 255
    grey = colour @ np.array([0.299, 0.587, 0.114])  # luma of ITU-R BT.601
    return _shrunk(grey, config.rows, config.columns)


def rings(rows: int, columns: int) -> NDArray[np.float64]:
    """Rings that grow finer outwards, half of them dark: every frequency has its place."""
    row, column = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    found: NDArray[np.float64] = 0.5 + 0.5 * np.cos(14 * (row**2 + column**2))
    return found


def _shrunk(grey: NDArray[np.float64], rows: int, columns: int) -> NDArray[np.float64]:
    """Means over blocks of pixels; what is left over at the right and lower edge is cut off."""
    tall, wide = grey.shape[0] // rows, grey.shape[1] // columns
    cut = grey[: rows * tall, : columns * wide]
    return np.asarray(cut.reshape(rows, tall, columns, wide).mean(axis=(1, 3)))

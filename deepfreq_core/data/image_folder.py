"""Images as files in a folder a class, `train/<class>/*.png`: another way CIFAR-10 is handed on.

Only the images that are asked for are read.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}
_SIZE = (32, 32)


class ImageFiles:
    """Colour images of 32×32 pixels, indexed like the array (n, 32, 32, 3) of their bytes."""

    def __init__(self, paths: list[Path]) -> None:
        self._paths = paths

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """(n, height, width, 3)."""
        return (len(self._paths), *_SIZE, 3)

    def __getitem__(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        with ThreadPoolExecutor() as pool:
            images = list(pool.map(_pixels, [self._paths[row] for row in rows]))
        return np.stack(images)


def read(folder: Path) -> tuple[ImageFiles, NDArray[np.int64], tuple[str, ...]] | None:
    """The images below `folder`, their labels and the names of the classes.

    Args:
        folder: A folder with one folder a class.

    Returns:
        Images, labels (n,) in the alphabetical order of the classes, and their names; None where
        the folder holds no images.
    """
    names = sorted(path.name for path in folder.glob("[!.]*") if path.is_dir())
    paths, labels = [], []
    for label, name in enumerate(names):
        files = sorted(p for p in (folder / name).iterdir() if p.suffix.lower() in _SUFFIXES)
        paths += files
        labels += [label] * len(files)
    if not paths:
        return None
    return ImageFiles(paths), np.array(labels, np.int64), tuple(names)


def _pixels(path: Path) -> NDArray[np.uint8]:
    try:
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError) as error:
        raise ValueError(f"{path} is no image, or a damaged one") from error
    if pixels.shape != (*_SIZE, 3):
        raise ValueError(f"{path} has {pixels.shape[1]}×{pixels.shape[0]} pixels; 32×32 expected")
    return pixels

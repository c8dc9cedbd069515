"""Where the image data sets lie, and which of them this machine has. No torch, nothing is read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from deepfreq_core import settings

# torchvision's class of each, and files of its layout that are there when all are
CLASSES = {"mnist": "MNIST", "fashion_mnist": "FashionMNIST", "cifar10": "CIFAR10"}
_IDX = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte")
_IDX_TEST = ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
_FOLDERS = {
    "mnist": ("MNIST/raw", (*_IDX, *_IDX_TEST)),
    "fashion_mnist": ("FashionMNIST/raw", (*_IDX, *_IDX_TEST)),
    "cifar10": ("cifar-10-batches-py", (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch")),
}


class Place(StrEnum):
    """Where a data set can be had from."""

    HERE = "here"  # it comes with the package, is computed, or lies on this machine
    DOWNLOAD = "download"  # the first run downloads it
    OUT_OF_REACH = "out of reach"  # not on this machine, and its last download failed


def place(name: str) -> Place:
    """Where the data set of this name can be had from, as far as this machine knows."""
    if name not in _FOLDERS or any(_is_in(root, name) for root in roots()):
        return Place.HERE
    return Place.OUT_OF_REACH if _failed(name).exists() else Place.DOWNLOAD


def roots() -> list[Path]:
    """Folders that may hold the images, the configured one first."""
    return list(dict.fromkeys((settings.data_root(), settings.home() / "data")))


def folder(name: str) -> Path:
    """The folder that the files of this data set belong into."""
    return roots()[0] / _FOLDERS[name][0]


def note_download(name: str, *, failed: bool) -> None:
    """Remember for every process of this machine how the last download ended."""
    if failed:
        _failed(name).parent.mkdir(parents=True, exist_ok=True)
        _failed(name).touch()
    else:
        _failed(name).unlink(missing_ok=True)


def _is_in(root: Path, name: str) -> bool:
    folder, files = _FOLDERS[name]
    if all((root / folder / file).is_file() for file in files):
        return True
    return name == "cifar10" and all((root / name / part).is_dir() for part in ("train", "test"))


def _failed(name: str) -> Path:
    return settings.home() / "data" / f".{name}.download-failed"

"""MNIST, Fashion-MNIST and CIFAR-10 in torchvision's layout; pixels in [0, 1], flattened.

Files are looked for in DEEPFREQ_DATA and in the data folder, and read without touching the
network. Where they are missing or damaged they are downloaded into the first of the two that can
be written. CIFAR-10 may also lie there as image files, cifar10/train/<class>/ and cifar10/test/….
"""

from __future__ import annotations

import gzip
import shutil
import struct
import tarfile
import tempfile
import warnings
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.config import ImageData
from deepfreq_core.data import download, image_folder, places
from deepfreq_core.data.base import Dataset, Int64, Report, one_hot, quiet
from deepfreq_core.errors import ConfigError, DataUnavailable

_SHAPES = {"MNIST": (28, 28), "FashionMNIST": (28, 28), "CIFAR10": (32, 32, 3)}
# Pixels (n, height, width[, 3]) or files that are indexed like them, and labels (n,).
_Part: TypeAlias = tuple[NDArray[np.uint8] | image_folder.ImageFiles, Int64]


def load(config: ImageData, *, seed: int, report: Report = quiet) -> Dataset:
    """A random subset of the images, the same for the same seed.

    Training and test images are drawn from their own parts. A larger `n_train` keeps the images
    of a smaller one and adds to them.

    Raises:
        ConfigError: More images asked for than there are, or image folders of other classes.
    """
    source = getattr(_torchvision_datasets(), places.CLASSES[config.name])
    train, test, names = _find(config.name, source, report)
    rng = np.random.default_rng([seed, 0])
    parts = {}
    for part, wanted, (pixels, labels) in (
        ("n_train", config.n_train, train),
        ("n_test", config.n_test, test),
    ):
        if wanted > len(labels):
            raise ConfigError(
                f"data.{part} is {wanted}; {config.name} has {len(labels)} there. Use at most that"
            )
        chosen = rng.permutation(len(labels))[:wanted]
        parts[part] = (_flat(pixels[chosen]), labels[chosen])
    x_train, labels_train = parts["n_train"]
    x_test, labels_test = parts["n_test"]
    shape = train[0].shape[1:]
    return Dataset(
        name=config.name,
        x_train=x_train,
        y_train=one_hot(labels_train, 10),
        labels_train=labels_train,
        x_test=x_test,
        y_test=one_hot(labels_test, 10),
        labels_test=labels_test,
        input_shape=(3, *shape[:2]) if len(shape) == 3 else (1, *shape),
        class_names=names,
    )


def _flat(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Bytes to [0, 1], one row an image, in the order channel, row, column."""
    if pixels.ndim == 4:
        pixels = pixels.transpose(0, 3, 1, 2)
    return pixels.reshape(len(pixels), -1).astype(np.float32) / np.float32(255)


def _torchvision_datasets() -> Any:
    from torchvision import datasets  # seconds to import

    return datasets


def _find(name: str, source: Any, report: Report) -> tuple[_Part, _Part, tuple[str, ...]]:
    for root in places.roots():
        if (parts := _read(source, root)) is not None:
            return parts
    root = _writable_root(name)
    with download.one_at_a_time(root / f".{source.__name__}.lock", report=report):
        if (parts := _read(source, root)) is not None:  # another run was faster
            return parts
        try:
            _install(source, root, report)
        except (DataUnavailable, OSError, tarfile.TarError, EOFError) as error:
            places.note_download(name, failed=True)
            raise _unavailable(name, str(error)) from error
    if (parts := _read(source, root)) is None:
        raise _unavailable(name, f"the files in {root} cannot be read after the download")
    places.note_download(name, failed=False)
    return parts


def _read(source: Any, root: Path) -> tuple[_Part, _Part, tuple[str, ...]] | None:
    """Both parts, or None where files are missing or damaged."""
    if source.__name__ == "CIFAR10" and (parts := _read_files(root / "cifar10")) is not None:
        return parts
    try:
        if hasattr(source, "resources"):
            raw = root / source.__name__ / "raw"
            for archive, _ in source.resources:
                _check_idx(raw / archive.removesuffix(".gz"))
        with warnings.catch_warnings():
            # CIFAR-10's own files hold a dtype that NumPy 2.4 reads with a deprecation warning.
            warnings.simplefilter("ignore")
            sets = [source(root=str(root), train=train, download=False) for train in (True, False)]
    except (RuntimeError, OSError, ValueError, EOFError, AssertionError, IndexError):
        return None
    names = tuple(str(label).split(" - ")[-1] for label in sets[0].classes)
    train, test = (
        (np.asarray(part.data, np.uint8), np.asarray(part.targets, np.int64)) for part in sets
    )
    fits = all(
        len(pixels) == len(labels) > 0
        and pixels.shape[1:] == _SHAPES[source.__name__]
        and 0 <= labels.min() <= labels.max() < 10
        for pixels, labels in (train, test)
    )
    return (train, test, names) if fits else None


def _read_files(folder: Path) -> tuple[_Part, _Part, tuple[str, ...]] | None:
    train, test = (image_folder.read(folder / part) for part in ("train", "test"))
    if train is None or test is None:
        return None
    if train[2] != test[2] or len(train[2]) != 10:
        raise ConfigError(
            f"{folder} has the classes {', '.join(train[2])} in train and {', '.join(test[2])} in "
            "test. CIFAR-10 has the same ten in both: add the missing folders, remove the others"
        )
    return train[:2], test[:2], train[2]


def _check_idx(path: Path) -> None:
    """Complain where an IDX file is not as long as its header says (LeCun's format).

    Raises:
        ValueError: It is not.
    """
    with path.open("rb") as file:
        head = file.read(4)
        if len(head) < 4 or head[:3] != b"\0\0\x08":
            raise ValueError(f"{path} is no IDX file of bytes")
        sizes = struct.unpack(f">{head[3]}I", file.read(4 * head[3]).ljust(4 * head[3], b"\0"))
    if path.stat().st_size != 4 + 4 * head[3] + int(np.prod(sizes)):
        raise ValueError(f"{path} is cut short")


def _writable_root(name: str) -> Path:
    for root in places.roots():
        try:
            root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=root):
                return root
        except OSError:
            continue
    raise _unavailable(name, f"no folder can be written: {', '.join(map(str, places.roots()))}")


def _install(source: Any, root: Path, report: Report) -> None:
    """Download, check and unpack; each file appears whole or not at all."""
    with tempfile.TemporaryDirectory(dir=root, prefix=".download-") as folder:
        if hasattr(source, "resources"):
            _install_idx(source, Path(folder), root / source.__name__ / "raw", report)
            return
        archive = Path(folder) / source.filename
        download.fetch([source.url], source.tgz_md5, archive, report=report)
        report(f"unpacking {source.filename}")
        with tarfile.open(archive) as packed:
            packed.extractall(folder, filter="data")
        target = root / source.base_folder
        shutil.rmtree(target, ignore_errors=True)
        (Path(folder) / source.base_folder).replace(target)


def _install_idx(source: Any, folder: Path, raw: Path, report: Report) -> None:
    raw.mkdir(parents=True, exist_ok=True)
    for name, md5 in source.resources:
        archive = folder / name
        urls = [f"{mirror}{name}" for mirror in source.mirrors]
        download.fetch(urls, md5, archive, report=report)
        with gzip.open(archive, "rb") as packed, (folder / archive.stem).open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked)
        (folder / archive.stem).replace(raw / archive.stem)


def _unavailable(name: str, reason: str) -> DataUnavailable:
    return DataUnavailable(
        f"data.name is {name}, which is not on this machine, and {reason}. Put its files into "
        f"{places.folder(name)} (torchvision's layout; DEEPFREQ_DATA names another root), or "
        "resume with a network. The built-in data.name=digits needs neither"
    )

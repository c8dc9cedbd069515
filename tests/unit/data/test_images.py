"""Image data sets: read from torchvision's layout, and plain words when they cannot be had."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from torchvision import datasets

from deepfreq_core import data
from deepfreq_core.config import ImageData
from deepfreq_core.errors import ConfigError, DataUnavailable

_IDX_NAMES = {
    "train-images-idx3-ubyte": (30, 28, 28),
    "train-labels-idx1-ubyte": (30,),
    "t10k-images-idx3-ubyte": (12, 28, 28),
    "t10k-labels-idx1-ubyte": (12,),
}


def _idx(shape: tuple[int, ...], seed: int) -> bytes:
    limit = 10 if len(shape) == 1 else 256
    values = np.random.default_rng(seed).integers(0, limit, shape).astype(np.uint8)
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, 8, len(shape), *shape) + values.tobytes()


def _write_idx(raw: Path) -> None:
    raw.mkdir(parents=True)
    for seed, (name, shape) in enumerate(_IDX_NAMES.items()):
        (raw / name).write_bytes(_idx(shape, seed))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request fails at once; the list holds what was asked for."""
    asked: list[str] = []

    def refuse(request: urllib.request.Request, timeout: float) -> None:
        asked.append(request.full_url)
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    return asked


@pytest.fixture
def small_fashion(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A network that serves 30 + 12 images as Fashion-MNIST; the archives by name."""
    archives = {
        f"{name}.gz": gzip.compress(_idx(shape, seed))
        for seed, (name, shape) in enumerate(_IDX_NAMES.items())
    }
    resources = [(name, hashlib.md5(archive).hexdigest()) for name, archive in archives.items()]
    monkeypatch.setattr(datasets.FashionMNIST, "resources", resources)

    class Response(io.BytesIO):
        headers: dict[str, str]

    def serve_with_headers(request: urllib.request.Request, timeout: float) -> Response:
        content = archives[request.full_url.rsplit("/", 1)[-1]]
        response = Response(content)
        response.headers = {"Content-Length": str(len(content))}
        return response

    monkeypatch.setattr(urllib.request, "urlopen", serve_with_headers)
    return archives


def test_files_that_are_there_are_read_without_the_network(home: Path, no_network: Any) -> None:
    _write_idx(home / "data" / "MNIST" / "raw")
    mnist = data.load(ImageData(name="mnist", n_train=20, n_test=5), seed=0)
    assert mnist.x_train.shape == (20, 784) and mnist.x_test.shape == (5, 784)
    assert 0 <= mnist.x_train.min() and 0.9 < mnist.x_train.max() <= 1
    assert mnist.input_shape == (1, 28, 28) and mnist.class_names[7] == "seven"
    assert no_network == []


def test_the_subset_is_random_and_fixed_by_the_seed(home: Path) -> None:
    _write_idx(home / "data" / "MNIST" / "raw")
    first, again, larger = (
        data.load(ImageData(name="mnist", n_train=n, n_test=5), seed=4) for n in (20, 20, 25)
    )
    other = data.load(ImageData(name="mnist", n_train=20, n_test=5), seed=5)
    assert np.array_equal(first.x_train, again.x_train)
    assert np.array_equal(larger.x_train[:20], first.x_train)
    assert not np.array_equal(first.x_train, other.x_train)


def test_more_images_than_there_are(home: Path) -> None:
    _write_idx(home / "data" / "MNIST" / "raw")
    with pytest.raises(ConfigError, match="n_train is 31; mnist has 30"):
        data.load(ImageData(name="mnist", n_train=31, n_test=5), seed=0)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_no_files_and_no_network_is_said_quickly_with_both_ways_out(
    home: Path, no_network: list[str], name: Any
) -> None:
    started = time.perf_counter()
    with pytest.raises(DataUnavailable) as error:
        data.load(ImageData(name=name), seed=0)
    assert time.perf_counter() - started < 5  # no retries that go on for minutes
    message = str(error.value)
    assert "DEEPFREQ_DATA" in message and "with a network" in message and "digits" in message
    assert "no route to host" in message and no_network
    assert "\n" not in message


def test_a_folder_that_cannot_be_written_is_read_and_another_one_filled(
    home: Path, tmp_path: Path, small_fashion: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("not a folder")  # fails for root as well, unlike permissions
    monkeypatch.setenv("DEEPFREQ_DATA", str(occupied))
    notes: list[str] = []
    config = ImageData(name="fashion_mnist", n_train=30, n_test=12)
    fashion = data.load(config, seed=0, report=notes.append)
    assert fashion.x_train.shape == (30, 784)
    raw = home / "data" / "FashionMNIST" / "raw"
    assert sorted(path.name for path in raw.iterdir()) == sorted(_IDX_NAMES)
    assert notes[0] == "downloading train-images-idx3-ubyte.gz: 100 %"


def test_a_file_cut_short_is_fetched_again(home: Path, small_fashion: Any) -> None:
    raw = home / "data" / "FashionMNIST" / "raw"
    _write_idx(raw)
    images = raw / "train-images-idx3-ubyte"
    whole = images.read_bytes()
    images.write_bytes(whole[:1000])
    data.load(ImageData(name="fashion_mnist", n_train=30, n_test=12), seed=0)
    assert images.read_bytes() == whole


def test_a_label_that_is_no_class_is_damage(home: Path, small_fashion: Any) -> None:
    raw = home / "data" / "FashionMNIST" / "raw"
    _write_idx(raw)
    labels = raw / "train-labels-idx1-ubyte"
    whole = labels.read_bytes()
    labels.write_bytes(whole[:-1] + b"\xc8")
    data.load(ImageData(name="fashion_mnist", n_train=30, n_test=12), seed=0)
    assert labels.read_bytes() == whole


def test_image_folders_of_other_classes_in_the_two_parts_are_refused(home: Path) -> None:
    for part, names in (("train", "abcdefghij"), ("test", "bcdefghij")):
        for name in names:
            folder = home / "data" / "cifar10" / part / name
            folder.mkdir(parents=True)
            Image.new("RGB", (32, 32)).save(folder / "0.png")
    with pytest.raises(ConfigError, match="CIFAR-10 has the same ten in both"):
        data.load(ImageData(name="cifar10", n_train=2, n_test=2), seed=0)


def test_a_damaged_download_is_refused_and_leaves_nothing(
    home: Path, small_fashion: dict[str, bytes]
) -> None:
    small_fashion["train-images-idx3-ubyte.gz"] = b"<html>please log in</html>"
    with pytest.raises(DataUnavailable, match="arrived damaged"):
        data.load(ImageData(name="fashion_mnist"), seed=0)
    assert list((home / "data" / "FashionMNIST" / "raw").iterdir()) == []


def test_real_mnist(shared_data: Path) -> None:
    mnist = data.load(ImageData(name="mnist", n_train=60_000, n_test=10_000), seed=0)
    assert mnist.labels_train is not None
    # The class counts of the original training part.
    counts = np.bincount(mnist.labels_train).tolist()
    assert counts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert mnist.x_train.mean() == pytest.approx(0.1307, abs=5e-5)  # the well-known mean


def test_cifar10_layout(shared_data: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real images, converted to the files that torchvision reads."""
    images: list[NDArray[np.uint8]] = []
    with tarfile.open(shared_data / "cifar10-jpeg.tar") as archive:
        for member in archive:
            if member.isfile():
                file = archive.extractfile(member)
                assert file is not None
                images.append(np.asarray(Image.open(file)))
            if len(images) == 12:
                break
    folder = home / "data" / datasets.CIFAR10.base_folder
    folder.mkdir(parents=True)
    _write_cifar(folder, np.stack(images), monkeypatch)
    monkeypatch.setenv("DEEPFREQ_DATA", str(home / "data"))
    cifar = data.load(ImageData(name="cifar10", n_train=10, n_test=2), seed=0)
    assert cifar.x_train.shape == (10, 3072) and cifar.input_shape == (3, 32, 32)
    originals = {image.transpose(2, 0, 1).tobytes() for image in images}
    assert {np.rint(row * 255).astype(np.uint8).tobytes() for row in cifar.x_train} <= originals


def _write_cifar(folder: Path, images: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two images a file, with the checksums torchvision compares replaced by theirs."""
    rows = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    sums = {}
    names = [*(f"data_batch_{index}" for index in range(1, 6)), "test_batch"]
    for index, name in enumerate(names):
        part = {"data": rows[2 * index : 2 * index + 2], "labels": [0, 9]}
        (folder / name).write_bytes(pickle.dumps(part))
    meta = {"label_names": [f"class {index}" for index in range(10)]}
    (folder / "batches.meta").write_bytes(pickle.dumps(meta))
    for path in folder.iterdir():
        sums[path.name] = hashlib.md5(path.read_bytes()).hexdigest()
    source = datasets.CIFAR10
    monkeypatch.setattr(source, "train_list", [[name, sums[name]] for name in names[:5]])
    monkeypatch.setattr(source, "test_list", [["test_batch", sums["test_batch"]]])
    monkeypatch.setattr(source, "meta", source.meta | {"md5": sums["batches.meta"]})

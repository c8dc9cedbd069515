"""CIFAR-10 as image files: the same data set, read file by file."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from deepfreq_core import data
from deepfreq_core.config import ImageData
from deepfreq_core.data import image_folder

NAMES = [f"class{k}" for k in range(10)]


def write(root: Path, part: str, n: int, size: tuple[int, int] = (32, 32)) -> None:
    for label, name in enumerate(NAMES):
        folder = root / part / name
        folder.mkdir(parents=True)
        for k in range(n):
            pixels = np.full((*size, 3), 20 * label + k, np.uint8)
            Image.fromarray(pixels).save(folder / f"{k:04d}.png")


def test_files_are_read_as_images_with_labels_of_their_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "cifar10", "train", 3)
    write(tmp_path / "cifar10", "test", 1)
    monkeypatch.setenv("DEEPFREQ_DATA", str(tmp_path))
    found = data.load(ImageData(name="cifar10", n_train=30, n_test=10), seed=0)
    assert found.input_shape == (3, 32, 32)
    assert found.class_names == tuple(NAMES)
    assert found.labels_train is not None
    assert np.bincount(found.labels_train).tolist() == [3] * 10
    # Every pixel of an image is 20 × its label + its number within the class.
    grey = np.rint(found.x_train[:, 0] * 255).astype(int)
    np.testing.assert_array_equal(grey // 20, found.labels_train)
    assert (found.x_train == found.x_train[:, :1]).all()


def test_no_images_are_no_data_set(tmp_path: Path) -> None:
    assert image_folder.read(tmp_path / "nothing") is None
    (tmp_path / "empty").mkdir()
    assert image_folder.read(tmp_path) is None


def test_a_file_of_another_size_is_named(tmp_path: Path) -> None:
    write(tmp_path, "train", 1, size=(16, 16))
    found = image_folder.read(tmp_path / "train")
    assert found is not None
    with pytest.raises(ValueError, match="0000.png has 16×16 pixels"):
        found[0][np.array([0])]


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "x.png").write_bytes(b"text")
    found = image_folder.read(tmp_path)
    assert found is not None
    with pytest.raises(ValueError, match=r"x\.png is no image, or a damaged"):
        found[0][np.array([0])]

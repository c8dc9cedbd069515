"""Which data sets a machine has, found without torchvision but by its layout."""

import urllib.error
from socket import gaierror

import pytest

from deepfreq_core import config as configs
from deepfreq_core.data import download, images, places
from deepfreq_core.data.places import Place
from deepfreq_core.errors import DataUnavailable

torchvision = pytest.importorskip("torchvision")


def test_data_without_files_is_always_here(home):
    assert places.place("digits") is places.place("cosines") is Place.HERE


@pytest.mark.parametrize("name", places.CLASSES)
def test_files_are_named_as_torchvision_names_them(home, name):
    source = getattr(torchvision.datasets, places.CLASSES[name])
    files = [file.removesuffix(".gz") for file, _ in getattr(source, "resources", ())]
    files = files or [file for file, _ in (*source.train_list, *source.test_list)]
    assert places.place(name) is Place.DOWNLOAD
    places.folder(name).mkdir(parents=True)
    for file in files:
        (places.folder(name) / file).touch()
    assert places.place(name) is Place.HERE
    (places.folder(name) / files[0]).unlink()
    assert places.place(name) is Place.DOWNLOAD


def test_a_failed_download_names_the_data_and_the_next_step(home, monkeypatch):
    def no_network(*_, **__):
        raise urllib.error.URLError(gaierror(-3, "Temporary failure in name resolution"))

    monkeypatch.setattr(download.urllib.request, "urlopen", no_network)
    with pytest.raises(DataUnavailable) as caught:
        images.load(configs.ImageData(name="mnist"), seed=0)
    said = str(caught.value)
    assert said.startswith("data.name is mnist, which is not on this machine, and its download")
    assert str(places.folder("mnist")) in said and "data.name=digits" in said
    assert "http" not in said and "rrno" not in said
    assert places.place("mnist") is Place.OUT_OF_REACH
    places.note_download("mnist", failed=False)
    assert places.place("mnist") is Place.DOWNLOAD

"""Checkpoints are whole or absent, and never unpickled."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from deepfreq_core.runs import checkpoints, files
from deepfreq_core.runs.checkpoints import Checkpoint
from tests.fakes import fake_config

RUN = "abcdefghij"
CONFIG = fake_config()
STATE = {"net/0.weight": np.arange(6.0).reshape(2, 3), "file": np.array(3), "b": np.zeros(0)}


@pytest.fixture(autouse=True)
def _home(home):
    return home


def test_a_state_comes_back_as_it_was():
    checkpoints.save(RUN, CONFIG, Checkpoint(STATE, 4, 1.5, 30))
    found, note = checkpoints.load(RUN, CONFIG)
    assert note is None
    assert (found.n_measurements, found.epoch, found.step) == (4, 1.5, 30)
    assert found.state.keys() == STATE.keys()
    for name, array in STATE.items():
        np.testing.assert_array_equal(found.state[name], array)
        assert found.state[name].dtype == array.dtype
    assert [path.name for path in files.folder(RUN).iterdir()] == ["checkpoint.npz"]


def test_none_is_no_error():
    assert checkpoints.load(RUN, CONFIG) == (None, None)
    checkpoints.discard(RUN)


def test_one_of_another_config_is_not_used():
    checkpoints.save(RUN, CONFIG, Checkpoint(STATE, 4, 1.5, 30))
    found, note = checkpoints.load(RUN, fake_config(seed=9))
    assert found is None
    assert "another config" in note


@pytest.mark.parametrize("keep", [0, 10, 200, -3])
def test_a_damaged_one_is_noted_and_not_used(keep):
    checkpoints.save(RUN, CONFIG, Checkpoint(STATE, 4, 1.5, 30))
    path = checkpoints.path(RUN)
    path.write_bytes(path.read_bytes()[:keep])
    found, note = checkpoints.load(RUN, CONFIG)
    assert found is None
    assert "cannot be read" in note


def test_flipped_bytes_are_found():
    checkpoints.save(RUN, CONFIG, Checkpoint({"a": np.zeros(1000)}, 4, 1.5, 30))
    path = checkpoints.path(RUN)
    data = bytearray(path.read_bytes())
    data[2000] ^= 0xFF
    path.write_bytes(data)
    found, note = checkpoints.load(RUN, CONFIG)
    assert found is None
    assert "cannot be read" in note


def test_a_flipped_flag_in_the_directory_is_found():
    checkpoints.save(RUN, CONFIG, Checkpoint(STATE, 4, 1.5, 30))
    path = checkpoints.path(RUN)
    data = bytearray(path.read_bytes())
    for start in range(len(data)):  # every entry now says that it is encrypted
        if data[start : start + 4] == b"PK\x01\x02":
            data[start + 8] |= 1
    path.write_bytes(data)
    found, note = checkpoints.load(RUN, CONFIG)
    assert found is None
    assert "cannot be read" in note


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


def test_pickles_are_refused_both_ways():
    with pytest.raises(ValueError, match="[Oo]bject arrays"):
        checkpoints.save(RUN, CONFIG, Checkpoint({"a": np.array([object()])}, 0, 0.0, 0))
    assert list(files.folder(RUN).iterdir()) == []
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        member, {"descr": "|O", "fortran_order": False, "shape": ()}
    )
    member.write(pickle.dumps(Bomb()))
    with zipfile.ZipFile(checkpoints.path(RUN), "w") as archive:
        archive.writestr("about.npy", member.getvalue())
    found, note = checkpoints.load(RUN, CONFIG)
    assert found is None
    assert "cannot be read" in note


def test_a_failed_write_leaves_the_old_one(monkeypatch):
    checkpoints.save(RUN, CONFIG, Checkpoint(STATE, 4, 1.5, 30))

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        with pytest.raises(OSError, match="No space"):
            checkpoints.save(RUN, CONFIG, Checkpoint(STATE, 9, 3.0, 60))
    assert checkpoints.load(RUN, CONFIG)[0].n_measurements == 4
    assert [path.name for path in files.folder(RUN).iterdir()] == ["checkpoint.npz"]


def test_ids_are_checked_before_they_become_paths():
    for bad in ("../../../etc", "a/b", "", "ABCDEFGHIJ", "abcdefghij\n"):
        with pytest.raises(files.RunNotFound):
            files.folder(bad)

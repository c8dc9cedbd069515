"""Checkpoints are whole or absent, and never unpickled."""

import io
import json
import pickle
import zipfile

import numpy as np
import pytest

from deepfreq_core.runs import checkpoints, files
from deepfreq_core.runs.checkpoints import Checkpoint

RUN = "abcdefghij"
STATE = {"net/0.weight": np.arange(6.0).reshape(2, 3), "file": np.array(3), "b": np.zeros(0)}


@pytest.fixture(autouse=True)
def _home(home):
    return home


def test_a_state_comes_back_as_it_was():
    checkpoints.save(RUN, Checkpoint(STATE, 4, 1.5))
    found, note = checkpoints.load(RUN)
    assert note is None
    assert (found.n_measurements, found.at) == (4, 1.5)
    assert found.state.keys() == STATE.keys()
    for name, array in STATE.items():
        np.testing.assert_array_equal(found.state[name], array)
        assert found.state[name].dtype == array.dtype
    assert [path.name for path in files.folder(RUN).iterdir()] == ["checkpoint.npz"]


def test_none_is_no_error():
    assert checkpoints.load(RUN) == (None, None)
    checkpoints.discard(RUN)


def test_one_that_names_an_older_config_is_used():
    """As an older DeepFreq wrote them; a setting that came since must not void it."""
    about = {"config": "0123456789ab", "n_measurements": 4, "epoch": 1.5, "step": 30}
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    np.savez(files.folder(RUN, make=True) / "checkpoint.npz", about=text, **{"state/a": np.ones(2)})
    found, note = checkpoints.load(RUN)
    assert note is None
    assert (found.n_measurements, found.at) == (4, 1.5)
    assert found.state["a"].tolist() == [1, 1]


@pytest.mark.parametrize("keep", [0, 10, 200, -3])
def test_a_damaged_one_is_noted_and_not_used(keep):
    checkpoints.save(RUN, Checkpoint(STATE, 4, 1.5))
    path = checkpoints.path(RUN)
    path.write_bytes(path.read_bytes()[:keep])
    found, note = checkpoints.load(RUN)
    assert found is None
    assert "cannot be read" in note


def test_flipped_bytes_are_found():
    checkpoints.save(RUN, Checkpoint({"a": np.zeros(1000)}, 4, 1.5))
    path = checkpoints.path(RUN)
    data = bytearray(path.read_bytes())
    data[2000] ^= 0xFF
    path.write_bytes(data)
    found, note = checkpoints.load(RUN)
    assert found is None
    assert "cannot be read" in note


def test_a_flipped_flag_in_the_directory_is_found():
    checkpoints.save(RUN, Checkpoint(STATE, 4, 1.5))
    path = checkpoints.path(RUN)
    data = bytearray(path.read_bytes())
    for start in range(len(data)):  # every entry now says that it is encrypted
        if data[start : start + 4] == b"PK\x01\x02":
            data[start + 8] |= 1
    path.write_bytes(data)
    found, note = checkpoints.load(RUN)
    assert found is None
    assert "cannot be read" in note


class Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was loaded",))


def test_pickles_are_refused_both_ways():
    with pytest.raises(ValueError, match="[Oo]bject arrays"):
        checkpoints.save(RUN, Checkpoint({"a": np.array([object()])}, 0, 0.0))
    assert list(files.folder(RUN).iterdir()) == []
    member = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        member, {"descr": "|O", "fortran_order": False, "shape": ()}
    )
    member.write(pickle.dumps(Bomb()))
    with zipfile.ZipFile(checkpoints.path(RUN), "w") as archive:
        archive.writestr("about.npy", member.getvalue())
    found, note = checkpoints.load(RUN)
    assert found is None
    assert "cannot be read" in note


def test_a_failed_write_leaves_the_old_one(monkeypatch):
    checkpoints.save(RUN, Checkpoint(STATE, 4, 1.5))

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full)
        with pytest.raises(OSError, match="No space"):
            checkpoints.save(RUN, Checkpoint(STATE, 9, 3.0))
    assert checkpoints.load(RUN)[0].n_measurements == 4
    assert [path.name for path in files.folder(RUN).iterdir()] == ["checkpoint.npz"]


def test_ids_are_checked_before_they_become_paths():
    for bad in ("../../../etc", "a/b", "", "ABCDEFGHIJ", "abcdefghij\n"):
        with pytest.raises(files.RunNotFound):
            files.folder(bad)

"""The checkpoint of a run: its experiment's state as one npz file, always whole, never a pickle.

It belongs to its run, whose config never changes, so it names neither: a setting that a later
DeepFreq adds must not void it. (Those of an older one name a config; nobody looks.)
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.runs import files

_ABOUT = "about"
_STATE = "state/"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state and where in the run it was taken.

    Attributes:
        state: For `Experiment.restore`.
        n_measurements: How many measurements had been stored by then; later ones come again.
        at: The clock, fractional.
    """

    state: Mapping[str, NDArray[np.generic]]
    n_measurements: int
    at: float


def path(run_id: str) -> Path:
    """Where the checkpoint of a run lies."""
    return files.folder(run_id) / "checkpoint.npz"


def save(run_id: str, checkpoint: Checkpoint) -> None:
    """Write a checkpoint beside the old one and move it into place.

    After a crash, of the machine too, there is either the old one or the new one. Arrays of
    objects are refused (`ValueError`); a full disk is an `OSError` and leaves the old one.
    """
    target = files.folder(run_id, make=True) / path(run_id).name
    beside = target.with_suffix(".new")
    about = {"n_measurements": checkpoint.n_measurements, "at": checkpoint.at}
    arrays = {_STATE + name: array for name, array in checkpoint.state.items()}
    arrays[_ABOUT] = np.frombuffer(json.dumps(about).encode(), np.uint8)
    try:
        with beside.open("wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def load(run_id: str) -> tuple[Checkpoint | None, str | None]:
    """The checkpoint of a run or None, and a note where there is one that cannot be used."""
    source = path(run_id)
    try:
        # Opened here, because NumPy leaves a file open that turns out to be no archive.
        with source.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            about = json.loads(archive[_ABOUT].tobytes())
            state = {
                name.removeprefix(_STATE): archive[name]
                for name in archive.files
                if name.startswith(_STATE)
            }
        at = about["at"] if "at" in about else about["epoch"]  # an older DeepFreq had epochs only
        found = Checkpoint(state, about["n_measurements"], float(at))
    except FileNotFoundError:
        return None, None
    except Exception as error:  # a damaged archive fails in more ways than can be named
        return None, f"the checkpoint cannot be read ({error}); starting afresh"
    return found, None


def discard(run_id: str) -> None:
    """Remove the checkpoint of a run, if there is one."""
    path(run_id).unlink(missing_ok=True)

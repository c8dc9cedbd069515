"""The folder of a run: its log, its checkpoint, and the lock its worker holds while it lives."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import time
from pathlib import Path

from deepfreq_core import settings
from deepfreq_core.errors import ConfigError, RunNotFound

_ID = re.compile(r"[a-z2-7]{10}")


def place() -> str:
    """Host and data folder of this process: where its files and processes can be seen."""
    return f"{socket.gethostname()}:{settings.home()}"


def folder(run_id: str, *, make: bool = False) -> Path:
    """The folder of a run, HOME/runs/ID.

    Raises:
        RunNotFound: This is not the id of a run.
    """
    if not _ID.fullmatch(run_id):
        raise RunNotFound(f"no run has the id {run_id!r}; ids are ten characters a-z, 2-7")
    path = settings.home() / "runs" / run_id
    if make:
        path.mkdir(parents=True, exist_ok=True)
    return path


def log_path(run_id: str) -> Path:
    """Where the worker of a run writes its log."""
    return folder(run_id) / "log.txt"


def log_tail(run_id: str, *, n_bytes: int = 65_536) -> str:
    """The end of the log of a run; empty when there is none."""
    try:
        with log_path(run_id).open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - n_bytes))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def remove(run_id: str) -> None:
    """Remove the folder of a run; no error when it is not there."""
    shutil.rmtree(folder(run_id), ignore_errors=True)


def lock(path: Path, *, wait_s: float = 0.0) -> int | None:
    """Take an exclusive lock on a file, made if need be.

    The system gives it back when the last process holding the descriptor ends, however it ends.

    Args:
        path: The file.
        wait_s: How long to try.

    Returns:
        An open descriptor that holds the lock, or None where somebody else has it.

    Raises:
        ConfigError: The file cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written ({error.strerror}). Check the rights of its folder, or set "
            "DEEPFREQ_HOME to another one"
        ) from error
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return None
            time.sleep(0.01)


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock on this file."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def worker_lock(run_id: str) -> Path:
    """The file whose lock the worker of a run holds."""
    return folder(run_id) / "worker.lock"

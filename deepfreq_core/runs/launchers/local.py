"""Workers as processes of this machine, forked from a server that has already loaded torch."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from deepfreq_core import settings
from deepfreq_core.runs import files
from deepfreq_core.runs.capacity import Capacity
from deepfreq_core.runs.launchers.base import NO_CLAIM, NO_STORE, WorkerStatus

FORKSERVER = ("-m", "deepfreq_core.runs.launchers.forkserver")

_log = logging.getLogger(__name__)


class LocalLauncher:
    """Starts workers on this machine. Not for use from several threads.

    Args:
        capacity: Threads of each worker, and GPUs to spread them over.
        command: Arguments after the Python interpreter that start a fork server.
    """

    name: ClassVar[str] = "local"

    def __init__(self, capacity: Capacity, command: tuple[str, ...] = FORKSERVER) -> None:
        self._capacity = capacity
        self._command = command
        self._server: subprocess.Popen[bytes] | None = None
        self._pending = b""
        self._pids: dict[str, int | None] = {}  # None: asked for, not yet forked
        self._gpus: dict[str, str] = {}
        self._ended: dict[str, str] = {}

    def warm_up(self) -> None:
        """Start the fork server, so that the first run need not wait for torch to load."""
        if self._server is not None and self._server.poll() is None:
            return
        self._server_is_gone()
        self._server = subprocess.Popen(
            [sys.executable, *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | self._capacity.environment() | python_path(),
        )
        assert self._server.stdout is not None
        os.set_blocking(self._server.stdout.fileno(), False)

    def submit(self, run_id: str, claim: str | None = None) -> None:
        """Have a worker forked for a run."""
        self.warm_up()
        self._pids[run_id] = None
        self._ended.pop(run_id, None)
        words = ["run", run_id, claim or NO_CLAIM]
        if len(self._capacity.gpus) > 1:
            used = Counter(self._gpus.values())
            self._gpus[run_id] = min(self._capacity.gpus, key=lambda gpu: used[gpu])
            words.append(self._gpus[run_id])
        assert self._server is not None and self._server.stdin is not None
        with suppress(BrokenPipeError):  # found out by `status`
            self._server.stdin.write(" ".join(words).encode() + b"\n")
            self._server.stdin.flush()

    def status(self, run_id: str) -> WorkerStatus:
        """How the worker of a run fares; unknown for runs that were submitted elsewhere."""
        self._listen()
        if run_id in self._ended:
            return WorkerStatus(alive=False, reason=self._ended[run_id])
        return WorkerStatus(alive=True if run_id in self._pids else None)

    def stop(self, run_id: str) -> None:
        """Kill the worker of a run."""
        self._listen()
        pid = self._pids.get(run_id)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def log(self, run_id: str) -> str:
        """The end of the worker's log."""
        return files.log_tail(run_id)

    def close(self) -> None:
        """End the fork server; workers go on."""
        if self._server is not None:
            for pipe in (self._server.stdin, self._server.stdout):
                if pipe is not None:
                    with suppress(BrokenPipeError):
                        pipe.close()
            # It still forks what it was asked for, then finds its input ended; nobody waits.
            threading.Thread(target=self._server.wait, name="fork server", daemon=True).start()
            self._server = None

    def _listen(self) -> None:
        if self._server is None or self._server.stdout is None:
            return
        try:
            while data := os.read(self._server.stdout.fileno(), 65_536):
                *lines, self._pending = (self._pending + data).split(b"\n")
                for line in lines:
                    self._hear(line.decode().split())
        except BlockingIOError:
            return
        self._server_is_gone()

    def _hear(self, words: list[str]) -> None:
        match words:
            case ["started", run_id, pid]:
                self._pids[run_id] = int(pid)
            # The end of an attempt before may be heard of after the next one was asked for.
            case ["ended", run_id, pid, status] if self._pids.get(run_id) == int(pid):
                self._pids.pop(run_id)
                self._gpus.pop(run_id, None)
                self._ended[run_id] = describe_exit(int(status))
            case _:
                pass

    def _server_is_gone(self) -> None:
        """Nothing will be heard of its workers any more; those it never forked are lost."""
        if self._server is None:
            return
        _log.warning("the fork server ended; the next run starts another")
        self.close()
        for run_id, pid in self._pids.items():
            if pid is None:
                self._ended[run_id] = "the process that starts workers ended, see dispatcher.log"
        self._pids.clear()
        self._gpus.clear()
        self._pending = b""


def python_path() -> dict[str, str]:
    """PYTHONPATH that finds this package whatever the working directory is."""
    root = str(Path(settings.__file__).resolve().parent.parent)
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths)}


def describe_exit(status: int) -> str:
    """A status of `waitpid` in words."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            name = signal.Signals(number).name
        except ValueError:
            name = f"signal {number}"
        why = " (by hand, or by the system because memory ran out)" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{why}"
    code = os.WEXITSTATUS(status)
    if code == NO_STORE:
        return "its process could not reach the run database for a minute (full disk?) and gave up"
    return f"its process ended with status {code} before the run was done"

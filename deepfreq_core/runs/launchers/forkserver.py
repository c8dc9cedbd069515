"""A process that has loaded torch and forks workers: a worker starts in milliseconds, not seconds.

It speaks lines over its standard input and output: `run ID CLAIM [GPU]` comes in; `ready`,
`started ID PID` and `ended ID PID STATUS` (as of `waitpid`) go out. It never computes anything and
never touches CUDA, because neither survives a fork. It ends when its input does; workers go on.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import traceback
from contextlib import suppress

from deepfreq_core.runs import files, worker
from deepfreq_core.runs.launchers.base import NO_CLAIM
from deepfreq_core.runs.worker.preload import preload


class Forkserver:
    """Forks a worker for each line it reads.

    Args:
        requests: Descriptor that lines come from.
        answers: Descriptor that lines go to.
    """

    def __init__(self, requests: int, answers: int) -> None:
        self._requests, self._answers = requests, answers
        self._workers: dict[int, str] = {}
        # A byte arrives here with every signal, so that `select` wakes up when a child ends.
        self._wake, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Until the input ends."""
        pending = b""
        while True:
            readable, _, _ = select.select([self._requests, self._wake], [], [])
            if self._wake in readable:
                os.read(self._wake, 4096)
                self._reap()
            if self._requests in readable:
                data = os.read(self._requests, 4096)
                if not data:
                    return
                *lines, pending = (pending + data).split(b"\n")
                for line in lines:
                    self._fork(*line.decode().split()[1:])

    def answer(self, line: str) -> None:
        """Send one line, if anybody still listens."""
        with suppress(BrokenPipeError):
            os.write(self._answers, f"{line}\n".encode())

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self.answer(f"ended {self._workers.pop(pid, '?')} {pid} {status}")

    def _fork(self, run_id: str, claim: str, gpu: str | None = None) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._become_worker(run_id, claim, gpu)
        self._workers[pid] = run_id
        self.answer(f"started {run_id} {pid}")

    def _become_worker(self, run_id: str, claim: str, gpu: str | None) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            for descriptor in (self._requests, self._answers, self._wake):
                os.close(descriptor)
            files.folder(run_id, make=True)
            log = os.open(files.log_path(run_id), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            if gpu is not None:
                os.environ["CUDA_VISIBLE_DEVICES"] = gpu
            logging.getLogger().handlers.clear()
            status = worker.main(run_id, None if claim == NO_CLAIM else claim)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)  # nothing of the server's own exit handlers


def main() -> None:
    """Serve on standard input and output."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    server = Forkserver(0, answers)
    preload()
    server.answer("ready")
    server.serve()


if __name__ == "__main__":
    main()

"""One process per data folder that gives waiting runs a worker and marks the lost.

`python -m deepfreq_core.runs.dispatcher` runs it here; `ensure_running` starts it in the
background unless one lives. Runs do not need it once they go: it may be killed and started again.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from deepfreq_core import settings
from deepfreq_core.runs import files
from deepfreq_core.runs.capacity import capacity
from deepfreq_core.runs.errors import StoreUnavailable
from deepfreq_core.runs.launchers.local import LocalLauncher, python_path
from deepfreq_core.runs.store import RunStore
from deepfreq_core.runs.watch import Watch

TICK_S = 0.1
BEAT_S = 1.0
IDLE_S = 300.0  # without runs and without a dashboard, it ends after this
CODE_QUIET_S = 20.0  # while somebody edits, loading torch after every save would be a waste
SERVING_S = 60.0  # a dashboard that lives has touched HOME/serving within this
LOG_BYTES = 5_000_000
_MODULE = "deepfreq_core.runs.dispatcher"  # also where __name__ is "__main__"

_log = logging.getLogger(__name__)


def lock_path() -> Path:
    """The file whose lock the dispatcher of this data folder holds."""
    return settings.home() / "dispatcher.lock"


def log_path() -> Path:
    """Where a dispatcher in the background writes."""
    return settings.home() / "dispatcher.log"


def serving_path() -> Path:
    """The file that a living dashboard touches now and then."""
    return settings.home() / "serving"


def is_running() -> bool:
    """Whether a dispatcher of this data folder lives."""
    return files.is_locked(lock_path())


def ensure_running() -> bool:
    """Start a dispatcher in the background if none lives; cheap enough to call at every launch.

    The lock is taken here and handed to the new process with its descriptor, so there is no
    moment at which two could start.

    Returns:
        Whether one was started.
    """
    settings.slots()  # said here, because nobody reads what the new process says of it
    lock = files.lock(lock_path())
    if lock is None:
        return False
    try:
        with log_path().open("ab") as log:
            if log.tell() > LOG_BYTES:
                log.truncate(0)
            # The new process takes relative paths from the same folder, and outlives this one.
            process = subprocess.Popen(
                [sys.executable, "-m", _MODULE, str(lock)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | python_path(),
                start_new_session=True,
                pass_fds=(lock,),
            )
        # Only so that it leaves no zombie should it end before this process does.
        threading.Thread(target=process.wait, name="dispatcher", daemon=True).start()
    finally:
        os.close(lock)
    return True


class Dispatcher:
    """The loop of a dispatcher.

    Args:
        lock: Descriptor that holds the lock on `lock_path()`.
        launcher: Starts workers; a local one when left out.
    """

    def __init__(self, lock: int, launcher: LocalLauncher | None = None) -> None:
        self._lock = lock
        self._code = _code_version()
        capable = capacity()
        self._slots = capable.slots
        self._launcher = launcher or LocalLauncher(capable)
        self._store = RunStore()
        self._watch = Watch(self._store, self._launcher, files.place(), slots=self._slots)
        self._ends = False

    def run(self) -> None:
        """Until asked to end, replaced, or idle for long."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        _log.info("dispatcher %d: %d runs at a time", os.getpid(), self._slots)
        self._launcher.warm_up()
        busy_at = time.monotonic()
        for now in self._ticks():
            try:
                if self._watch.look():
                    busy_at = now
            except StoreUnavailable as error:
                _log.warning("%s; trying again", error)
                time.sleep(1.0)
            if now - busy_at > IDLE_S and not _is_served():
                _log.info("idle for %.0f s and no dashboard; ending", IDLE_S)
                break
        self._launcher.close()
        _log.info("dispatcher %d ends; its runs go on", os.getpid())

    def _ticks(self) -> Iterator[float]:
        beat_at = 0.0
        while not self._ends:
            now = time.monotonic()
            if now - beat_at >= BEAT_S:
                beat_at = now
                if not self._is_current():
                    return
                self._beat()
            yield now
            time.sleep(TICK_S)

    def _beat(self) -> None:
        try:
            self._store.beat_dispatcher(files.place(), pid=os.getpid(), slots=self._slots)
        except StoreUnavailable as error:
            _log.warning("no sign of life could be given: %s", error)

    def _is_current(self) -> bool:
        """Whether the data folder is still ours and this is to go on."""
        try:
            is_ours = os.path.samestat(os.fstat(self._lock), lock_path().stat())
        except FileNotFoundError:
            is_ours = False
        if not is_ours:
            _log.info("the data folder was removed or replaced; ending")
            return False
        self._follow_code()
        return True

    def _follow_code(self) -> None:
        """No run starts with code that was replaced: begin anew, once one waits or it is quiet."""
        version = _code_version()
        self._watch.may_claim = version == self._code
        if self._watch.may_claim or self._watch.is_starting:
            return
        if self._watch.n_waiting or time.time() - version > CODE_QUIET_S:
            _log.info("the code has changed; starting anew")
            self._launcher.close()
            os.set_inheritable(self._lock, True)
            os.execv(sys.executable, [sys.executable, "-m", _MODULE, str(self._lock)])

    def _end(self, *_: object) -> None:
        self._ends = True


def _is_served() -> bool:
    try:
        return time.time() - serving_path().stat().st_mtime < SERVING_S
    except FileNotFoundError:
        return False


def _code_version() -> float:
    sources = Path(settings.__file__).parent.rglob("*.py")
    newest = 0.0
    for path in sources:
        with suppress(FileNotFoundError):  # replaced just now
            newest = max(newest, path.stat().st_mtime)
    return newest


def main() -> int:
    """Be the dispatcher of this data folder, with the lock given by descriptor or taken here."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    lock = int(sys.argv[1]) if len(sys.argv) > 1 else files.lock(lock_path())
    if lock is None:
        _log.error("the data folder %s has a dispatcher already", settings.home())
        return 1
    os.set_inheritable(lock, False)
    Dispatcher(lock).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The product's own processes, with rehearsals in the catalogue: `worker ID`, `forkserver`, …

What takes its time there is as long as DEEPFREQ_TEST_CHECKPOINT_S, _LOST_S and _PRELOAD_S say.
"""

import logging
import os
import sys
import time

from deepfreq_core.runs import dispatcher, files, watch, worker
from deepfreq_core.runs.capacity import capacity
from deepfreq_core.runs.launchers import forkserver, local
from deepfreq_core.runs.worker import attempt, heart
from tests.rehearsal import PACKAGE, register


def main(verb: str, *arguments: str) -> int:
    """The process of this name."""
    register()
    heart.PATIENCE_S = 0.5  # tests have less of it
    attempt.CHECKPOINT_EVERY_S = _hurry("CHECKPOINT", attempt.CHECKPOINT_EVERY_S)
    watch.LOST_AFTER_S = _hurry("LOST", watch.LOST_AFTER_S)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    match verb:
        case "worker":
            return worker.main(*arguments)
        case "forkserver":
            forkserver.preload = lambda: time.sleep(_hurry("PRELOAD", 0.0))
            forkserver.main()
        case "dispatcher":
            lock = files.lock(dispatcher.lock_path(), wait_s=5.0)
            assert lock is not None
            launcher = local.LocalLauncher(capacity(), ("-m", PACKAGE, "forkserver"))
            dispatcher.Dispatcher(lock, launcher).run()
    return 0


def _hurry(what: str, usual_s: float) -> float:
    return float(os.environ.get(f"DEEPFREQ_TEST_{what}_S", usual_s))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

"""`python -m deepfreq_core.runs.worker RUN_ID [CLAIM]`."""

import logging
import sys

from deepfreq_core.runs.worker import main

if len(sys.argv) not in {2, 3}:
    sys.exit("usage: python -m deepfreq_core.runs.worker RUN_ID [CLAIM]")
logging.basicConfig(format="%(levelname)s %(message)s")
sys.exit(main(*sys.argv[1:]))

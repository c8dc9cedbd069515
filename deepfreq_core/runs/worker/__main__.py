"""`python -m deepfreq_core.runs.worker RUN_ID`."""

import logging
import sys

from deepfreq_core.runs.worker import main

if len(sys.argv) != 2:
    sys.exit("usage: python -m deepfreq_core.runs.worker RUN_ID")
logging.basicConfig(format="%(levelname)s %(message)s")
sys.exit(main(sys.argv[1]))

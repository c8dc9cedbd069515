"""`python -m deepfreq_core …`: the command line."""

import sys

from deepfreq_core.cli import main

if __name__ == "__main__":
    sys.exit(main())

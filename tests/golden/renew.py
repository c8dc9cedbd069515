"""Write every golden anew from what is seen now: `python -m tests.golden.renew [pytest arguments]`.

Only where a difference is wanted; `git diff` and the commit's body then say which, and why.
"""

import os
import sys

import pytest

from tests.golden.kept import HERE, RENEW

if __name__ == "__main__":
    os.environ[RENEW] = "1"
    sys.exit(pytest.main([str(HERE), "-q", *sys.argv[1:]]))

"""Keeps loaded modules out of Streamlit's garbage collection, which follows every look at a page.

Streamlit collects all generations after each script run. With the 180,000 objects of the modules
that our pages load that takes 70 ms of processor time: more than any page's own work.
"""

from __future__ import annotations

import gc
import sys

_settled = 0  # modules loaded when what is there was last set apart


def settle() -> None:
    """Set apart what is there now, if modules were loaded since the last time.

    Garbage goes first: what is set apart is never looked at again. This happens a few times in the
    life of a server, so what else is set apart with the modules stays little.
    """
    global _settled
    if len(sys.modules) != _settled:
        _settled = len(sys.modules)
        gc.collect()
        gc.freeze()

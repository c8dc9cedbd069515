"""DeepFreq: how much low frequency every hidden layer's effective target function holds.

`ratio_curve(x, y, inverse_delta)` does a whole sweep; the other names are its parts. They are
loaded on first use, so that importing the package costs nothing.
"""

import os
from typing import TYPE_CHECKING, Any

from deepfreq_core.version import __version__

# OpenMP threads shall sleep while they wait, not spin: on two cores shared with other work, six
# epochs of the digits demo took 0.7 s so, and 4 to 30 s with spinning threads, which take the
# processor from the very thread they wait for. OpenMP reads this when torch is loaded, and this
# line runs before any module of ours; who set the variable, or loaded torch first, has their way.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

if TYPE_CHECKING:
    from deepfreq_core.spectrum import (
        available_backends,
        low_frequency_ratio,
        low_pass,
        normalize,
        ratio_curve,
        ratio_density,
    )

_SPECTRUM = (
    "available_backends",
    "low_frequency_ratio",
    "low_pass",
    "normalize",
    "ratio_curve",
    "ratio_density",
)

__all__ = [
    "__version__",
    "available_backends",
    "low_frequency_ratio",
    "low_pass",
    "normalize",
    "ratio_curve",
    "ratio_density",
]


def __getattr__(name: str) -> Any:
    if name in _SPECTRUM:
        from deepfreq_core import spectrum

        return getattr(spectrum, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

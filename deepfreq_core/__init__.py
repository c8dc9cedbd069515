"""DeepFreq: how much low frequency every hidden layer's effective target function holds.

`ratio_curve(x, y, inverse_delta)` does a whole sweep, `open_run(id)` gives a run of the store as
labelled arrays, a `Probe` measures any module in your own training loop; the other names are parts
of a sweep. They are loaded on first use, so that importing the package costs nothing.
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
    from deepfreq_core.exports.opening import open_run
    from deepfreq_core.lowpass import (
        available_backends,
        filtered_energies,
        low_frequency_ratio,
        low_pass,
        normalize,
        ratio_curve,
        ratio_density,
    )
    from deepfreq_core.probe import Probe

_LOWPASS = (
    "available_backends",
    "filtered_energies",
    "low_frequency_ratio",
    "low_pass",
    "normalize",
    "ratio_curve",
    "ratio_density",
)

_RUNS = ("open_run",)
_PROBE = ("Probe",)

__all__ = [
    "Probe",
    "__version__",
    "available_backends",
    "filtered_energies",
    "low_frequency_ratio",
    "low_pass",
    "normalize",
    "open_run",
    "ratio_curve",
    "ratio_density",
]


def __getattr__(name: str) -> Any:
    if name in _LOWPASS:
        from deepfreq_core import lowpass

        return getattr(lowpass, name)
    if name in _RUNS:
        from deepfreq_core.exports import opening

        return getattr(opening, name)
    if name in _PROBE:
        from deepfreq_core import probe

        return getattr(probe, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

"""DeepFreq: how much low frequency every hidden layer's effective target function holds.

`ratio_curve(x, y, inverse_delta)` does a whole sweep; the other names are its parts. They are
loaded on first use, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING, Any

from deepfreq_core.version import __version__

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

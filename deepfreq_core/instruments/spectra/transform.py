"""Amplitudes of a function at chosen frequencies, from its values on samples.

f̂(k) = (1/n) Σᵢ f(xᵢ) exp(−2πi k s(xᵢ)), where s is the place of a sample along a direction:
s = u·x for a unit vector u, and i/n for evenly spaced samples in one dimension, so that whole k are
the bins of the discrete Fourier transform (both ends included, as in the authors' notebooks).

The waves are computed once for a set of samples; a spectrum is one product with them. For the
number of frequencies that is drawn (20 to 400) that is exact, and a small share of the network's
own pass (docs/spectra.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments.spectra.config import SpectraConfig
from deepfreq_core.records import Float64

_UNEVEN = 1e-4  # of a step: how far float32 points on an interval are off even spacing


def is_even(x: NDArray[np.floating]) -> bool:
    """Whether samples (n, d) are evenly spaced points of a line in increasing order."""
    if x.shape[1] != 1 or len(x) < 3:
        return False
    steps = np.diff(x[:, 0].astype(np.float64))
    mean = steps.mean()
    far = float(np.abs(x).max()) * 4 * np.finfo(np.float32).eps
    return bool(mean > 0 and (np.abs(steps - mean) < _UNEVEN * mean + far).all())


def places(config: SpectraConfig, x: NDArray[np.floating]) -> Float64:
    """Where samples stand along the direction of the settings.

    Args:
        config: The settings.
        x: Samples, (n, d).

    Returns:
        s, (n,).

    Raises:
        ConfigError: The direction does not fit the samples.
    """
    n, d = x.shape
    if config.direction == "auto" and is_even(x):
        return np.linspace(0, 1, n, endpoint=False)
    x64 = x.astype(np.float64)
    match config.direction:
        case "ones":
            return _along(x64, np.full(d, 1 / np.sqrt(d)))
        case "axis":
            if config.axis >= d:
                raise ConfigError(
                    f"instruments.spectra.axis is {config.axis} and the samples have {d} inputs, "
                    f"numbered from 0. Use 0 to {d - 1}"
                )
            return x64[:, config.axis].copy()
        case "vector":
            own = np.asarray(config.vector, dtype=np.float64)
            if own.size != d:
                raise ConfigError(
                    f"instruments.spectra.vector has {own.size} numbers and the samples have {d} "
                    "inputs. Give one each"
                )
            return _along(x64, own / np.linalg.norm(own))
    return _along(x64, principal(x64))


def _along(x: Float64, direction: Float64) -> Float64:
    found: Float64 = x @ direction
    return found


def principal(x: Float64) -> Float64:
    """First principal component of samples (n, d), a unit vector (d,); its largest part is > 0."""
    centred = x - x.mean(axis=0)
    if x.shape[1] <= len(x):
        vector: Float64 = np.linalg.eigh(centred.T @ centred)[1][:, -1]
    else:  # fewer samples than inputs: through the products of samples
        vector = centred.T @ np.linalg.eigh(centred @ centred.T)[1][:, -1]
    largest = float(vector[np.abs(vector).argmax()])
    unit: Float64 = vector / np.copysign(np.linalg.norm(vector), largest)
    return unit


@dataclass(frozen=True, slots=True)
class Waves:
    """exp(−2πi k s) on a set of samples, (K, n), divided by n."""

    values: NDArray[np.complex128]

    @classmethod
    def of(cls, frequencies: Float64, s: Float64) -> Waves:
        """For frequencies (K,) and places (n,)."""
        return cls(np.exp(-2j * np.pi * np.outer(frequencies, s)) / s.size)

    def amplitudes(self, f: NDArray[np.floating]) -> NDArray[np.complex128]:
        """Complex amplitudes of values (n, c) on the samples, (K, c)."""
        f = np.ascontiguousarray(f, dtype=np.float64)
        # Two real products take half the time of one with f made complex.
        found: NDArray[np.complex128] = self.values.real @ f + 1j * (self.values.imag @ f)
        return found


def size(amplitudes: NDArray[np.complex128]) -> Float64:
    """√Σ|f̂|² over the outputs, (K, c) to (K,)."""
    return np.asarray(np.sqrt((np.abs(amplitudes) ** 2).sum(axis=1)))


def relative_error(
    h: NDArray[np.complex128], y: NDArray[np.complex128], *, of_moduli: bool
) -> Float64:
    """|ĥ − ŷ| / |ŷ| over all outputs; of moduli, ||ĥ| − |ŷ|| / (|ŷ| + 1e-5). (K, c) to (K,).

    Source: arXiv:1901.06523 for the first; the authors' notebooks for the second. Over several
    outputs errors and amplitudes are pooled before they are divided (our reading).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        if of_moduli:
            return size((np.abs(h) - np.abs(y)).astype(np.complex128)) / (size(y) + 1e-5)
        return size(h - y) / size(y)


def peaks(amplitude: Float64, n: int, *, with_zero: bool) -> NDArray[np.int64]:
    """Indices of the first n strict local maxima; the last point never counts.

    Args:
        amplitude: (K,).
        n: How many at most.
        with_zero: Whether frequency 0 counts where it is larger than its neighbour.

    Returns:
        In increasing order; the largest point where there is no maximum.
    """
    inner = (amplitude[1:-1] > amplitude[:-2]) & (amplitude[1:-1] > amplitude[2:])
    # Ripples of the sides of a peak are no peaks: the square root of float32's precision.
    found = [int(i) for i in np.flatnonzero(inner) + 1 if amplitude[i] > 1e-3 * amplitude.max()]
    if with_zero and amplitude[0] > amplitude[1]:
        found = [0, *found]
    return np.array(found[:n] or [int(amplitude.argmax())], dtype=np.int64)

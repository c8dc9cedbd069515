"""Scales of the input dimensions, applied before distances are taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from deepfreq_core.errors import ConfigError
from deepfreq_core.lowpass import _arrays

NORMALIZATIONS = ("none", "max_abs", "standard", "median_distance")

_BLOCK = 4096  # columns taken at a time where a float64 copy is needed on the way
_MEDIAN_SAMPLES = 1000  # pairs of this many evenly spaced samples give the median to about 1 %


def normalize(x: Any, method: str) -> Any:
    """Samples rescaled so that one δ means the same for all dimensions or layers.

    Args:
        x: Samples, (n, d); NumPy, CuPy or torch.
        method: "none"; "max_abs", each dimension divided by its largest |value| (the paper's);
            "standard", each dimension centred and divided by its standard deviation;
            "median_distance", all divided by the square root of the median squared distance.

    Returns:
        Samples of the same kind, (n, d). A dimension that is zero (or, for "standard",
        constant) everywhere stays zero; without distances "median_distance" changes nothing.

    Raises:
        ConfigError: No such method, or a value that is not finite.
        ShapeError: x is not (n, d).

    Source: Xu & Zhou, AAAI 2021, arXiv:2007.14313 (max_abs); the others are ours.
    """  # noqa: DOC502
    samples = _arrays.take_samples(x)
    scale = column_scale(samples.array, method)
    values = samples.array
    if method == "none":
        return samples.give_back(values)
    if method == "standard":
        values = values - values.mean(axis=0, dtype=np.float64)
    return samples.give_back(values / samples.namespace.asarray(scale))


def check_method(method: str) -> None:
    """Refuse an unknown normalisation.

    Raises:
        ConfigError: It does not exist.
    """
    if method not in NORMALIZATIONS:
        allowed = ", ".join(repr(name) for name in NORMALIZATIONS)
        raise ConfigError(f"normalize must be one of {allowed}; got {method!r}. Choose one.")


def column_scale(x: Any, method: str) -> Any:
    """What each dimension is divided by, (d,), float64, positive; x (n, d), NumPy or CuPy."""
    check_method(method)
    xp = _arrays.namespace_of(x)
    d = x.shape[1]
    if method == "max_abs":
        scale = xp.maximum(x.max(axis=0), -x.min(axis=0)).astype(np.float64)
    elif method == "standard":
        blocks = [x[:, a : a + _BLOCK] for a in range(0, d, _BLOCK)]
        scale = xp.concatenate([block.std(axis=0, dtype=np.float64) for block in blocks])
        # Rounding leaves a tiny deviation in a constant dimension.
        scale = xp.where(x.max(axis=0) == x.min(axis=0), 0.0, scale)
    elif method == "median_distance":
        scale = xp.full(d, _median_sq_dist(x) ** 0.5)
    else:
        scale = xp.ones(d)
    return xp.where(scale > 0, scale, 1.0)


def _median_sq_dist(x: Any) -> float:
    """Median of ‖x_i − x_j‖², i ≠ j, over at most `_MEDIAN_SAMPLES` evenly spaced samples."""
    xp = _arrays.namespace_of(x)
    n = x.shape[0]
    if n < 2:
        return 0.0
    chosen = x[:: -(-n // _MEDIAN_SAMPLES)].astype(np.float64)
    chosen -= chosen.mean(axis=0)
    norm = (chosen * chosen).sum(axis=1)
    sq_dist = norm[:, None] + norm[None, :] - 2 * (chosen @ chosen.T)
    upper = xp.triu_indices(len(chosen), 1)
    return max(0.0, float(xp.median(sq_dist[upper])))

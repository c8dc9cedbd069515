"""The plane in which a layer's samples are drawn: principal components, turned as before.

Symbols: X (n, d) is a layer's output on n samples, each column without its mean; K = X Xᵀ. With
K u = λ u, the scores along the k-th principal component are √λ_k u_k, whatever d is.

The signs and, where λ₁ ≈ λ₂, the directions of components are arbitrary, so a picture would flip
from one epoch to the next. Its scores S (n, 2) are turned onto the last ones P by the rotation or
reflection R that makes ‖S R − P‖ smallest (orthogonal Procrustes): R = U Vᵀ with U Σ Vᵀ = Sᵀ P.
The plane stays that of the two largest components; only its axes turn.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from deepfreq_core.records import Float64

_BLOCK = 4096  # columns at a time in float64, so that a wide layer takes little memory
_RANK = 1e-12  # eigenvalues below this share of the trace are rounding


def gram(x: NDArray[np.floating]) -> Float64:
    """K = X Xᵀ, (n, n), of the centred columns of x (n, d), in float64."""
    found = np.zeros((len(x), len(x)))
    for start in range(0, x.shape[1], _BLOCK):
        block = x[:, start : start + _BLOCK].astype(np.float64)
        block -= block.mean(axis=0)
        found += block @ block.T
    # Columns that are the same everywhere leave rounding behind, which is no spread.
    largest = float(np.square(x, dtype=np.float64).sum()) if x.size else 0.0
    return found if np.trace(found) > _RANK * largest else np.zeros_like(found)


def scores(k: Float64) -> Float64:
    """Scores along the two largest principal components, (n, 2); 0 where there are fewer.

    Args:
        k: The Gram matrix of n centred samples, (n, n).
    """
    found = np.zeros((len(k), 2))
    total = float(np.trace(k))
    if total <= 0:
        return found
    n = len(k)
    values, vectors = linalg.eigh(k, subset_by_index=[max(0, n - 2), n - 1], driver="evr")
    for column, (value, vector) in enumerate(zip(values[::-1], vectors.T[::-1], strict=True)):
        if value > _RANK * total:
            found[:, column] = np.sqrt(value) * vector
    return found


def turned(new: Float64, before: Float64) -> Float64:
    """The scores `new` (n, 2), turned or reflected to lie as close as can be to `before` (n, 2).

    Where either is 0 everywhere there is nothing to turn: `new` as it is, its signs chosen so that
    each component's largest entry is positive.
    """
    overlap = new.T @ before
    if not overlap.any():
        largest = new[np.abs(new).argmax(axis=0), [0, 1]]
        return new * np.where(largest < 0, -1.0, 1.0)
    u, _, vt = np.linalg.svd(overlap)
    aligned: Float64 = new @ (u @ vt)
    return aligned


def spread(scores: Float64) -> float:
    """Root mean square distance of the scores (n, 2) from their middle, which is 0."""
    return float(np.sqrt(np.square(scores).sum() / len(scores)))


def labels_share(k: Float64, y: Float64) -> float:
    """Share of a layer's variance that a linear function of the labels explains.

    With one-hot labels that is the variance between the classes' means over the whole. For one
    real-valued target it is the variance along the target.

    Args:
        k: The Gram matrix of n centred samples, (n, n).
        y: Labels, (n, c).

    Returns:
        Between 0 and 1; NaN where the layer has no variance. Unrelated labels explain about
        rank/(n − 1), for ten classes and 200 samples 5 %.
    """
    total = float(np.trace(k))
    centred = y - y.mean(axis=0)
    u, sizes, _ = np.linalg.svd(centred, full_matrices=False)
    if total <= 0:
        return math.nan
    basis = u[:, sizes > _RANK**0.5 * sizes[0]] if sizes[0] > 0 else u[:, :0]
    return float((basis * (k @ basis)).sum()) / total

"""The variational problem of the decay exponent as it is written down, with loops, in float64.

No Gram matrix: the coefficients of cos and sin, each over the square root of its price, are the
solution of least norm of an underdetermined system, which LAPACK finds by singular values.
"""

import math

import numpy as np


def weight(j, exponent, period, kind):
    """(1 + |2πξ|²)^{−α/2} or (1 + |ξ|²)^{−α/2} at ξ = j/L."""
    frequency = j / period * (2 * math.pi if kind == "angular" else 1)
    return (1 + frequency**2) ** (-exponent / 2)


def waves(x, exponent, period, kind, cutoff):
    """√w_j cos 2πξ_j x and √w_j sin 2πξ_j x, j = −M…M; (x, 4M + 2)."""
    rows = []
    for place in x:
        row = []
        for j in range(-cutoff, cutoff + 1):
            angle = 2 * math.pi * j * place / period
            root = math.sqrt(weight(j, exponent, period, kind))
            row += [root * math.cos(angle), root * math.sin(angle)]
        rows.append(row)
    return np.array(rows)


def interpolant(points, values, exponent, period, kind, cutoff, at):
    """h at some places, and the least energy (1/L) Σ |φ_j|²/w_j."""
    basis = waves(points, exponent, period, kind, cutoff)
    coefficients = np.linalg.lstsq(basis, np.array(values), rcond=0)[0]
    h = waves(at, exponent, period, kind, cutoff) @ coefficients
    # h = (1/L) Σ φ_j e^{2πi ξ_j x}, so that φ_j/√w_j is L times a coefficient.
    return h, period * float((coefficients**2).sum())

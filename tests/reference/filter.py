"""The filter as it is written down, in float64: once with loops, once with dense arrays.

The loops are the definition (docs/filter.md); the dense form is compared with
them in `tests/unit/lowpass/test_reference.py` and stands in for them where n is large.
"""

import math

import numpy as np


def sq_dist_loops(x):
    """‖x_i − x_j‖², (n, n)."""
    n, d = x.shape
    result = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            for a in range(d):
                result[i, j] += (float(x[i, a]) - float(x[j, a])) ** 2
    return result


def low_pass_loops(x, y, inverse_delta):
    """y_low,i = Σ_j y_j G_ij / Σ_j G_ij; (m, n, c)."""
    sq_dist = sq_dist_loops(x)
    n, c = y.shape
    low = np.zeros((len(inverse_delta), n, c))
    for k, beta in enumerate(inverse_delta):
        for i in range(n):
            weights = [math.exp(-beta * sq_dist[i, j] / 2) for j in range(n)]
            for q in range(c):
                low[k, i, q] = sum(weights[j] * y[j, q] for j in range(n)) / sum(weights)
    return low


def ratio_loops(x, y, inverse_delta):
    """LFR = Σ‖y_low‖² / Σ‖y‖²; (m,)."""
    low = low_pass_loops(x, y, inverse_delta)
    return np.array([(part**2).sum() for part in low]) / (y**2).sum()


def _sq_dist(x):
    x = np.asarray(x, np.float64)
    if x.shape[1] <= 16:
        return sum(np.subtract.outer(column, column) ** 2 for column in x.T)
    x = x - x.mean(axis=0)
    norm = (x * x).sum(axis=1)
    result = np.maximum(norm[:, None] + norm[None, :] - 2 * (x @ x.T), 0)
    np.fill_diagonal(result, 0)
    return result


def row_terms(x, y, inverse_delta):
    """‖y_low,i‖² and its derivative in β = 1/δ, each (m, n), dense.

    dG/dβ = −‖x_i − x_j‖²/2 · G; with Y = Σ G y and C = Σ G, y_low = Y/C, so that
    d‖y_low‖²/dβ = 2 y_low · (dY − y_low dC) / C.
    """
    sq_dist, y = _sq_dist(x), np.asarray(y, np.float64)
    energy, slope = [], []
    for beta in inverse_delta:
        weights = np.exp(-beta / 2 * sq_dist)
        change = -0.5 * sq_dist * weights
        row_sums = weights.sum(axis=1, keepdims=True)
        low = weights @ y / row_sums
        low_change = (change @ y - low * change.sum(axis=1, keepdims=True)) / row_sums
        energy.append((low * low).sum(axis=1))
        slope.append(2 * (low * low_change).sum(axis=1))
    return np.array(energy), np.array(slope)


def ratio_and_density(x, y, inverse_delta):
    """LFR and RDF, each (m,), dense."""
    energy, slope = row_terms(x, y, inverse_delta)
    total = (np.asarray(y, np.float64) ** 2).sum()
    return energy.sum(axis=1) / total, slope.sum(axis=1) / total


def low_pass(x, y, inverse_delta):
    """y_low, (m, n, c), dense."""
    sq_dist = _sq_dist(x)
    low = []
    for beta in inverse_delta:
        weights = np.exp(-beta * sq_dist / 2)
        low.append(weights @ y / weights.sum(axis=1, keepdims=True))
    return np.array(low)


def filtered_loops(x, r, inverse_delta):
    """Σ‖r_low‖², Σ r·r_low, Σ‖r − r_low‖² and the mean of G_ii/Σ_j G_ij; each (m,), with loops."""
    sq_dist = sq_dist_loops(x)
    n, c = r.shape
    low, cross, high, own = (np.zeros(len(inverse_delta)) for _ in range(4))
    for k, beta in enumerate(inverse_delta):
        for i in range(n):
            weights = [math.exp(-beta * sq_dist[i, j] / 2) for j in range(n)]
            own[k] += weights[i] / sum(weights) / n
            for q in range(c):
                r_low = sum(weights[j] * r[j, q] for j in range(n)) / sum(weights)
                low[k] += r_low**2
                cross[k] += r[i, q] * r_low
                high[k] += (r[i, q] - r_low) ** 2
    return low, cross, high, own


def filtered_rows(x, r, inverse_delta):
    """Terms of `filtered_loops` for each sample, four of (m, n), dense."""
    sq_dist, r = _sq_dist(x), np.asarray(r, np.float64)
    found = []
    for beta in inverse_delta:
        weights = np.exp(-beta * sq_dist / 2)
        own = 1 / weights.sum(axis=1)
        low = weights @ r * own[:, None]
        terms = [(low * low).sum(1), (r * low).sum(1), ((r - low) ** 2).sum(1), own]
        found.append(terms)
    return tuple(np.array(values) for values in zip(*found, strict=True))

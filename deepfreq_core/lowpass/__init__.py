"""Gaussian low-pass filter on scattered samples, and what is measured with it.

    ============================  ==========================================================
    x, y                          samples (n, d) and labels (n, c)
    n, d, c, m                    samples, input size, outputs, values of δ
    delta, inverse_delta          δ in G_ij = exp(−‖x_i − x_j‖²/(2δ)), a variance in squared
                                  units of x; β = 1/δ ≥ 0 is the frequency axis, (m,)
    sq_dist                       ‖x_i − x_j‖²
    gaussian_weights, row_sums    G_ij, and C_i = Σ_j G_ij ≥ 1 (the sample itself counts)
    y_low, y_high                 y_low,i = Σ_j G_ij y_j / C_i, (m, n, c); y_high = y − y_low
    low_frequency_ratio           LFR(β) = Σ_i ‖y_low,i‖² / Σ_i ‖y_i‖², (m,)
    ratio_density                 RDF(β) = dLFR/dβ, exact, (m,); can be negative
    weight sums                   S_isk = Σ_{j in s} w_j G_ij(β_k),
                                  D_isk = Σ_{j in s} w_j ‖x_i − x_j‖² G_ij(β_k) = −2 dS_isk/dβ
    s                             a group of samples with equal labels (w_j = 1), or, for labels
                                  that do not repeat, the constant 1 and each label column
    r, r_low                      what a network misses, y − h, (n, c), and its low part
    self weight                   G_ii / C_i = 1/C_i, the weight that a sample gives itself
    ============================  ==========================================================

Importing this package compiles nothing and loads neither numba nor CuPy.
"""

from deepfreq_core.lowpass.filtered import filtered_energies
from deepfreq_core.lowpass.grids import automatic_range, doubling_grid, linear_grid
from deepfreq_core.lowpass.low_pass import (
    LowPass,
    available_backends,
    low_pass,
    resolve_backend,
    warm_up,
)
from deepfreq_core.lowpass.normalization import NORMALIZATIONS, normalize
from deepfreq_core.lowpass.ratios import (
    low_frequency_ratio,
    ratio_curve,
    ratio_curves,
    ratio_density,
)

__all__ = [
    "NORMALIZATIONS",
    "LowPass",
    "automatic_range",
    "available_backends",
    "doubling_grid",
    "filtered_energies",
    "linear_grid",
    "low_frequency_ratio",
    "low_pass",
    "normalize",
    "ratio_curve",
    "ratio_curves",
    "ratio_density",
    "resolve_backend",
    "warm_up",
]

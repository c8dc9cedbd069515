"""LFR and RDF of samples and labels: the public sweep, exact or from sampled rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import ConfigError, ShapeError
from deepfreq_core.lowpass import _arrays, _cost, _estimate, normalization
from deepfreq_core.lowpass._plan import Float64, LabelPlan, plan_grid, plan_labels
from deepfreq_core.lowpass.low_pass import LowPass, get_backend
from deepfreq_core.records import RatioCurve


def ratio_curve(
    x: Any,
    y: Any,
    inverse_delta: Any,
    *,
    normalize: str = "none",
    backend: str = "auto",
    budget_s: float | None = None,
    n_rows: int | None = None,
    seed: int = 0,
) -> RatioCurve:
    """LFR and its exact derivative RDF on a whole grid of 1/δ, in one sweep.

    Args:
        x: Samples, (n, d); for an effective target, the output of hidden layer l.
        y: Labels, (n, c) or (n,), not all zero.
        inverse_delta: Grid of 1/δ, (m,), increasing, ≥ 0, in inverse squared units of
            (normalised) x. Evenly spaced and doubling grids are the fast ones.
        normalize: One of `NORMALIZATIONS`, applied to x.
        backend: "auto", or a name from `available_backends()`.
        budget_s: Seconds the sweep may take; where the exact one would take longer, rows are
            sampled and standard errors given. None: exact, however long.
        n_rows: Number of rows to sample; overrides the budget.
        seed: Seed of the draw of rows.

    Returns:
        The curve; `standard_error` is None where the sum is exact.

    Raises:
        ShapeError: x and y do not fit.
        ConfigError: A value cannot be used.
        BackendUnavailable: The backend cannot run here.

    Source: Xu & Zhou, AAAI 2021, arXiv:2007.14313. There RDF is the slope between grid points;
    here G itself is differentiated, so that RDF does not depend on the grid.
    """  # noqa: DOC502
    return ratio_curves(
        [x], y, inverse_delta, normalize=normalize, backend=backend, budget_s=budget_s,
        n_rows=n_rows, seed=seed,
    )[0]  # fmt: skip


def ratio_curves(
    layers: Sequence[Any],
    y: Any,
    inverse_delta: Any,
    *,
    normalize: str = "none",
    backend: str = "auto",
    budget_s: float | None = None,
    n_rows: int | None = None,
    seed: int = 0,
) -> list[RatioCurve]:
    """The curves of all layers of one measurement: labels are prepared once, buffers shared.

    Args:
        layers: Samples of every layer, each (n, d_l) with the same n.
        y: Labels, (n, c) or (n,), not all zero.
        inverse_delta: Grid of 1/δ, (m,).
        normalize: As for `ratio_curve`.
        backend: As for `ratio_curve`.
        budget_s: Seconds for all layers together.
        n_rows: As for `ratio_curve`.
        seed: As for `ratio_curve`; all layers sum over the same rows.

    Returns:
        One curve a layer.

    Raises:
        ShapeError: A layer and y do not fit, or there is no layer.
    """
    if len(layers) == 0:
        raise ShapeError("layers must hold at least one array of samples; got none.")
    chosen = get_backend(backend)
    normalization.check_method(normalize)
    grid = _arrays.take_grid(inverse_delta)
    plan = plan_grid(grid)
    arrays = [_arrays.take_samples(x).array for x in layers]
    n = len(arrays[0])
    labels = plan_labels(_arrays.take_labels(y, n))
    if any(len(array) != n for array in arrays):
        sizes = ", ".join(str(len(array)) for array in arrays)
        raise ShapeError(f"All layers must have the same number of samples; got {sizes}.")
    rows = _rows(arrays, labels, len(plan.beta), chosen, budget_s, n_rows, seed)
    curves = []
    for array in arrays:
        held = _arrays.for_backend(array, chosen.name)
        scale = _arrays.to_host(normalization.column_scale(held, normalize))
        energy, slope = chosen.row_energies(held, scale, labels, plan, rows)
        curves.append(_curve(grid, energy, slope, labels, n, chosen.name))
    return curves


def _rows(
    arrays: Sequence[Any],
    labels: LabelPlan,
    n_slots: int,
    backend: LowPass,
    budget_s: float | None,
    n_rows: int | None,
    seed: int,
) -> NDArray[np.int64] | None:
    n = len(arrays[0])
    if budget_s is not None and n_rows is None:
        if not budget_s > 0:
            raise ConfigError(f"budget_s must be positive seconds or None; got {budget_s:g}.")
        widths = [array.shape[1] for array in arrays]
        n_rows = _cost.rows_within(budget_s, n, widths, labels, n_slots, backend)
    if n_rows is None:
        return None
    if n_rows < 2 and n_rows < n:
        raise ConfigError(f"n_rows must be at least 2 for a standard error; got {n_rows}.")
    return None if n_rows >= n else _estimate.draw_rows(n, n_rows, seed)


def _curve(
    grid: Float64, energy: Float64, slope: Float64, labels: LabelPlan, n: int, backend: str
) -> RatioCurve:
    lfr, lfr_error = _estimate.total_and_error(energy, n)
    rdf, rdf_error = _estimate.total_and_error(slope, n)
    errors = None
    if lfr_error is not None and rdf_error is not None:
        errors = {
            "low_frequency_ratio": lfr_error / labels.energy,
            "ratio_density": rdf_error / labels.energy,
        }
    return RatioCurve(
        inverse_delta=grid,
        low_frequency_ratio=lfr / labels.energy,
        ratio_density=rdf / labels.energy,
        standard_error=errors,
        backend=backend,
        n_rows=len(energy),
    )


def low_frequency_ratio(x: Any, y: Any, inverse_delta: Any, *, backend: str = "auto") -> Float64:
    """Share of the labels' energy that passes the Gaussian filter, for each 1/δ.

    Args:
        x: Samples, (n, d); for an effective target, the output of hidden layer l.
        y: Labels, (n, c), not all zero.
        inverse_delta: Values of 1/δ, (m,), increasing, in inverse squared units of x.
        backend: "auto", or a name from `available_backends()`.

    Returns:
        LFR, (m,), float64, ≥ 0. Can exceed 1 slightly, because the row sums differ.

    Raises:
        ShapeError: x and y differ in n.
        ConfigError: inverse_delta is negative or not increasing, or y is zero everywhere.

    Source: Xu & Zhou, AAAI 2021, arXiv:2007.14313.
    """  # noqa: DOC502
    return ratio_curve(x, y, inverse_delta, backend=backend).low_frequency_ratio


def ratio_density(x: Any, y: Any, inverse_delta: Any, *, backend: str = "auto") -> Float64:
    """RDF, the exact derivative of LFR with respect to 1/δ; (m,), can be negative.

    Arguments and errors are those of `low_frequency_ratio`.
    """
    return ratio_curve(x, y, inverse_delta, backend=backend).ratio_density

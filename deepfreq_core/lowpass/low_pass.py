"""The filter's public gate: backends behind one protocol, chosen by name, never silently."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.errors import BackendUnavailable, ConfigError, ShapeError
from deepfreq_core.lowpass import _arrays
from deepfreq_core.lowpass._plan import (
    Filtered,
    Float64,
    GridPlan,
    LabelPlan,
    plan_grid,
    plan_labels,
    plan_weights,
)

BACKENDS = ("cpu", "cuda")


class LowPass(Protocol):
    """Gaussian low-pass filter on scattered samples; arguments were checked by the gate."""

    name: str

    def row_energies(
        self,
        x: Any,
        scale: Float64,
        labels: LabelPlan,
        grid: GridPlan,
        rows: NDArray[np.int64] | None,
    ) -> tuple[Float64, Float64]:
        """‖y_low,i‖² and its derivative in β for the chosen rows i; each (rows, m)."""
        ...

    def filtered_rows(self, x: Any, scale: Float64, labels: LabelPlan, grid: GridPlan) -> Filtered:
        """For labels r as weights: ‖r_low,i‖², r_i·r_low,i, ‖r_i − r_low,i‖², 1/C_i; (n, m)."""
        ...

    def low_pass(self, x: Any, y: NDArray[Any], inverse_delta: Float64) -> Any:
        """(n, d), (n, c), (m,) -> (m, n, c), in the floating type of x."""
        ...


def available_backends() -> tuple[str, ...]:
    """Backends that work on this machine: "cpu", and "cuda" where CuPy finds a device."""
    return BACKENDS if _cuda_problem() is None else ("cpu",)


def resolve_backend(name: str = "auto") -> str:
    """The backend that a name stands for; "auto" is "cuda" where available, else "cpu".

    Raises:
        ConfigError: No such backend.
        BackendUnavailable: "cuda" was asked for and cannot run here.
    """
    if name == "auto":
        return available_backends()[-1]
    if name not in BACKENDS:
        raise ConfigError(f"backend must be 'auto', 'cpu' or 'cuda'; got {name!r}. Choose one.")
    problem = _cuda_problem() if name == "cuda" else None
    if problem is not None:
        raise BackendUnavailable(
            f"backend='cuda' cannot run here: {problem}. Use backend='cpu', or install "
            "cupy-cuda13x on a machine with an NVIDIA driver."
        )
    return name


def _cuda_problem() -> str | None:
    from deepfreq_core.lowpass import _cuda

    return _cuda.problem()


def get_backend(name: str) -> LowPass:
    """The backend of this name, resolved."""
    resolved = resolve_backend(name)
    if resolved == "cuda":
        from deepfreq_core.lowpass import _cuda

        return _cuda.CudaBackend()
    from deepfreq_core.lowpass import _cpu

    return _cpu.CpuBackend()


def low_pass(x: Any, y: Any, inverse_delta: Any, *, backend: str = "auto") -> Any:
    """Labels after the Gaussian filter, y_low, for each 1/δ; y_high is y − y_low.

    Args:
        x: Samples, (n, d); for an effective target, the output of hidden layer l.
        y: Labels, (n, c) or (n,); any finite numbers.
        inverse_delta: Values of 1/δ, (m,) or one number, increasing, in inverse squared units
            of x.
        backend: "auto", or a name from `available_backends()`.

    Returns:
        y_low, (m, n, c), the same kind of array and floating type as x; the arithmetic is in
        that type (half types in float32).

    Raises:
        ShapeError: x and y do not fit.
        ConfigError: A value cannot be used.
        BackendUnavailable: The backend cannot run here.

    Source: Xu et al., arXiv:1901.06523, eq. 4–9.
    """  # noqa: DOC502
    chosen = get_backend(backend)
    samples = _arrays.take_samples(x)
    labels = _arrays.take_labels(y, len(samples.array), all_zero=True)
    grid = _arrays.take_grid(inverse_delta)
    array = _arrays.for_backend(samples.array, chosen.name)
    return samples.give_back(chosen.low_pass(array, labels, grid))


def warm_up(backend: str = "auto") -> str:
    """Compile, or load from disk, what a first measurement needs; returns the backend's name.

    Raises:
        BackendUnavailable: The backend cannot run here.
    """  # noqa: DOC502
    chosen = get_backend(backend)
    rng = np.random.default_rng(0)
    for n, d in ((40, 20), (600, 20), (40, 2)):  # every way to a tile
        x = rng.standard_normal((n, d)).astype(np.float32)
        for y in (np.eye(2)[np.arange(n) % 2], rng.standard_normal((n, 1))):
            for grid in (np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.2, 0.5])):
                for samples in (x, x.astype(np.float64)):
                    held, scale = _arrays.for_backend(samples, chosen.name), np.ones(d)
                    chosen.row_energies(held, scale, plan_labels(y), plan_grid(grid), None)
                    chosen.filtered_rows(held, scale, plan_weights(y), plan_grid(grid))
    return chosen.name


__all__ = [
    "BACKENDS",
    "LowPass",
    "ShapeError",
    "available_backends",
    "get_backend",
    "low_pass",
    "resolve_backend",
    "warm_up",
]

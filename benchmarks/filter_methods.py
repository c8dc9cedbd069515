"""The ways to a sweep that `benchmarks.filter` compares; each returns LFR and RDF, or None."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

Result = tuple[Any, Any]
Method = Callable[[Any, Any, Any], Result]


def product(x: Any, y: Any, grid: Any) -> Result:
    """The yardstick: the full product x·xᵀ in float32 (a copy, or NumPy would halve the work)."""
    x @ product.copy.T  # type: ignore[attr-defined]
    return None, None


def symmetric_product(x: Any, y: Any, grid: Any) -> Result:
    """NumPy's own x @ x.T, which computes one half and copies the other."""
    x @ x.T
    return None, None


def ours(x: Any, y: Any, grid: Any) -> Result:
    """`ratio_curve` on the CPU: LFR and RDF."""
    from deepfreq_core.lowpass import ratio_curve

    curve = ratio_curve(x, y, grid, backend="cpu")
    return curve.low_frequency_ratio, curve.ratio_density


def ours_cuda(x: Any, y: Any, grid: Any) -> Result:
    """`ratio_curve` on the GPU, from host arrays."""
    from deepfreq_core.lowpass import ratio_curve

    curve = ratio_curve(x, y, grid, backend="cuda")
    return curve.low_frequency_ratio, curve.ratio_density


def notebook(x: Any, y: Any, grid: Any) -> Result:
    """The method of the authors' notebooks, from its description: all kernels held."""
    norms = (x**2).sum(axis=1)
    sq_dist = norms[:, None] + norms[None, :] - 2 * (x @ x.T)
    kernels = [np.exp(-sq_dist / 2 / delta) for delta in 1 / grid]
    lfr = []
    for kernel in kernels:
        low = kernel @ y / kernel.sum(axis=1, keepdims=True)
        lfr.append((low**2).sum() / (y**2).sum())
    return np.array(lfr), None


def scikit_learn(x: Any, y: Any, grid: Any) -> Result:
    """`sklearn.metrics.pairwise.rbf_kernel` for every δ."""
    from sklearn.metrics.pairwise import rbf_kernel

    lfr = []
    for beta in grid:
        kernel = rbf_kernel(x, gamma=float(beta) / 2)
        low = kernel @ y / kernel.sum(axis=1, keepdims=True)
        lfr.append((low**2).sum() / (y**2).sum())
    return np.array(lfr), None


def plain_torch(x: Any, y: Any, grid: Any) -> Result:
    """What one would write in torch: distances once, then exp and product for every δ."""
    import torch

    samples, labels = torch.from_numpy(x), torch.from_numpy(y.astype(np.float32))
    norms = (samples * samples).sum(dim=1)
    sq_dist = (norms[:, None] + norms[None, :] - 2 * samples @ samples.T).clamp_(min=0)
    lfr = []
    for beta in grid:
        kernel = torch.exp(sq_dist * (-float(beta) / 2))
        low = kernel @ labels / kernel.sum(dim=1, keepdim=True)
        lfr.append(float((low**2).sum() / (labels**2).sum()))
    return np.array(lfr), None


def pykeops(x: Any, y: Any, grid: Any) -> Result:
    """KeOps' lazy tensors, for every δ."""
    LazyTensor = importlib.import_module("pykeops.numpy").LazyTensor  # noqa: N806

    rows, columns = LazyTensor(x[:, None, :]), LazyTensor(x[None, :, :])
    sq_dist = ((rows - columns) ** 2).sum(-1)
    labels = np.concatenate([np.ones((len(x), 1)), y], axis=1).astype(np.float32)
    lfr = []
    for beta in grid:
        sums = (-sq_dist * (float(beta) / 2)).exp() @ labels
        low = sums[:, 1:] / sums[:, :1]
        lfr.append((low**2).sum() / (y**2).sum())
    return np.array(lfr), None


def cupy_product(x: Any, y: Any, grid: Any) -> Result:
    """The yardstick on the GPU, x there already."""
    import cupy

    here = cupy_product.here  # type: ignore[attr-defined]
    here @ here.T
    cupy.cuda.get_current_stream().synchronize()
    return None, None


def cupy_dense(x: Any, y: Any, grid: Any) -> Result:
    """What one would write in CuPy."""
    import cupy

    here, labels = cupy.asarray(x), cupy.asarray(y, dtype=np.float32)
    norms = (here * here).sum(axis=1)
    sq_dist = cupy.maximum(norms[:, None] + norms[None, :] - 2 * here @ here.T, 0)
    lfr = []
    for beta in grid:
        kernel = cupy.exp(sq_dist * np.float32(-beta / 2))
        low = kernel @ labels / kernel.sum(axis=1, keepdims=True)
        lfr.append(float((low**2).sum() / (labels**2).sum()))
    return np.array(lfr), None


def available() -> dict[str, Method]:
    """Methods that can run here, by name; the yardstick first."""
    from deepfreq_core.lowpass import available_backends

    methods: dict[str, Method] = {
        "product x·xᵀ": product,
        "NumPy x @ x.T": symmetric_product,
        "ours, cpu": ours,
        "plain torch": plain_torch,
        "scikit-learn": scikit_learn,
        "authors' notebook": notebook,
    }
    if importlib.util.find_spec("pykeops"):
        methods["pykeops"] = pykeops
    if "cuda" in available_backends():
        methods["cupy product"] = cupy_product
        methods["ours, cuda"] = ours_cuda
        methods["cupy dense"] = cupy_dense
    return methods


def prepare(x: Any) -> None:
    """What the yardsticks need before the clock starts."""
    product.copy = x.copy()  # type: ignore[attr-defined]
    if "cupy product" in available():
        cupy_product.here = importlib.import_module("cupy").asarray(x)  # type: ignore[attr-defined]


def exact(x: Any, y: Any, grid: Any) -> Result:
    """LFR and RDF in float64, a panel of rows at a time."""
    x = x.astype(np.float64) - x.mean(axis=0, dtype=np.float64)
    norms = (x * x).sum(axis=1)
    totals = np.zeros((2, len(grid)))
    for start in range(0, len(x), 256):
        rows = slice(start, start + 256)
        sq_dist = np.maximum(norms[rows, None] + norms - 2 * (x[rows] @ x.T), 0)
        own = np.arange(len(sq_dist))
        sq_dist[own, start + own] = 0
        for k, beta in enumerate(grid):
            weights = np.exp(-beta / 2 * sq_dist)
            row_sums = weights.sum(axis=1, keepdims=True)
            low = weights @ y / row_sums
            weights *= -0.5 * sq_dist
            change = (weights @ y - low * weights.sum(axis=1, keepdims=True)) / row_sums
            totals[0, k] += (low * low).sum()
            totals[1, k] += 2 * (low * change).sum()
    totals /= (y**2).sum()
    return totals[0], totals[1]

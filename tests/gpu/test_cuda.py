"""The CUDA backend on a device, against the CPU in float64."""

import numpy as np
import pytest
import torch

from deepfreq_core import lowpass
from deepfreq_core.lowpass import _cuda
from tests import cases
from tests.reference import filter as reference

cupy = pytest.importorskip("cupy", reason="CuPy is not installed")

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif("cuda" not in lowpass.available_backends(), reason="no CUDA device here"),
]


def assert_close(curve, case):
    lfr, rdf = reference.ratio_and_density(case.x, case.y, case.inverse_delta)
    assert curve.backend == "cuda"
    np.testing.assert_allclose(curve.low_frequency_ratio, lfr, rtol=0, atol=1e-5)
    height = max(np.abs(rdf).max(), 1e-3 / max(case.inverse_delta[-1], 1e-300))
    np.testing.assert_allclose(curve.ratio_density, rdf, rtol=0, atol=1e-4 * height)


@pytest.mark.parametrize("name", cases.CASES)
def test_agrees_with_the_reference(name):
    case = cases.CASES[name]()
    assert_close(lowpass.ratio_curve(case.x, case.y, case.inverse_delta, backend="cuda"), case)


@pytest.mark.parametrize("kernel", _cuda.KERNELS)
def test_every_instance_is_there(kernel):
    assert _cuda._module(0).get_function(kernel) is not None


@pytest.mark.parametrize("sizes", [(64, 100), (1, 1), (1000, 33)])
def test_tile_sizes_do_not_matter(sizes, monkeypatch):
    monkeypatch.setattr(_cuda, "_ROWS", sizes[0])
    monkeypatch.setattr(_cuda, "_COLUMNS", sizes[1])
    case = cases.CASES["two_clusters"]()
    assert_close(lowpass.ratio_curve(case.x, case.y, case.inverse_delta, backend="cuda"), case)


def test_all_devices_together():
    case = cases.CASES["ordinary"]()
    n_devices = cupy.cuda.runtime.getDeviceCount()
    if n_devices < 2:
        pytest.skip("only one CUDA device here")
    from deepfreq_core.lowpass._plan import plan_grid, plan_labels

    arguments = (
        cupy.asarray(case.x), np.ones(case.x.shape[1]), plan_labels(case.y),
        plan_grid(case.inverse_delta), None,
    )  # fmt: skip
    alone = _cuda.CudaBackend(1).row_energies(*arguments)
    together = _cuda.CudaBackend(n_devices).row_energies(*arguments)
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", ["numpy", "cupy", "torch", "torch bfloat16"])
def test_kinds_of_arrays(kind):
    case = cases.CASES["constant_dimensions"]()
    make = {
        "numpy": np.asarray,
        "cupy": cupy.asarray,
        "torch": lambda a: torch.tensor(a, device="cuda", requires_grad=a.dtype == np.float32),
        "torch bfloat16": lambda a: torch.tensor(a, device="cuda").bfloat16(),
    }[kind]
    x = make(case.x)
    low = lowpass.low_pass(x, make(case.y), case.inverse_delta)
    assert type(low) is type(x)
    assert low.dtype == x.dtype
    assert lowpass.ratio_curve(x, make(case.y), case.inverse_delta).backend == "cuda"
    host = low.get() if kind == "cupy" else low.float().cpu().numpy() if "torch" in kind else low
    expected = reference.low_pass(case.x, case.y, case.inverse_delta)
    np.testing.assert_allclose(host, expected, atol=2e-2 if "bfloat16" in kind else 1e-4)


def test_current_stream_is_used():
    case = cases.CASES["ordinary"]()
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        x = cupy.asarray(case.x)
        curve = lowpass.ratio_curve(x, case.y, case.inverse_delta)
    assert_close(curve, case)


def test_sampled_rows_are_those_of_the_processor():
    case = cases.CASES["ordinary"]()
    on_gpu, on_cpu = (
        lowpass.ratio_curve(case.x, case.y, case.inverse_delta, n_rows=100, backend=backend)
        for backend in ("cuda", "cpu")
    )
    np.testing.assert_allclose(on_gpu.low_frequency_ratio, on_cpu.low_frequency_ratio, atol=1e-5)
    np.testing.assert_allclose(
        on_gpu.standard_error["ratio_density"], on_cpu.standard_error["ratio_density"], rtol=1e-3
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", cases.CASES)
def test_low_and_high_parts_agree_with_the_reference(name, dtype):
    case = cases.CASES[name]()
    x = case.x.astype(dtype)
    r = (case.y - 0.3 * np.random.default_rng(2).standard_normal(case.y.shape)).astype(dtype)
    found = lowpass.filtered_energies(x, r, case.inverse_delta, backend="cuda")
    assert found.backend == "cuda"
    low, cross, high, own = reference.filtered_rows(x, r, case.inverse_delta)
    total = float((r.astype(np.float64) ** 2).sum())
    for values, terms in ((found.low, low), (found.cross, cross), (found.high, high)):
        np.testing.assert_allclose(values, terms.sum(axis=1), rtol=0, atol=1e-5 * total)
    np.testing.assert_allclose(found.self_weight, own.mean(axis=1), rtol=0, atol=1e-5)


def test_low_and_high_parts_agree_with_the_processor():
    case = cases.CASES["ordinary"]()
    here = lowpass.filtered_energies(case.x, case.y, case.inverse_delta, backend="cpu")
    there = lowpass.filtered_energies(
        cupy.asarray(case.x), cupy.asarray(case.y), case.inverse_delta, backend="cuda"
    )
    for name in ("low", "cross", "high"):
        tolerance = 2e-6 * here.total  # each within a few 1e-7 of the exact sums
        np.testing.assert_allclose(
            getattr(there, name), getattr(here, name), rtol=0, atol=tolerance
        )

"""What may go in, what is refused and in which words, and what kind of array comes out."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from deepfreq_core import lowpass
from deepfreq_core.errors import BackendUnavailable, ConfigError, ShapeError
from tests import cases
from tests.reference import filter as reference

X = np.random.default_rng(0).standard_normal((30, 6))
Y = cases.one_hot(np.arange(30) % 3, 3)
GRID = np.array([0.0, 0.2, 1.0])


@pytest.mark.parametrize(
    ("x", "y", "grid", "error", "words"),
    [
        (X[:, 0], Y, GRID, ShapeError, r"x must be \(n, d\).*got shape \(30,\).*Flatten"),
        (X[:0], Y[:0], GRID, ShapeError, r"at least one sample.*got shape \(0, 6\)"),
        (X, Y[:-1], GRID, ShapeError, r"same number of samples; got 30 and 29"),
        (X, Y[None], GRID, ShapeError, r"y must be \(n, c\)"),
        (np.where(X > 2, np.nan, X), Y, GRID, ConfigError, r"x must be finite; got NaN"),
        (X, Y + np.inf, GRID, ConfigError, r"y must be finite"),
        (X, Y * 0, GRID, ConfigError, r"y must not be zero everywhere"),
        (X, Y, [-0.1, 1], ConfigError, r"must not be negative; got -0.1"),
        (X, Y, [1, 0.5], ConfigError, r"increasing; got 0.5 after 1.*linear_grid"),
        (X, Y, [1, 1], ConfigError, r"increasing; got 1 after 1"),
        (X, Y, [], ShapeError, r"inverse_delta must be \(m,\)"),
        (X, Y, [1, np.nan], ConfigError, r"inverse_delta must be finite"),
        (X * 1j, Y, GRID, ConfigError, r"x must hold real numbers; got complex128"),
        ([[1, 2], [3]], Y, GRID, ShapeError, r"x must be an array"),
    ],
)
def test_refuses_with_the_name_and_the_next_step(x, y, grid, error, words):
    with pytest.raises(error, match=words):
        lowpass.ratio_curve(x, y, grid)


def test_zero_labels_have_no_ratio_but_can_be_filtered():
    assert not lowpass.low_pass(X, Y * 0, GRID).any()


def test_refuses_unknown_names():
    with pytest.raises(ConfigError, match="backend must be 'auto', 'cpu' or 'cuda'; got 'gpu'"):
        lowpass.ratio_curve(X, Y, GRID, backend="gpu")
    with pytest.raises(ConfigError, match="normalize must be one of 'none', 'max_abs'"):
        lowpass.ratio_curve(X, Y, GRID, normalize="max")
    with pytest.raises(ShapeError, match="at least one array"):
        lowpass.ratio_curves([], Y, GRID)
    with pytest.raises(ShapeError, match="same number of samples; got 30, 29"):
        lowpass.ratio_curves([X, X[1:]], Y, GRID)


@pytest.mark.skipif("cuda" in lowpass.available_backends(), reason="there is a CUDA device here")
def test_cuda_by_name_is_never_replaced_silently():
    assert lowpass.resolve_backend("auto") == "cpu"
    with pytest.raises(BackendUnavailable, match=r"cannot run here: .*Use backend='cpu'"):
        lowpass.ratio_curve(X, Y, GRID, backend="cuda")


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int8, np.int64, bool])
def test_number_types_of_numpy(dtype):
    x = (X * 3).astype(dtype)
    low = lowpass.low_pass(x, Y, GRID, backend="cpu")
    assert isinstance(low, np.ndarray)
    assert low.dtype == (dtype if np.dtype(dtype).kind == "f" else low.dtype)
    exact = reference.low_pass(x.astype(np.float64), Y, GRID)
    eps = {2: 1e-3, 4: 1e-5}.get(low.dtype.itemsize, 1e-12)
    np.testing.assert_allclose(low, exact, atol=eps)
    curve = lowpass.ratio_curve(x, Y, GRID, backend="cpu")
    assert curve.low_frequency_ratio.dtype == np.float64


@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "bfloat16"])
def test_tensors_of_torch(kind):
    dtype = getattr(torch, kind)
    x = torch.tensor(X, dtype=dtype, requires_grad=True)
    low = lowpass.low_pass(x, torch.tensor(Y), torch.tensor(GRID), backend="cpu")
    assert isinstance(low, torch.Tensor)
    assert low.dtype == dtype
    assert not low.requires_grad
    exact = reference.low_pass(x.detach().double().numpy(), Y, GRID)
    eps = {"bfloat16": 1e-2, "float16": 1e-3, "float32": 1e-5, "float64": 1e-12}[kind]
    np.testing.assert_allclose(low.double().numpy(), exact, atol=eps)


@pytest.mark.parametrize("view", ["transposed", "strided", "reversed", "read-only", "fortran"])
def test_layouts(view):
    wide = np.random.default_rng(1).standard_normal((30, 12))
    x = {
        "transposed": np.ascontiguousarray(wide.T).T,
        "strided": wide[:, ::2],
        "reversed": wide[::-1, ::-1],
        "read-only": wide.copy(),
        "fortran": np.asfortranarray(wide),
    }[view]
    x.flags.writeable = view != "read-only"
    before = x.copy()
    curve = lowpass.ratio_curve(x, Y, GRID, normalize="standard", backend="cpu")
    np.testing.assert_array_equal(x, before)
    same = lowpass.ratio_curve(before, Y, GRID, normalize="standard", backend="cpu")
    np.testing.assert_allclose(curve.low_frequency_ratio, same.low_frequency_ratio, rtol=1e-6)


def test_torch_on_the_host_is_not_copied():
    from deepfreq_core.lowpass import _arrays

    x = torch.tensor(X)
    assert np.shares_memory(_arrays.take(x, "x").array, x.numpy())


def test_single_numbers_and_flat_labels_go_in():
    curve = lowpass.ratio_curve(X, X[:, 0], 0.5)
    assert curve.low_frequency_ratio.shape == (1,)
    assert lowpass.low_pass(X, X[:, 0], 0.5).shape == (1, 30, 1)


def test_parts_are_those_of_the_curve():
    curve = lowpass.ratio_curve(X, Y, GRID)
    np.testing.assert_array_equal(
        lowpass.low_frequency_ratio(X, Y, GRID), curve.low_frequency_ratio
    )
    np.testing.assert_array_equal(lowpass.ratio_density(X, Y, GRID), curve.ratio_density)


def test_import_loads_neither_torch_nor_numba_nor_cupy():
    program = (
        "import sys, deepfreq_core.lowpass as s; s.resolve_backend('cpu');"
        "bad = {'torch', 'numba', 'cupy', 'streamlit'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_works_where_no_cache_can_be_written(tmp_path):
    """A package folder and a home that are read-only: compiled in memory."""
    import os
    import shutil
    from pathlib import Path

    root = Path(lowpass.__file__).resolve().parents[1]
    package = tmp_path / "deepfreq_core"
    shutil.copytree(root, package, ignore=shutil.ignore_patterns("__pycache__"))
    program = (
        "import numba.core.caching as c\n"
        "for locator in [v for k, v in vars(c).items() if k.endswith('CacheLocator')]:\n"
        "    def refuse(self):\n"
        "        raise OSError('read-only')\n"
        "    locator.ensure_cache_path = refuse\n"
        "from deepfreq_core.lowpass import _cpu_kernels as kernels\n"
        "assert kernels.exp_negative(-1.0) > 0.36\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        check=True,
    )


def test_no_buffer_is_made_in_the_steady_state():
    from deepfreq_core.lowpass import _workspace

    case = cases.CASES["ordinary"]()
    lowpass.ratio_curve(case.x, case.y, case.inverse_delta, backend="cpu")
    held = _workspace._idle[-1]
    size = held.n_bytes
    for _ in range(2):
        lowpass.ratio_curve(case.x, case.y, case.inverse_delta, backend="cpu")
        assert _workspace._idle[-1] is held
        assert held.n_bytes == size

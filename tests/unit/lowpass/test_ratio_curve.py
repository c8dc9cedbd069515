"""Every backend against the float64 reference, and against closed forms."""

import numpy as np
import pytest

from deepfreq_core.lowpass import (
    _cpu,
    _samples,
    _scale,
    available_backends,
    ratio_curve,
    ratio_curves,
)
from tests import cases
from tests.reference import filter as reference

# The promise of docs/filter.md; measured errors are far below it.
LFR_TOLERANCE = 1e-5
RDF_TOLERANCE = 1e-4

backends = pytest.mark.parametrize("backend", available_backends())


def assert_close(curve, case):
    lfr, rdf = reference.ratio_and_density(case.x, case.y, case.inverse_delta)
    np.testing.assert_allclose(curve.low_frequency_ratio, lfr, rtol=0, atol=LFR_TOLERANCE)
    # Where LFR does not change at all, "of its maximum" has nothing to hold on to: there RDF
    # is measured against the slope of a straight line from 0 to 1 over the grid.
    height = max(np.abs(rdf).max(), 1e-3 / max(case.inverse_delta[-1], 1e-300))
    np.testing.assert_allclose(curve.ratio_density, rdf, rtol=0, atol=RDF_TOLERANCE * height)
    assert curve.standard_error is None
    assert curve.n_rows == len(case.x)


@backends
@pytest.mark.parametrize("name", cases.CASES)
def test_agrees_with_the_reference(name, backend):
    case = cases.CASES[name]()
    curve = ratio_curve(case.x, case.y, case.inverse_delta, backend=backend)
    assert curve.backend == backend
    np.testing.assert_array_equal(curve.inverse_delta, case.inverse_delta)
    assert_close(curve, case)


@pytest.mark.parametrize("grid", [np.linspace(0, 2, 23), np.array([0.1, 0.2, 0.5, 0.7])])
def test_groups_of_any_length_fill_chunks_and_lanes(grid):
    """Lengths around the 128 samples of a chunk; rows that leave lanes of a strip empty."""
    classes = np.repeat(np.arange(5), [1, 127, 128, 129, 301])
    x = np.random.default_rng(0).standard_normal((len(classes), 20)).astype(np.float32)
    case = cases.Case(x, np.eye(5)[classes], grid)
    assert_close(ratio_curve(case.x, case.y, case.inverse_delta, backend="cpu"), case)


@pytest.mark.parametrize("name", ["ordinary", "real_targets", "hundred_classes", "line"])
def test_row_panels_give_the_same(name, monkeypatch):
    """Where the sums of all rows would not fit, rows are taken panel by panel."""
    monkeypatch.setattr(_cpu, "_MOST_SUM_BYTES", 0)
    case = cases.CASES[name]()
    assert_close(ratio_curve(case.x, case.y, case.inverse_delta, backend="cpu"), case)


@pytest.mark.parametrize("name", ["ordinary", "duplicates", "uneven_scales", "offset_1e3"])
@pytest.mark.parametrize("way", ["float32", "float64"])
def test_both_precisions_of_the_product_keep_the_promise(name, way, monkeypatch):
    case = cases.CASES[name]()
    monkeypatch.setattr(_scale, "_FLOAT32_LIMIT", np.inf if way == "float32" else 0)
    assert_close(ratio_curve(case.x, case.y, case.inverse_delta, backend="cpu"), case)


def test_memory_map_is_read_in_column_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr(_samples, "_BLOCK", 64)
    monkeypatch.setattr(_samples, "BLOCK_PANEL", 128)
    case = cases.CASES["offset_1e3"]()
    wide = np.tile(case.x, (1, 5))
    np.save(tmp_path / "x.npy", wide)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    whole = cases.Case(wide, case.y, case.inverse_delta / 5)
    curve = ratio_curve(mapped, whole.y, whole.inverse_delta, normalize="none", backend="cpu")
    assert_close(curve, whole)


@backends
def test_small_delta_is_the_identity(backend):
    case = cases.CASES["line"]()
    curve = ratio_curve(case.x, case.y, [1e9, 2e9], backend=backend)
    np.testing.assert_allclose(curve.low_frequency_ratio, 1, atol=1e-12)
    np.testing.assert_allclose(curve.ratio_density, 0, atol=1e-12)


@backends
def test_infinite_delta_is_the_mean(backend):
    case = cases.CASES["ordinary"]()
    curve = ratio_curve(case.x, case.y, 0.0, backend=backend)
    mean = (case.y.mean(axis=0) ** 2).sum() / (case.y**2).sum(axis=1).mean()
    np.testing.assert_allclose(curve.low_frequency_ratio, mean, rtol=1e-6)


@backends
@pytest.mark.parametrize(("k", "peak"), [(1, 1.76), (3, 32.0)])
def test_peaks_of_sines_on_an_interval(k, peak, backend):
    """RDF of sin(kπx) on [−1, 1], 201 points: the peaks an independent script gave."""
    x = np.linspace(-1, 1, 201)[:, None]
    grid = np.linspace(0.01, 200, 2000)
    curve = ratio_curve(x, np.sin(k * np.pi * x), grid, backend=backend)
    found = grid[np.argmax(curve.ratio_density)]
    assert abs(found - peak) <= 0.15  # the grid step is 0.1


@backends
def test_sine_on_a_long_interval_follows_the_closed_form(backend):
    """On the line LFR = exp(−(kπ)²/s), RDF = (kπ)²/s² · LFR with s = 1/δ."""
    x = np.linspace(-20, 20, 2001)[:, None]
    grid = np.linspace(2, 60, 30)
    curve = ratio_curve(x, np.sin(2 * np.pi * x), grid, backend=backend)
    a = (2 * np.pi) ** 2
    # Only the two ends differ from the line: 2 of about 40 half widths.
    np.testing.assert_allclose(curve.low_frequency_ratio, np.exp(-a / grid), atol=0.01)
    np.testing.assert_allclose(curve.ratio_density, a / grid**2 * np.exp(-a / grid), atol=1e-3)


@backends
def test_layers_together_are_the_layers_one_by_one(backend):
    case = cases.CASES["ordinary"]()
    layers = [case.x, np.tanh(case.x[:, :7]), case.x[:, :1].astype(np.float64)]
    together = ratio_curves(
        layers, case.y, case.inverse_delta, normalize="max_abs", backend=backend
    )
    for x, curve in zip(layers, together, strict=True):
        alone = ratio_curve(x, case.y, case.inverse_delta, normalize="max_abs", backend=backend)
        np.testing.assert_array_equal(curve.low_frequency_ratio, alone.low_frequency_ratio)
        np.testing.assert_array_equal(curve.ratio_density, alone.ratio_density)


def test_ratio_can_exceed_one():
    """Counter-example to LFR ≤ 1: x = 0, 1, 2, δ = 1, y_i = C_i."""
    x = np.array([[0.0], [1.0], [2.0]])
    row_sums = np.exp(-((x - x.T) ** 2) / 2).sum(axis=1, keepdims=True)
    curve = ratio_curve(x, row_sums, [1.0], backend="cpu")
    np.testing.assert_allclose(curve.low_frequency_ratio, 1.011, atol=5e-4)


def test_ratio_can_fall_and_density_be_negative():
    """Counter-example to LFR monotone in δ: x = 1, 3, 5, 3, y = 1, 0, 1, 0."""
    x, y = np.array([[1.0], [3], [5], [3]]), np.array([[1.0], [0], [1], [0]])
    curve = ratio_curve(x, y, [1 / 16, 1 / 8, 1 / 4], backend="cpu")
    np.testing.assert_allclose(curve.low_frequency_ratio[[2, 0]], [0.376, 0.447], atol=5e-4)
    assert curve.ratio_density[1] < 0

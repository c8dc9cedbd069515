"""Low and high part of a residual: against the definition, closed forms, and every way through."""

import threading

import numpy as np
import pytest

from deepfreq_core.errors import ConfigError, ShapeError
from deepfreq_core.lowpass import (
    _cpu,
    _samples,
    available_backends,
    filtered_energies,
    normalize,
    ratio_curve,
)
from tests import cases
from tests.reference import filter as reference

backends = pytest.mark.parametrize("backend", available_backends())
# As docs/filter.md promises for LFR, of the residual's whole energy: products and exponentials in
# float32 (2e-6 at most), sums of 128 of them too, then float64. Measured errors are near 1e-7.
TOLERANCE = 1e-5
_NEAR_1, _SEVERAL = np.array([0.0, 0.3, 2.0, 30.0]), np.array([0.0, 0.05, 0.3, 0.7])


def residual(case, *, seed=2):
    """What a network of chance outputs misses of the case's labels."""
    rng = np.random.default_rng(seed)
    return case.y - 0.3 * rng.standard_normal(case.y.shape)


def assert_close(found, x, r, grid):
    exact = reference.filtered_rows(x, r, grid)
    total = float((np.asarray(r, np.float64) ** 2).sum())
    for name, terms in zip(("low", "cross", "high"), exact, strict=False):
        np.testing.assert_allclose(
            getattr(found, name), terms.sum(axis=1), rtol=0, atol=TOLERANCE * total, err_msg=name
        )
    np.testing.assert_allclose(found.self_weight, exact[3].mean(axis=1), rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(found.total, total, rtol=1e-12)


def test_the_dense_reference_is_the_definition():
    rng = np.random.default_rng(3)
    x, r = rng.standard_normal((12, 3)), rng.standard_normal((12, 2))
    loops = reference.filtered_loops(x, r, _NEAR_1)
    dense = reference.filtered_rows(x, r, _NEAR_1)
    for values, terms in zip(loops[:3], dense[:3], strict=True):
        np.testing.assert_allclose(terms.sum(axis=1), values, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(dense[3].mean(axis=1), loops[3], rtol=1e-12)


@backends
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", cases.CASES)
def test_agrees_with_the_reference(name, dtype, backend):
    case = cases.CASES[name]()
    x, r = case.x.astype(dtype), residual(case).astype(dtype)
    found = filtered_energies(x, r, case.inverse_delta, backend=backend)
    assert found.backend == backend
    np.testing.assert_array_equal(found.inverse_delta, case.inverse_delta)
    assert_close(found, x, r, case.inverse_delta)


@backends
@pytest.mark.parametrize("n_outputs", [1, 2, 11, 12, 25])
@pytest.mark.parametrize(
    "grid",
    [np.linspace(0, 2, 23), 0.01 * 2.0 ** np.arange(7), np.array([0.1, 0.2, 0.5, 0.7])],
    ids=["linear", "doubling", "any"],
)
def test_any_number_of_outputs_on_any_grid(grid, n_outputs, backend):
    """Columns around the width of a block; 586 samples leave chunks and lanes unfilled."""
    rng = np.random.default_rng(0)
    x, r = rng.standard_normal((586, 20)), rng.standard_normal((586, n_outputs))
    assert_close(filtered_energies(x, r, grid, backend=backend), x, r, grid)


@pytest.mark.parametrize("dimensions", [1, 3, 20])
def test_row_panels_give_the_same(dimensions, monkeypatch):
    """Where the sums of all rows would not fit, rows are taken panel by panel."""
    rng = np.random.default_rng(0)
    x, r = rng.standard_normal((1100, dimensions)), rng.standard_normal((1100, 3))
    together = filtered_energies(x, r, _SEVERAL, backend="cpu")
    monkeypatch.setattr(_cpu, "_MOST_SUM_BYTES", 0)
    apart = filtered_energies(x, r, _SEVERAL, backend="cpu")
    assert_close(apart, x, r, _SEVERAL)
    for name in ("low", "cross", "high", "self_weight"):
        np.testing.assert_allclose(getattr(apart, name), getattr(together, name), rtol=1e-6)


def test_samples_read_in_blocks(monkeypatch):
    monkeypatch.setattr(_samples, "_too_large", lambda x: True)
    rng = np.random.default_rng(0)
    x, r = rng.standard_normal((600, 30)), rng.standard_normal((600, 2))
    assert_close(filtered_energies(x, r, _SEVERAL, backend="cpu"), x, r, _SEVERAL)


@backends
def test_the_ratio_of_labels_is_that_of_the_other_sweep(backend):
    case = cases.CASES["ordinary"]()
    found = filtered_energies(case.x, case.y, case.inverse_delta, backend=backend)
    curve = ratio_curve(case.x, case.y, case.inverse_delta, backend=backend)
    np.testing.assert_allclose(found.low / found.total, curve.low_frequency_ratio, atol=2e-6)


@backends
def test_the_identity_leaves_no_high_part_at_all(backend):
    """β → ∞ with distinct samples: r_low = r to the last bit, so that e_high is 0/0, not noise."""
    rng = np.random.default_rng(1)
    x, r = rng.standard_normal((700, 20)), rng.standard_normal((700, 3))
    found = filtered_energies(x, r, [1e9], backend=backend)
    assert found.high[0] == 0
    np.testing.assert_allclose(found.low, found.total, rtol=1e-6)  # r itself rounds to float32
    np.testing.assert_allclose(found.cross, found.total, rtol=1e-6)
    assert found.self_weight[0] == 1


@backends
def test_without_a_filter_the_mean_is_left(backend):
    rng = np.random.default_rng(1)
    x, r = rng.standard_normal((700, 20)), 1 + rng.standard_normal((700, 3))
    found = filtered_energies(x, r, [0.0], backend=backend)
    mean = float((r.mean(axis=0) ** 2).sum())
    np.testing.assert_allclose(found.low[0], 700 * mean, rtol=1e-5)
    np.testing.assert_allclose(found.high[0], ((r - r.mean(axis=0)) ** 2).sum(), rtol=1e-5)
    np.testing.assert_allclose(found.self_weight[0], 1 / 700, rtol=1e-6)


@backends
def test_errors_from_sums_keep_the_digits_that_little_is_left_of(backend):
    """A high part of a thousandth of r: of a difference of sums nothing would be left."""
    rng = np.random.default_rng(4)
    x = np.sort(rng.uniform(0, 1, 800))[:, None]
    r = np.cos(2 * x) + 1e-3 * np.sin(40 * x)
    grid = np.array([2e5, 2e6])
    found = filtered_energies(x, r, grid, backend=backend)
    exact = reference.filtered_rows(x, r, grid)[2].sum(axis=1)
    assert np.all(exact < 1e-4 * found.total)
    # Rounding of r_low is 1e-7 of r, the high part 1e-3 of it: 1e-4, doubled by the square.
    np.testing.assert_allclose(found.high, exact, rtol=1e-3)


@backends
@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_size_does_not_matter(size, backend):
    case = cases.CASES["real_targets"]()
    r = residual(case)
    plain = filtered_energies(case.x, r, case.inverse_delta, backend=backend)
    scaled = filtered_energies(case.x, size * r, case.inverse_delta, backend=backend)
    for name in ("low", "cross", "high", "total"):
        np.testing.assert_allclose(
            getattr(scaled, name) / size**2,
            getattr(plain, name),
            rtol=1e-5,
            atol=1e-9 * plain.total,
        )


@backends
def test_a_residual_of_zeros_has_no_energy(backend):
    x = np.random.default_rng(0).standard_normal((50, 20))
    found = filtered_energies(x, np.zeros((50, 2)), _NEAR_1, backend=backend)
    for values in (found.low, found.cross, found.high):
        np.testing.assert_array_equal(values, 0)
    assert found.total == 0


@backends
def test_samples_are_normalised_as_asked(backend):
    rng = np.random.default_rng(0)
    x, r = 40 * rng.standard_normal((600, 20)), rng.standard_normal((600, 2))
    found = filtered_energies(x, r, _SEVERAL, normalize="max_abs", backend=backend)
    assert_close(found, normalize(x, "max_abs"), r, _SEVERAL)


def test_threads_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    x, r = rng.standard_normal((2100, 20)), rng.standard_normal((2100, 3))
    found = []
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(_cpu, "thread_count", lambda n=n_threads: n)
        found.append(filtered_energies(x, r, _SEVERAL, backend="cpu"))
    for other in found[1:]:
        np.testing.assert_array_equal(other.low, found[0].low)
        np.testing.assert_array_equal(other.high, found[0].high)


def test_several_callers_at_once_do_not_mix():
    rng = np.random.default_rng(0)
    sets = [(rng.standard_normal((600, 20)), rng.standard_normal((600, 2))) for _ in range(3)]
    alone = [filtered_energies(x, r, _SEVERAL, backend="cpu").low for x, r in sets]
    found = [None] * 3

    def work(i):
        found[i] = filtered_energies(*sets[i], _SEVERAL, backend="cpu").low

    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_does_not_fit_is_named():
    x = np.zeros((4, 2))
    with pytest.raises(ShapeError, match="x and r must have the same number of samples; got 4"):
        filtered_energies(x, np.zeros((5, 1)), [1.0])
    with pytest.raises(ConfigError, match="r must be finite"):
        filtered_energies(x, np.full((4, 1), np.nan), [1.0])
    with pytest.raises(ConfigError, match="inverse_delta must be increasing"):
        filtered_energies(x, np.zeros((4, 1)), [2.0, 1.0])
    with pytest.raises(ConfigError, match="normalize"):
        filtered_energies(x, np.zeros((4, 1)), [2.0], normalize="max")

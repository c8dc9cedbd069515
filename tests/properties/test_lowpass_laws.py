"""Laws of the row-normalised filter (STYLE section 9), on samples hypothesis chooses.

LFR ≤ 1 and LFR monotone in δ are not among them: see the counter-examples in
tests/unit/lowpass/test_ratio_curve.py.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from deepfreq_core.lowpass import (
    available_backends,
    filtered_energies,
    low_pass,
    ratio_curve,
)
from tests.reference import filter as reference

FAST = settings(max_examples=25, deadline=None)
GRID = np.array([0.0, 0.3, 2.0, 30.0])
# float64 arithmetic; the shortcut for distances cancels to about eps·‖x‖² ≤ 1e-12 here.
CLOSE = {"rtol": 1e-9, "atol": 1e-9}

values = st.floats(-10, 10, allow_nan=False, width=32)
backends = pytest.mark.parametrize("backend", available_backends())


@st.composite
def samples_and_labels(draw):
    """x (n, d) and y (n, c), float64, with equal samples and equal labels likely."""
    n = draw(st.integers(1, 12))
    d, c = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    x = draw(arrays(np.float64, (n, d), elements=values))
    y = draw(arrays(np.float64, (n, c), elements=values))
    if n > 2 and draw(st.booleans()):
        x[1], y[2] = x[0], y[0]
    return x, y


@backends
@FAST
@given(data=samples_and_labels(), constant=values)
def test_constants_pass_unchanged(backend, data, constant):
    x, y = data
    low = low_pass(x, np.full_like(y, constant), GRID, backend=backend)
    np.testing.assert_allclose(low, constant, rtol=1e-12, atol=1e-12)


@backends
@FAST
@given(data=samples_and_labels())
def test_no_channel_grows(backend, data):
    x, y = data
    low = low_pass(x, y, GRID, backend=backend)
    assert np.all(np.abs(low).max(axis=1) <= np.abs(y).max(axis=0) * (1 + 1e-12))


@backends
@FAST
@given(data=samples_and_labels(), a=values, b=values)
def test_linear_in_labels(backend, data, a, b):
    x, y = data
    other = np.sin(y) + 1
    parts = a * low_pass(x, y, GRID, backend=backend) + b * low_pass(
        x, other, GRID, backend=backend
    )
    whole = low_pass(x, a * y + b * other, GRID, backend=backend)
    np.testing.assert_allclose(whole, parts, rtol=1e-10, atol=1e-10)


@backends
@FAST
@given(data=samples_and_labels(), seed=st.integers(0, 99))
def test_blind_to_the_order_of_samples(backend, data, seed):
    x, y = data
    order = np.random.default_rng(seed).permutation(len(x))
    low = low_pass(x, y, GRID, backend=backend)
    np.testing.assert_allclose(
        low_pass(x[order], y[order], GRID, backend=backend), low[:, order], **CLOSE
    )


@backends
@FAST
@given(data=samples_and_labels(), seed=st.integers(0, 99))
def test_blind_to_rotation_and_shift(backend, data, seed):
    x, y = data
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.standard_normal((x.shape[1], x.shape[1])))
    moved = x @ rotation + rng.standard_normal(x.shape[1])
    low = low_pass(x, y, GRID, backend=backend)
    np.testing.assert_allclose(low_pass(moved, y, GRID, backend=backend), low, **CLOSE)


@backends
@FAST
@given(data=samples_and_labels(), exponent=st.integers(-30, 30))
def test_scale_of_samples_is_a_scale_of_delta(backend, data, exponent):
    x, y = data
    s = 2.0**exponent
    low = low_pass(x, y, GRID, backend=backend)
    np.testing.assert_allclose(low_pass(s * x, y, GRID / s**2, backend=backend), low, **CLOSE)
    if y.any():
        curve = ratio_curve(x, y, GRID, backend=backend)
        scaled = ratio_curve(s * x, y, GRID / s**2, backend=backend)
        np.testing.assert_allclose(scaled.low_frequency_ratio, curve.low_frequency_ratio, rtol=1e-6)
        np.testing.assert_allclose(
            scaled.ratio_density / s**2, curve.ratio_density, rtol=1e-6, atol=1e-9
        )


@backends
@FAST
@given(data=samples_and_labels())
def test_energy_weighted_by_row_sums_never_grows(backend, data):
    """Σ C_i‖y_low,i‖² ≤ Σ C_i‖y_i‖²."""
    x, y = data
    low = low_pass(x, y, GRID, backend=backend)
    sq_dist = reference.sq_dist_loops(x)
    for beta, part in zip(GRID, low, strict=True):
        row_sums = np.exp(-beta * sq_dist / 2).sum(axis=1)
        after, before = row_sums @ (part**2).sum(axis=1), row_sums @ (y**2).sum(axis=1)
        assert after <= before * (1 + 1e-9) + 1e-12


@backends
@FAST
@given(data=samples_and_labels())
def test_curve_is_the_energy_of_the_filtered_labels(backend, data):
    x, y = data
    if not y.any():
        return
    low = low_pass(x, y, GRID, backend=backend)
    curve = ratio_curve(x, y, GRID, backend=backend)
    expected = (low**2).sum(axis=(1, 2)) / (y**2).sum()
    np.testing.assert_allclose(curve.low_frequency_ratio, expected, rtol=0, atol=1e-5)
    _, rdf = reference.ratio_and_density(x, y, GRID)
    # A float32 sum of terms of size r² is not 0 where they cancel: constant labels.
    height = max(np.abs(rdf).max(), 1e-2 * reference.sq_dist_loops(x).max())
    np.testing.assert_allclose(curve.ratio_density, rdf, rtol=0, atol=1e-4 * height)


# Energies of parts are sums of float32 products in float64: a few 1e-7 of the whole.
NEAR = 2e-6


@backends
@FAST
@given(data=samples_and_labels(), power=st.integers(-20, 20))
def test_energies_grow_as_the_square(backend, data, power):
    x, r = data
    scale = 2.0**power  # rounds nothing
    plain = filtered_energies(x, r, GRID, backend=backend)
    scaled = filtered_energies(x, scale * r, GRID, backend=backend)
    for name in ("low", "cross", "high"):
        wanted = scale**2 * getattr(plain, name)
        np.testing.assert_allclose(getattr(scaled, name), wanted, rtol=1e-12)


@backends
@FAST
@given(data=samples_and_labels())
def test_the_parts_are_those_of_one_whole(backend, data):
    x, r = data
    found = filtered_energies(x, r, GRID, backend=backend)
    by_difference = found.total - 2 * found.cross + found.low
    np.testing.assert_allclose(found.high, by_difference, rtol=0, atol=NEAR * found.total)
    # Cauchy and Schwarz: |Σ r·r_low| ≤ ‖r‖ ‖r_low‖.
    most = np.sqrt(found.low * found.total)
    assert np.all(np.abs(found.cross) <= most + NEAR * found.total)
    assert np.all((found.self_weight > 0) & (found.self_weight <= 1))


@backends
@FAST
@given(data=samples_and_labels(), constant=values)
def test_a_constant_is_all_low(backend, data, constant):
    x, r = data
    found = filtered_energies(x, np.full_like(r, constant), GRID, backend=backend)
    np.testing.assert_allclose(found.low, found.total, rtol=NEAR)
    np.testing.assert_allclose(found.high, 0, atol=NEAR**2 * found.total)

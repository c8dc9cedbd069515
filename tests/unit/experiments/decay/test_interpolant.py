"""The exact interpolant: against loops, closed forms and the table of reference."""

import io
import math

import numpy as np
import pytest

from deepfreq_core.errors import ConfigError, ShapeError
from deepfreq_core.experiments.decay import interpolant
from deepfreq_core.experiments.decay import sums as adding
from deepfreq_core.experiments.decay.interpolant import solve
from deepfreq_core.experiments.decay.sums import Sums, extended, nothing_yet, problem
from tests.reference import decay as naive

POINTS, VALUES = (-0.8, -0.3, 0.1, 0.6), (1.0, -0.5, 0.8, 0.3)
EXPONENTS = (0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 4.0, 6.0)
TABLE = {
    50: ".063 .183 .214 .240 .297 .307 .289 .284",
    800: ".016 .124 .168 .208 .295 .308 .289 .284",
    12_800: ".004 .087 .138 .189 .294 .308 .289 .284",
}


def reference(exponents=EXPONENTS, **more):
    return problem(POINTS, VALUES, exponents, period=2.0, **more)


def solved(of, *cutoffs):
    """Answers at these cut-offs, one after the other."""
    sums, answers = nothing_yet(of), []
    for cutoff in cutoffs:
        sums = extended(of, sums, cutoff)
        answers.append(solve(of, sums))
    return answers


def test_the_table_of_reference_comes_out_to_three_digits():
    for heights, row in zip(solved(reference(), *TABLE), TABLE.values(), strict=True):
        assert [f"{height:.3f}" for height in heights.height] == [
            f"0{word}" for word in row.split()
        ]


@pytest.mark.parametrize("kind", ["angular", "cycles"])
@pytest.mark.parametrize(
    ("points", "values", "period"),
    [
        ((0.3,), (2.0,), 2.0),
        ((-0.25,), (-1.0,), 1.0),
        ((0.6, -0.8, 0.1, -0.3), (0.3, 1.0, 0.8, -0.5), 2.0),  # in any order
        ((-2.5, -1.0, 0.0, 0.4, 2.0), (0.1, 0.7, -0.4, 0.2, 0.9), 5.0),
    ],
)
@pytest.mark.parametrize("n_curve", [16, 27, 300])  # below and above the number of frequencies
def test_it_is_what_the_loops_find(points, values, period, kind, n_curve):
    exponents = (0.5, 1.0, 3.0)
    of = problem(points, values, exponents, period=period, weight=kind, n_curve=n_curve)
    (answer,) = solved(of, 40)
    for row, exponent in enumerate(exponents):
        arguments = (points, values, exponent, period, kind, 40)
        curve, energy = naive.interpolant(*arguments, interpolant.places_of_curve(of))
        between, _ = naive.interpolant(*arguments, of.midpoints)
        # Condition numbers here are 1e-4 and better: 1e-11 would be one digit too many.
        np.testing.assert_allclose(answer.curve[row], curve, atol=1e-10)
        assert answer.height[row] == pytest.approx(np.abs(between).mean(), abs=1e-10)
        assert answer.least_energy[row] == pytest.approx(energy, rel=1e-10)


@pytest.mark.parametrize(("kind", "stretch"), [("angular", 1.0), ("cycles", 2 * math.pi)])
def test_one_point_at_exponent_two_is_a_hyperbolic_cosine(kind, stretch):
    # Σ_j cos(2πjt/L) / (1 + (2πj/L)²) = (L/2) cosh(L/2 − |t|) / sinh(L/2); in cycles L and t
    # are 2π times as long.
    period, cutoff = 2.0, 4_000
    of = problem([0.25], [3.0], [2.0], period=period, weight=kind, n_curve=64)
    (answer,) = solved(of, cutoff)
    t = np.abs(interpolant.places_of_curve(of) - 0.25)
    t = np.minimum(t, period - t)
    exact = 3 * np.cosh(stretch * (period / 2 - t)) / np.cosh(stretch * period / 2)
    # Of k(0) and k(t) the tail is missing: at most 2 Σ_{j>M} (L/2πj)² < (L/π)²/2M, of k(0) ≥ 1.
    missing = 3 * 2 * (stretch * period / (2 * math.pi)) ** 2 * 2 / cutoff
    np.testing.assert_allclose(answer.curve[0], exact, atol=missing)
    assert answer.height[0] == pytest.approx(3 / math.cosh(stretch * period / 2), abs=missing)


def test_one_point_without_a_price_is_the_dirichlet_kernel():
    of = problem([0.0], [1.0], [0.0], period=2.0, n_curve=30)
    (answer,) = solved(of, 7)
    x = of.grid
    with np.errstate(invalid="ignore"):
        exact = np.sin(15 * np.pi * x / 2) / np.sin(np.pi * x / 2) / 15
    exact[x == 0] = 1
    np.testing.assert_allclose(answer.curve[0], exact, atol=1e-14)


def test_the_curve_goes_through_its_points_at_every_cutoff():
    of = reference()
    x = interpolant.places_of_curve(of)
    assert (np.diff(x) > 0).all()
    for answer in solved(of, 2, 50, 4_000):
        found = answer.curve[:, np.searchsorted(x, of.points)]
        np.testing.assert_allclose(found, np.tile(VALUES, (8, 1)), atol=1e-9)


def test_a_larger_cutoff_never_costs_more():
    energies = np.array([answer.least_energy for answer in solved(reference(), 2, 3, 5, 50, 800)])
    assert (np.diff(energies, axis=0) <= 1e-12 * energies[:-1]).all()


def test_below_the_critical_exponent_the_height_falls_with_its_power_of_the_cutoff():
    exponents = np.array([0.3, 0.5, 0.7])
    cutoff = 12_500
    first, second = solved(reference(exponents, n_curve=16), cutoff, 16 * cutoff)
    height = np.log(first.height / second.height) / math.log(16)
    energy = np.log(first.least_energy / second.least_energy) / math.log(16)
    # k(0) is const·M^{1−α} up to a share of about M^{α−1}. At a distance t from a point the sharp
    # cut-off rings with w_M / sin(πt/L), here some 3 M^{−α}, in heights only.
    shares = cutoff ** (exponents - 1)
    assert (np.abs(energy - (1 - exponents)) < shares / math.log(16)).all()
    ringing = 3 * cutoff**-exponents
    assert (np.abs(height - (1 - exponents)) < (shares + ringing) / math.log(16)).all()


def test_at_the_critical_exponent_it_falls_logarithmically():
    heights = np.array([a.height[0] for a in solved(reference([1.0]), 800, 3_200, 12_800, 51_200)])
    assert (np.diff(heights) < 0).all()
    # 1/height is affine in log M but for terms in 1/k(0) and 1/M: equal steps, to 1 %.
    steps = np.diff(1 / heights)
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.01)


def test_the_cutoffs_on_the_way_do_not_matter(monkeypatch):
    of = reference(n_curve=64)
    (at_once,) = solved(of, 3_000)
    *_, in_steps = solved(of, 2, 3, 64, 65, 777, 3_000)
    monkeypatch.setattr(adding, "_CHUNK", 5_000)
    (in_pieces,) = solved(of, 3_000)
    for other in (in_steps, in_pieces):
        # Sums of 3,000 terms in another order: 1e-15 or so, over the worst condition, 2e-5.
        np.testing.assert_allclose(other.curve, at_once.curve, atol=1e-9)
        np.testing.assert_allclose(other.height, at_once.height, rtol=1e-9)


def test_a_stop_between_two_cutoffs_changes_no_bit():
    of = reference()
    sums = extended(of, extended(of, nothing_yet(of), 50), 200)
    file = io.BytesIO()
    np.savez(file, **sums.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        again = Sums.from_arrays(arrays)
    assert again.cutoff == 200
    left, right = extended(of, sums, 5_000), extended(reference(), again, 5_000)
    np.testing.assert_array_equal(left.influence, right.influence)
    np.testing.assert_array_equal(solve(of, left).curve, solve(of, right).curve)
    assert sums.cutoff == 200  # and the old ones are as they were


def test_three_digits_are_right_or_not_given():
    exponents = tuple(range(1, 21))
    close = (-0.8, -0.3, -0.29, 0.6)
    of = problem(close, VALUES, exponents, period=2.0, n_curve=16)
    (answer,) = solved(of, 60)
    given = answer.condition >= interpolant.least_condition(4)
    assert given[0] and not given[-1]
    assert (np.diff(answer.condition) <= 0).all()
    for numbers in (answer.height, answer.least_energy, *answer.curve.T):
        np.testing.assert_array_equal(np.isnan(numbers), ~given)
    for exponent, height in zip(np.array(exponents)[given], answer.height[given], strict=True):
        # Least norm by singular values loses the root of what the Gram matrix loses.
        between, _ = naive.interpolant(close, VALUES, exponent, 2.0, "angular", 60, of.midpoints)
        assert height == pytest.approx(np.abs(between).mean(), rel=5e-4)


@pytest.mark.parametrize(
    ("points", "named"),
    [((0.1, 0.5, 0.1), "0.1 and 0.1"), ((-1.0, 0.0, 1.0), "1 and -1"), ((0.0, 1.5), "1.5")],
)
def test_points_that_are_one_or_outside_are_named(points, named):
    with pytest.raises(ConfigError, match=named):
        problem(points, [1.0] * len(points), [1.0], period=2.0)


def test_values_must_fit_the_points():
    with pytest.raises(ShapeError, match="one value for each point"):
        problem([0.0, 0.5], [1.0], [1.0], period=2.0)


def test_fewer_frequencies_than_points_cannot_be_solved():
    with pytest.raises(ConfigError, match="at least 2"):
        solved(reference(), 1)
    with pytest.raises(ConfigError, match="leaves 0 frequencies"):
        solve(reference(), nothing_yet(reference()))

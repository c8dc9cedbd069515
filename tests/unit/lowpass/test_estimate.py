"""Sampled rows: unbiased, with standard errors that tell the truth, and chosen by the budget."""

import numpy as np
import pytest

from deepfreq_core.errors import ConfigError
from deepfreq_core.lowpass import _cost, available_backends, ratio_curve, ratio_curves
from tests import cases

N_DRAWS = 400
N_ROWS = 40


@pytest.fixture(scope="module", params=["grouped", "weighted"])
def draws(request):
    rng = np.random.default_rng(11)
    x = rng.uniform(-1.5, 1.5, (150, 3))
    y = np.eye(3)[rng.integers(0, 3, 150)] if request.param == "grouped" else np.sin(3 * x[:, :2])
    grid = np.array([0.05, 0.5, 3.0])
    exact = ratio_curve(x, y, grid)
    curves = [ratio_curve(x, y, grid, n_rows=N_ROWS, seed=seed) for seed in range(N_DRAWS)]
    return exact, curves


@pytest.mark.parametrize("name", ["low_frequency_ratio", "ratio_density"])
def test_unbiased(draws, name):
    exact, curves = draws
    values = np.array([getattr(curve, name) for curve in curves])
    error_of_mean = values.std(axis=0, ddof=1) / np.sqrt(N_DRAWS)
    # Six values are looked at; 4 standard errors are left once in 2,600 such tests.
    assert np.all(np.abs(values.mean(axis=0) - getattr(exact, name)) < 4 * error_of_mean)


@pytest.mark.parametrize("name", ["low_frequency_ratio", "ratio_density"])
def test_standard_errors_are_the_spread(draws, name):
    exact, curves = draws
    values = np.array([getattr(curve, name) for curve in curves])
    variance = np.mean([curve.standard_error[name] ** 2 for curve in curves], axis=0)
    # The variance of 400 draws is itself known to about 7 %.
    np.testing.assert_allclose(variance, values.var(axis=0, ddof=1), rtol=0.3)
    errors = np.array([curve.standard_error[name] for curve in curves])
    covered = np.abs(values - getattr(exact, name)) < 2 * errors
    # 95.4 % for a normal distribution; skewed terms and 40 rows take some of it.
    assert np.all(covered.mean(axis=0) > 0.88)


def test_same_seed_same_rows(draws):
    _, curves = draws
    assert len({curve.low_frequency_ratio.tobytes() for curve in curves[:10]}) == 10
    case = cases.CASES["ordinary"]()
    first, second = (
        ratio_curve(case.x, case.y, case.inverse_delta, n_rows=80, seed=3) for _ in range(2)
    )
    np.testing.assert_array_equal(first.low_frequency_ratio, second.low_frequency_ratio)


@pytest.mark.parametrize("backend", available_backends())
def test_all_rows_are_exact(backend):
    case = cases.CASES["two_clusters"]()
    n = len(case.x)
    whole = ratio_curve(case.x, case.y, case.inverse_delta, backend=backend)
    for n_rows in (n, n + 5):
        curve = ratio_curve(case.x, case.y, case.inverse_delta, n_rows=n_rows, backend=backend)
        assert curve.standard_error is None
        np.testing.assert_array_equal(curve.low_frequency_ratio, whole.low_frequency_ratio)


def test_budget_chooses(monkeypatch):
    case = cases.CASES["ordinary"]()
    n, d = case.x.shape
    # A machine on which an exact sweep takes n² · (1e-6 · d / 2 + 1e-6 · 26) seconds.
    monkeypatch.setitem(_cost._rates, "cpu", (1e-6, 1e-6))
    exact_s = n * n * 1e-6 * (d / 2 + 26)
    arguments = (case.x, case.y, case.inverse_delta)
    enough = ratio_curve(*arguments, budget_s=1.01 * exact_s, backend="cpu")
    assert enough.standard_error is None
    short = ratio_curve(*arguments, budget_s=0.5 * exact_s, backend="cpu")
    assert short.n_rows == int(0.5 * exact_s / (n * 1e-6 * (d + 26)))
    assert set(short.standard_error) == {"low_frequency_ratio", "ratio_density"}
    hardly = ratio_curve(*arguments, budget_s=1e-9, backend="cpu")
    assert hardly.n_rows == 64
    layers = ratio_curves([case.x, case.x], *arguments[1:], budget_s=exact_s, backend="cpu")
    assert layers[0].n_rows == layers[1].n_rows < n


def test_the_machine_is_measured_once(monkeypatch):
    monkeypatch.setattr(_cost, "_rates", {})
    case = cases.CASES["two_clusters"]()
    assert ratio_curve(case.x, case.y, case.inverse_delta, budget_s=60).standard_error is None
    rates = dict(_cost._rates)
    assert all(rate > 0 for pair in rates.values() for rate in pair)
    ratio_curve(case.x, case.y, case.inverse_delta, budget_s=60)
    assert _cost._rates == rates


def test_refuses_what_gives_no_error_bar():
    case = cases.CASES["two_clusters"]()
    with pytest.raises(ConfigError, match="n_rows must be at least 2"):
        ratio_curve(case.x, case.y, case.inverse_delta, n_rows=1)
    with pytest.raises(ConfigError, match="budget_s must be positive"):
        ratio_curve(case.x, case.y, case.inverse_delta, budget_s=0)

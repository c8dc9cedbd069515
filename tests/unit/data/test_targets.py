import numpy as np
import pytest

from deepfreq_core import data
from deepfreq_core.config import CosineData, FormulaData
from deepfreq_core.errors import ConfigError


def test_default_is_the_sum_of_two_cosines_with_both_ends() -> None:
    cosines = data.load(CosineData(), seed=0)
    x = np.linspace(-np.pi, np.pi, 101)
    # float32 rounding of x up to π times the slope 8, and of y up to 2
    assert np.allclose(cosines.y_train[:, 0], np.cos(3 * x) + np.cos(5 * x), atol=2e-6)
    assert cosines.x_train[0, 0] == -cosines.x_train[-1, 0] == np.float32(-np.pi)
    assert cosines.labels_train is None and cosines.n_classes is None


def test_amplitudes_and_sines() -> None:
    config = CosineData(frequencies=(1, 4), amplitudes=(1, 0.5), phase="sin", n_train=7)
    x = np.linspace(-np.pi, np.pi, 7)
    expected = np.sin(x) + 0.5 * np.sin(4 * x)
    assert np.allclose(data.load(config, seed=0).y_train[:, 0], expected, atol=2e-6)


def test_a_target_that_is_zero_everywhere_is_refused() -> None:
    config = CosineData(frequencies=(1.0,), phase="sin", n_train=3)  # sin at -π, 0, π
    with pytest.raises(ConfigError, match="nothing to learn.*data.phase"):
        data.load(config, seed=0)


def test_a_formula_is_the_target() -> None:
    formula = data.load(FormulaData(formula="sin(3*x)", n_train=11), seed=0)
    cosines = data.load(CosineData(frequencies=(3,), phase="sin", n_train=11), seed=0)
    assert np.allclose(formula.y_train, cosines.y_train, atol=1e-7)
    assert np.array_equal(formula.x_train, cosines.x_train)


def test_the_slope_is_the_derivative() -> None:
    config = CosineData(frequencies=(1, 5), amplitudes=(2, 1), phase="sin", n_train=50)
    found = data.load(config, seed=0)
    x = found.x_train.astype(np.float64)
    assert found.slope_train is not None
    # float32 of numbers up to 7, at x that was rounded to float32: 25 · 2e-7
    assert np.allclose(found.slope_train, 2 * np.cos(x) + 5 * np.cos(5 * x), atol=8e-6)


def test_steps_round_the_target_and_have_no_slope() -> None:
    found = data.load(CosineData(frequencies=(1,), phase="sin", round_to=0.5), seed=0)
    assert set(np.unique(np.abs(found.y_train))) == {0.0, 0.5, 1.0}
    assert found.slope_train is None and found.slope_test is None


def test_test_points_reach_beyond_the_ends() -> None:
    found = data.load(CosineData(lower=-1, upper=1, beyond=0.5, n_test=31), seed=0)
    assert (found.x_test.min(), found.x_test.max()) == (-1.5, 1.5)
    assert (found.x_train.min(), found.x_train.max()) == (-1, 1)


def test_noise_is_of_the_seed_and_of_its_own_on_test_points() -> None:
    config = CosineData(noise=0.2, n_train=2_000, n_test=2_000)
    clean = data.load(config.model_copy(update={"noise": 0.0}), seed=0)
    one, same, other = (data.load(config, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.y_train, same.y_train) and not np.array_equal(
        one.y_train, other.y_train
    )
    for noisy, y in ((one.y_train, clean.y_train), (one.y_test, clean.y_test)):
        # The standard deviation of 2,000 values is known to 1/√4000 = 1.6 %; five times that
        assert np.std(noisy - y) == pytest.approx(0.2, rel=0.08)
    rest = (one.y_train - clean.y_train)[:, 0], (one.y_test - clean.y_test)[:, 0]
    assert abs(np.corrcoef(*rest)[0, 1]) < 0.11  # five standard errors 1/√2000
    assert np.array_equal(one.slope_train, clean.slope_train)  # type: ignore[arg-type]


def test_a_target_that_is_not_a_number_somewhere_is_named_with_the_place() -> None:
    with pytest.raises(ConfigError, match=r"data\.formula is '1/x', which is inf at x = 0.*lower"):
        data.load(FormulaData(formula="1/x", n_train=3), seed=0)

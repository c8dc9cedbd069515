import numpy as np
import pytest

from deepfreq_core import data
from deepfreq_core.config import CosineData
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

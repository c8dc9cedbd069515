"""Spectra against the discrete Fourier transform and the formula written out."""

import numpy as np
import pytest

from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments.spectra import transform
from deepfreq_core.instruments.spectra.config import SpectraConfig
from deepfreq_core.instruments.spectra.transform import Waves

_RNG = np.random.default_rng(0)


def test_on_even_points_whole_frequencies_are_the_bins_of_the_fft():
    x = np.linspace(-np.pi, np.pi, 61, dtype=np.float32)[:, None]
    y = _RNG.normal(size=(61, 2))
    s = transform.places(SpectraConfig(), x)
    found = Waves.of(np.arange(20.0), s).amplitudes(y)
    assert np.allclose(found, np.fft.fft(y, axis=0)[:20] / 61, atol=1e-14)


def test_elsewhere_it_is_the_sum_written_out():
    x, y = _RNG.normal(size=(7, 3)), _RNG.normal(size=(7, 2))
    k = np.array([0.0, 0.3, 1.7])
    u = np.array([1.0, 2.0, -2.0]) / 3
    config = SpectraConfig(direction="vector", vector=(2.0, 4.0, -4.0))
    found = Waves.of(k, transform.places(config, x)).amplitudes(y)
    for j in range(3):
        for c in range(2):
            terms = [y[i, c] * np.exp(-2j * np.pi * k[j] * (x[i] @ u)) for i in range(7)]
            assert found[j, c] == pytest.approx(sum(terms) / 7, abs=1e-14)


def test_uneven_points_of_a_line_are_no_bins():
    x = np.array([[0.0], [1.0], [2.5], [3.0]], np.float32)
    assert not transform.is_even(x)
    assert np.allclose(transform.places(SpectraConfig(direction="axis"), x), x[:, 0])


@pytest.mark.parametrize("shape", [(50, 4), (4, 50)])
def test_the_principal_direction_is_the_first_singular_vector(shape):
    x = _RNG.normal(size=shape) * np.linspace(3, 1, shape[1])
    found = transform.principal(x)
    centred = x - x.mean(axis=0)
    expected = np.linalg.svd(centred)[2][0]
    assert abs(found @ expected) == pytest.approx(1, abs=1e-10)
    assert found[np.abs(found).argmax()] > 0


def test_directions_that_do_not_fit_are_named():
    x = np.zeros((5, 3), np.float32)
    with pytest.raises(ConfigError, match=r"spectra\.axis is 3.*Use 0 to 2"):
        transform.places(SpectraConfig(direction="axis", axis=3), x)
    with pytest.raises(ConfigError, match=r"spectra\.vector has 2 numbers.*3 inputs"):
        transform.places(SpectraConfig(direction="vector", vector=(1.0, 0.0)), x)


def test_a_flipped_sign_is_an_error_of_two_and_none_of_moduli():
    y = np.array([[1 + 1j], [2.0 + 0j]])
    assert np.allclose(transform.relative_error(-y, y, of_moduli=False), 2)
    assert np.allclose(transform.relative_error(-y, y, of_moduli=True), 0)


def test_errors_are_pooled_over_outputs_before_they_are_divided():
    y = np.array([[3.0 + 0j, 4.0 + 0j]])
    h = y + np.array([[0.0, 1.0]])
    assert transform.relative_error(h, y, of_moduli=False)[0] == pytest.approx(1 / 5)


def test_peaks_are_strict_maxima_and_zero_where_wanted():
    amplitude = np.array([5.0, 1, 3, 1, 1, 2, 1, 4])
    assert transform.peaks(amplitude, 3, with_zero=True).tolist() == [0, 2, 5]
    assert transform.peaks(amplitude, 1, with_zero=False).tolist() == [2]
    assert transform.peaks(np.array([1.0, 2, 3]), 2, with_zero=True).tolist() == [2]

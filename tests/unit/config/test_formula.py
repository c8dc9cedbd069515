"""Formulas: computed as written, and nothing but formulas."""

import numpy as np
import pytest

from deepfreq_core.config import FormulaData
from deepfreq_core.config.formula import Formula
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading

_X = np.linspace(-2, 2, 9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(x) + 0.5*sin(3*x)", np.sin(_X) + 0.5 * np.sin(3 * _X)),
        ("-x**2 / 4 + 1", 1 - _X**2 / 4),
        ("exp(-x^2)*cos(2*pi*x)", np.exp(-(_X**2)) * np.cos(2 * np.pi * _X)),
        ("abs(x) % 1", np.abs(_X) % 1),
        ("3", np.full(9, 3.0)),
        ("sign(x)", np.sign(_X)),
    ],
)
def test_is_computed_as_written(text, expected):
    assert np.allclose(Formula(text)(_X), expected, rtol=1e-14, atol=1e-15)


def test_many_terms_are_no_depth():
    assert np.allclose(Formula("+".join(["x"] * 100))(_X), 100 * _X)


def test_not_defined_is_not_a_number():
    assert np.isnan(Formula("sqrt(x)")(_X)[0])
    assert np.isinf(Formula("1/x")(_X)[4])


def test_a_tower_of_powers_ends_at_once():
    assert np.isinf(Formula("9**9**9**9")(_X)).all()


@pytest.mark.parametrize(
    "text",
    [
        *("", "x +", "y", "__import__('os')", "x.real", "x[0]", "lambda: x", "[x]", "'x'", "True"),
        *("sin", "sin(x, x)", "sin(x=1)", "open(x)", "x if x else 1", "x < 1", "x @ x", "~1", "1j"),
        "-" * 150 + "x",
        "9" * 400,
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(text):
    with pytest.raises(ValueError, match=r"formula is .*numbers, \+ - \* / \*\*"):
        Formula(text)


def test_a_config_names_the_setting():
    with pytest.raises(ConfigError, match=r"data\.formula.*sinus.*for example"):
        reading.from_dict({
            "experiment": "train",
            "data": {"name": "formula", "formula": "sinus(x)"},
        })


def test_the_default_is_a_formula():
    assert np.isfinite(Formula(FormulaData().formula)(_X)).all()

"""The colour scale keeps what theme.py promises."""

import numpy as np
import pytest

from deepfreq_core import theme

# Machado et al. 2009, severity 1, on linear RGB.
DEUTERANOPIA = np.array([
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.011820, 0.042940, 0.968881],
])
PROTANOPIA = np.array([
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
])


def linear(color: str) -> np.ndarray:
    value = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: np.ndarray) -> np.ndarray:
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.array(to_lab) @ np.cbrt(np.array(to_lms) @ np.clip(rgb, 1e-6, 1))


LINES = [
    *theme.DEPTH_SCALE,
    *theme.CLASS_COLORS,
    *(color for _, color in theme.VALUE_SCALE),
    *(theme.INPUT_COLOR, theme.TRAIN_COLOR, theme.TEST_COLOR),
]


@pytest.mark.parametrize("color", LINES)
@pytest.mark.parametrize("paper", [theme.PAPER_LIGHT, theme.PAPER_DARK])
def test_every_line_stands_out_on_both_papers(color, paper):
    assert contrast(color, paper) >= 3.0  # WCAG 1.4.11 for graphical objects


def test_depth_runs_from_dark_to_bright():
    assert np.all(np.diff([luminance(color) for color in theme.DEPTH_SCALE]) > 0)


@pytest.mark.parametrize(
    "sight", [np.eye(3), DEUTERANOPIA, PROTANOPIA], ids=["all", "deut", "prot"]
)
def test_five_layers_are_told_apart_by_every_sight(sight):
    colors = [theme.layer_color(layer, 5) for layer in range(1, 6)]
    seen = [oklab(sight @ linear(color)) for color in colors]
    steps = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(steps) > 0.04  # twice the just noticeable difference in OKLab, about 0.02


@pytest.mark.parametrize(
    ("sight", "least"),
    [(np.eye(3), 0.07), (DEUTERANOPIA, 0.02), (PROTANOPIA, 0.02)],
    ids=["all", "deut", "prot"],
)
def test_ten_classes_are_told_apart(sight, least):
    """By every sight, if barely; a pointer is told the class's name too."""
    seen = [oklab(sight @ linear(color)) for color in theme.CLASS_COLORS]
    assert min(np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]) > least
    assert theme.class_colors(12)[10:] == list(theme.CLASS_COLORS[:2])


@pytest.mark.parametrize("scale", [theme.class_scale(), theme.blend_scale()])
def test_colours_of_classes_fill_a_scale_in_order(scale):
    places = [place for place, _ in scale]
    assert places[0] == 0 and places[-1] == 1 and places == sorted(places)
    assert {color for _, color in scale} >= set(theme.CLASS_COLORS)


def test_a_layer_has_one_colour_and_the_input_none_of_them():
    assert theme.layer_color(0, 5) == theme.INPUT_COLOR
    assert theme.layer_color(1, 1) in theme.DEPTH_SCALE
    assert len({theme.layer_color(layer, 8) for layer in range(9)}) == 9


def test_the_projector_has_larger_type_and_thicker_lines():
    assert theme.PROJECTOR.font >= 18 and theme.PROJECTOR.line >= 3
    assert theme.SCREEN.font >= 14

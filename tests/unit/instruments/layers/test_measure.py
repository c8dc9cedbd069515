"""The grid of 1/δ, from what a config asks for and what the layers show."""

from typing import Any

import numpy as np
import pytest

from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments.layers.config import LayersConfig
from deepfreq_core.instruments.layers.measure import grid_for


@pytest.mark.parametrize(
    ("settings", "ranges", "expected"),
    [
        ({}, [1.0, 20.0], np.linspace(0, 20, 9)),
        ({}, [1.0, 20.1], np.geomspace(0.01, 20.1, 9)),
        ({"lower": 0.5}, [1.0, 21.0], np.geomspace(0.5, 21, 9)),
        ({"upper": 2.0}, [], np.linspace(0, 2, 9)),
        ({"spacing": "linear"}, [1.0, 1e6], np.linspace(0, 1e6, 9)),
        ({"spacing": "log"}, [1.0, 2.0], np.geomspace(2e-3, 2, 9)),
        ({"spacing": "log", "lower": 0.1, "upper": 10}, [], np.geomspace(0.1, 10, 9)),
    ],
)
def test_which_grid(settings: dict[str, Any], ranges: list[float], expected: Any) -> None:
    assert np.allclose(grid_for(LayersConfig(n_grid=9, **settings), ranges), expected)


@pytest.mark.parametrize("spacing", ["linear", "log"])
def test_a_grid_that_would_start_above_its_end_is_refused(spacing: Any) -> None:
    with pytest.raises(ConfigError, match="lo=5|instruments.layers.lower is 5"):
        grid_for(LayersConfig(lower=5, spacing=spacing), [1.0, 2.0])

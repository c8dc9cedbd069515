import numpy as np
import pytest

from deepfreq_core import config as configs
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalog


def test_presets_come_in_order_with_their_stories() -> None:
    presets = catalog.presets()
    assert list(presets)[:2] == ["digits-demo", "mnist-paper"]
    for preset in presets.values():
        assert preset.title and preset.summary.endswith(".") and preset.source.endswith(".")
        assert configs.from_dict(configs.to_dict(preset.config)) == preset.config


def test_what_is_not_the_papers_is_called_our_reading() -> None:
    for preset in catalog.presets().values():
        assert "our reading" in preset.source.lower() or "our own" in preset.source.lower()


def test_the_paper_presets_grid_contains_the_coarse_reference_grid() -> None:
    measure = catalog.preset("mnist-paper").config.measure
    assert measure.upper is not None
    grid = np.linspace(measure.lower, measure.upper, measure.n_grid)
    np.testing.assert_allclose(grid[::3], np.linspace(0.01, 2, 20), rtol=1e-12)


def test_an_unknown_preset_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="'mnist'.*mnist-paper"):
        catalog.preset("mnist")

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


def test_the_paper_preset_has_the_grid_value_0_1() -> None:
    measure = catalog.preset("mnist-paper").config.measure
    step = (measure.upper - measure.lower) / (measure.n_grid - 1)
    assert any(measure.lower + k * step == 0.1 for k in range(measure.n_grid))


def test_an_unknown_preset_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="'mnist'.*mnist-paper"):
        catalog.preset("mnist")

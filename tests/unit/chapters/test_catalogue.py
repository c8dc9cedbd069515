from pathlib import Path

import numpy as np
import pytest

from deepfreq_core import config as configs
from deepfreq_core.chapters import catalogue, deep_frequency
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading


def test_presets_come_in_order_with_their_stories() -> None:
    presets = catalogue.presets()
    assert list(presets)[:2] == ["digits-demo", "mnist-paper"]
    for preset in presets.values():
        assert preset.title and preset.summary.endswith(".") and preset.source.endswith(".")
        assert reading.from_dict(configs.to_dict(preset.config)) == preset.config


def test_every_preset_stands_in_its_chapter() -> None:
    chapters = catalogue.presets_by_chapter()
    assert list(chapters) == list(catalogue.CHAPTERS)
    assert {s for found in chapters.values() for s in found} == set(catalogue.presets())
    for title, found in chapters.items():
        assert all(one.chapter == title for one in found.values())


def test_a_preset_says_in_one_sentence_what_to_look_at() -> None:
    for preset in catalogue.presets_by_chapter()["The frequency principle"].values():
        assert preset.look.startswith(("Look at", "Watch")), preset.slug
        assert preset.look in preset.summary and preset.look.endswith(".")
    assert catalogue.preset("filtering-mnist").look == (
        "Look at δ = 7: the low part falls below 30 % while the high part is still near 70 %."
    )
    assert catalogue.preset("digits-demo").look == ""


def test_what_is_not_the_papers_is_called_our_reading() -> None:
    for preset in catalogue.presets().values():
        assert "our reading" in preset.source.lower() or "our own" in preset.source.lower()


def test_what_is_the_papers_is_a_setting_of_the_preset() -> None:
    for preset in catalogue.presets().values():
        plain = configs.to_dict(preset.config)
        assert len(set(preset.paper)) == len(preset.paper), preset.slug
        for path in preset.paper:
            value = configs.lookup(plain, path)
            assert value is not configs.ABSENT and not isinstance(value, dict), (preset.slug, path)
        assert preset.paper_values(plain).keys() == set(preset.paper)
    assert any(preset.paper for preset in catalogue.presets().values())


def test_what_can_be_read_in_two_ways_is_not_called_the_papers() -> None:
    """The paper writes 10e-5 for the rate and 10e-2 for the loss, and names no initialisation."""
    readings = {"training.optimizer.learning_rate", "training.stop_loss", "net.init.name"}
    folder = Path(deep_frequency.__path__[0]) / "presets"
    for path in folder.glob("*.json"):
        assert not readings & set(catalogue.preset(path.stem).paper), path.stem


def test_what_the_paper_sets_in_a_part_says_nothing_of_another_kind() -> None:
    preset = catalogue.preset("mnist-paper")
    other = configs.to_dict(reading.override(preset.config, ["net.name=vit", "data.n_train=500"]))
    found = preset.paper_values(other)
    assert (found["net.name"], found["data.n_train"]) == ("mlp", 30_000)
    assert "net.depth" not in found and "net.width" not in found
    assert found["training.batch_size"] == 256


def test_the_paper_presets_grid_contains_the_coarse_reference_grid() -> None:
    measure = catalogue.preset("mnist-paper").config.instruments["layers"]
    assert measure.upper is not None
    grid = np.linspace(measure.lower, measure.upper, measure.n_grid)
    np.testing.assert_allclose(grid[::3], np.linspace(0.01, 2, 20), rtol=1e-12)


def test_claims_are_grouped_by_chapter_in_the_order_of_the_story() -> None:
    groups = catalogue.claims_by_chapter()
    assert list(groups) == [title for title in catalogue.CHAPTERS if title in groups]
    assert [claim.slug for claim in groups["The upper limit"]] == ["critical-exponent-1d"]
    slugs = [claim.slug for claims in groups.values() for claim in claims]
    assert slugs == list(catalogue.claims()) and len(set(slugs)) == len(slugs)


def test_presets_of_every_experiment_are_whole_and_only_networks_have_depths() -> None:
    assert catalogue.preset("upper-limit-1d").config.experiment == "decay"
    assert "upper-limit-1d" not in catalogue.sweepable()


def test_an_unknown_preset_is_named_with_those_there_are() -> None:
    with pytest.raises(ConfigError, match="'mnist'.*mnist-paper"):
        catalogue.preset("mnist")

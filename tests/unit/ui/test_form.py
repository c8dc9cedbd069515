"""The form knows every setting of the config, and nothing that is not one."""

import copy
import sys
from types import ModuleType
from typing import Literal

import pytest
from pydantic import Field

from deepfreq_core import config as configs
from deepfreq_core.chapters import catalogue
from deepfreq_core.config.form import GROUPS
from deepfreq_core.config.part import Part
from deepfreq_core.config.run import RunConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalogue as experiments
from deepfreq_core.experiments import reading
from deepfreq_core.ui import fields, parts, widgets

PLAIN = configs.to_dict(reading.from_dict({"experiment": "train"}))
DECAY = configs.to_dict(reading.from_dict({"experiment": "decay"}))
EVERY = list(parts.every())
PARTS = [one.path.removesuffix(".name") for one in EVERY if one.kinds]


def named(value, prefix=""):
    """Paths of what a plain config holds."""
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from named(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize("slug", catalogue.presets())
def test_the_form_holds_every_setting_of_every_preset(slug):
    plain = configs.to_dict(catalogue.preset(slug).config)
    shown = [field.path for field in fields.fields(plain)]
    assert set(shown) == set(named(plain)) - {"experiment", "version"}
    assert set(shown) <= set(fields.paths())
    groups = {fields.MAIN, *fields.groups(fields.fields(plain))}
    assert all(field.label and field.group in groups for field in fields.fields(plain))


def test_a_setting_stands_where_its_model_or_its_part_says():
    found = {field.path: field for field in fields.fields(DECAY)}
    assert found["exponents"].label == "Decay exponents α"
    assert found["data.name"].help == "What is interpolated: given or random points."
    assert (found["data.points"].label, found["data.points"].group) == ("Points", "data")
    assert (found["period"].group, found["seed"].group) == (fields.MORE, "machine")
    assert fields.groups(list(found.values()))[fields.MORE] == "More"
    assert list(parts.kinds("data", DECAY)) == ["given_points", "random_points"]


def test_an_instrument_without_texts_is_in_the_form(hostile):
    plain = configs.to_dict(
        reading.from_dict({
            **{"experiment": "train", "version": 2},
            "instruments": {"layers": {}, "hostile": {}},
        })
    )
    found = {field.path: field for field in fields.fields(plain)}
    assert found["instruments.hostile.level"].label == "Level"
    assert found["instruments.hostile.level"].group == "measure"
    assert "instruments.hostile.level" in fields.paths()


def test_a_number_in_words_stays_the_number():
    for value in (0.1, 1 / 3, 1e-7, 12_800_001, 3.0, -0.8):
        assert float(fields.in_digits(value)) == value
    assert fields.in_digits(3.0) == "3"
    points = next(field for field in fields.fields(DECAY) if field.path == "data.points")
    assert widgets.to_widget(points, [1 / 3, 2.0]) == f"{1 / 3}, 2"


@pytest.mark.parametrize("setting", EVERY, ids=lambda setting: setting.path)
def test_every_setting_explains_itself(setting):
    assert setting.info.title
    text = setting.info.description or ""
    assert len(text) > 15 and text.endswith(".")
    assert setting.group in GROUPS


class Bare(Part):
    """Nothing said beside names and types."""

    name: Literal["bare"] = "bare"
    steps: tuple[int, ...] = (1, 2)
    tags: tuple[str, ...] | None = None
    level: float | None = 0.5


class Odd(RunConfig):
    """An experiment whose author gave titles only where pydantic has them."""

    experiment: Literal["odd"] = "odd"
    part: Bare = Field(Bare(), title="Some part")
    size: int = Field(3, title="Size", description="How large it is.")

    def planned_end(self):
        return 1.0, False


@pytest.fixture
def odd(monkeypatch):
    module = ModuleType("tests.odd.config")
    module.CONFIG = Odd
    monkeypatch.setitem(sys.modules, "tests.odd", ModuleType("tests.odd"))
    monkeypatch.setitem(sys.modules, "tests.odd.config", module)
    monkeypatch.setitem(experiments.EXPERIMENTS, "odd", "tests.odd")
    plain = configs.to_dict(Odd())
    return {field.path: field for field in fields.fields(plain)}


def test_what_says_nothing_for_the_form_is_in_it_too(odd):
    assert set(odd) == {"size", "seed", "part.steps", "part.tags", "part.level"}
    assert (odd["size"].label, odd["size"].help) == ("Size", "How large it is.")
    assert odd["size"].group == fields.MAIN  # there is room
    assert (odd["part.level"].label, odd["part.level"].group) == ("Level", "part")
    assert odd["part.level"].empty == "none"  # by its type
    assert fields.groups(odd.values()) == {"machine": "Seed and machine", "part": "Part"}


def test_a_list_is_known_by_its_type(odd):
    assert widgets.to_plain(odd["part.steps"], "1, 3") == [1, 3]
    assert widgets.to_plain(odd["part.tags"], "one two; three") == ["one two", "three"]
    assert widgets.to_plain(odd["part.tags"], "") is None
    assert widgets.to_widget(odd["part.tags"], ["one two", "three"]) == "one two, three"


def test_kinds_stand_before_their_details():
    paths = fields.paths()
    for part in PARTS:
        inner = [path for path in paths if path.startswith(f"{part}.")]
        assert inner[0] == f"{part}.name"


def test_five_settings_are_in_sight():
    for plain in (PLAIN, DECAY):
        assert sum(field.group == fields.MAIN for field in fields.fields(plain)) == 5


def test_a_part_of_another_kind_starts_from_its_defaults():
    plain = copy.deepcopy(PLAIN)
    parts.replace(plain, "net.init.name", "normal")
    assert plain["net"]["init"] == {"name": "normal", "std": 0.05}
    parts.replace(plain, "data.name", "cosines")
    assert plain["data"]["frequencies"] == [3.0, 5.0]


COSINES = configs.to_dict(
    reading.override(
        reading.from_dict(PLAIN),
        ["data.name=cosines", "training.batch_size=null", "training.schedule.name=step"],
    )
)
FOUND = {field.path: field for field in fields.fields(COSINES)}


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("data.frequencies", "3, 5", [3, 5]),
        ("data.frequencies", "1.5;2", [1.5, 2]),
        ("data.frequencies", "", []),
        ("training.schedule.epochs", "40, 60", [40, 60]),
        ("data.amplitudes", " ", None),
        ("net.activation", "relu", "relu"),
    ],
)
def test_lists_are_written_as_text(path, text, value):
    assert widgets.to_plain(FOUND[path], text) == value


def test_what_is_no_list_of_numbers_is_said():
    with pytest.raises(ConfigError, match="frequencies is 'three'"):
        widgets.to_plain(FOUND["data.frequencies"], "three")


def test_values_that_people_read():
    found = {field.path: field for field in fields.fields(PLAIN)}
    assert found["net.name"].word("mlp") == "fully connected"
    assert found["instruments.layers.samples"].word("train") == "training samples"
    assert found["training.freeze.name"].word("never") == "nothing"
    assert found["instruments.layers.upper"].word(None) == "found from the data"
    assert fields.in_words("mse") == "mean squared error"
    assert fields.in_words("given_points") == "given points"

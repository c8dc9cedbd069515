"""The form knows every setting of the config, and nothing that is not one."""

import copy

import pytest

from deepfreq_core import config as configs
from deepfreq_core.chapters import catalogue
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalogue as experiments
from deepfreq_core.experiments import reading
from deepfreq_core.ui import fields, parts, texts, widgets
from deepfreq_core.ui.fields import Field

PLAIN = configs.to_dict(reading.from_dict({"experiment": "train"}))
DECAY = configs.to_dict(reading.from_dict({"experiment": "decay"}))
PARTS = [path.removesuffix(".name") for path in fields.told() if path.endswith(".name")]


def named(value, prefix=""):
    """Paths of what a plain config holds."""
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from named(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_every_setting_of_a_training_has_its_texts():
    model = experiments.model("train")
    assert set(parts._walk(model, None)) == set(fields.told())


@pytest.mark.parametrize("slug", catalogue.presets())
def test_the_form_holds_every_setting_of_every_preset(slug):
    plain = configs.to_dict(catalogue.preset(slug).config)
    shown = [field.path for field in fields.fields(plain)]
    assert set(shown) == set(named(plain)) - {"experiment", "version"}
    assert set(shown) <= set(fields.paths())
    groups = {fields.MAIN, *fields.groups(fields.fields(plain))}
    assert all(field.label and field.group in groups for field in fields.fields(plain))


def test_what_nobody_told_is_told_by_the_models():
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
    assert widgets.to_widget(POINTS, DECAY, [1 / 3, 2.0]) == f"{1 / 3}, 2"


def test_every_setting_explains_itself():
    for field in fields.told().values():
        assert len(field.help) > 15 and field.help.endswith("."), field.path
        assert field.group == fields.MAIN or field.group in texts.table("controls")["groups"]


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


POINTS = Field("data.points", "data", "", "")
FREQUENCIES = Field("data.frequencies", "data", "", "")
DROPS = Field("training.schedule.epochs", "training", "", "")
COSINES = configs.to_dict(
    reading.override(
        reading.from_dict(PLAIN),
        ["data.name=cosines", "training.batch_size=null", "training.schedule.name=step"],
    )
)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (FREQUENCIES, "3, 5", [3, 5]),
        (FREQUENCIES, "1.5;2", [1.5, 2]),
        (FREQUENCIES, "", []),
        (DROPS, "40, 60", [40, 60]),
        (Field("data.amplitudes", "data", "", ""), " ", None),
        (Field("net.activation", "main", "", ""), "relu", "relu"),
    ],
)
def test_lists_are_written_as_text(field, text, value):
    assert widgets.to_plain(field, COSINES, text) == value


def test_what_is_no_list_of_numbers_is_said():
    with pytest.raises(ConfigError, match="frequencies is 'three'"):
        widgets.to_plain(FREQUENCIES, COSINES, "three")


def test_values_that_people_read():
    table = texts.table("controls")["values"]
    for part in PARTS:
        assert set(parts.kinds(part, PLAIN)) <= set(table), part
    assert fields.in_words("mse") == "mean squared error"
    assert fields.in_words("given_points") == "given points"

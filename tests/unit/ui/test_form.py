"""The form knows every setting of the config, and nothing that is not one."""

from typing import get_args

import pytest

from deepfreq_core import config as configs
from deepfreq_core.config import LayersConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.ui import fields, parts, texts, widgets
from deepfreq_core.ui.fields import Field

NOT_SHOWN = {"experiment", "version"}


def leaves(model, prefix=""):
    for name in model.model_fields:
        path = f"{prefix}{name}"
        if path in parts.UNIONS:
            for inner in get_args(get_args(parts.UNIONS[path])[0]):
                yield from leaves(inner, f"{path}.")
        elif path in parts._FIXED:
            yield from leaves(parts._FIXED[path], f"{path}.")
        else:
            yield path


def test_every_setting_has_its_place_in_the_form():
    known = set(leaves(LayersConfig)) - NOT_SHOWN
    assert known == set(fields.paths())


def test_every_setting_explains_itself():
    for field in fields.fields():
        assert len(field.help) > 15 and field.help.endswith("."), field.path
        assert field.group == fields.MAIN or field.group in fields.groups()


def test_kinds_stand_before_their_details():
    paths = fields.paths()
    for part in parts.UNIONS:
        inner = [path for path in paths if path.startswith(f"{part}.")]
        assert inner[0] == f"{part}.name"


def test_five_settings_are_in_sight():
    plain = configs.to_dict(LayersConfig())
    shown = [f for f in fields.fields() if f.group == fields.MAIN and widgets.is_there(f, plain)]
    assert len(shown) == 5


def test_a_part_of_another_kind_starts_from_its_defaults():
    plain = configs.to_dict(LayersConfig())
    parts.replace(plain, "net.init.name", "normal")
    assert plain["net"]["init"] == {"name": "normal", "std": 0.05}
    parts.replace(plain, "data.name", "cosines")
    assert plain["data"]["frequencies"] == [3.0, 5.0]


FREQUENCIES = Field("data.frequencies", "data", "", "")
DROPS = Field("training.schedule.epochs", "training", "", "")
COSINES = configs.to_dict(
    configs.override(
        LayersConfig(),
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
    for part in parts.UNIONS:
        assert set(parts.kinds(part)) <= set(table), part
    assert fields.shown("mse") == "mean squared error"

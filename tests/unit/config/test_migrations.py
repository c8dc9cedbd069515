"""Settings of version 1: from files, stores, links and presets, they say today what they said."""

import json
from pathlib import Path

import pytest

from deepfreq_core import config as configs
from deepfreq_core.config import migrations
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.experiments.train.config import ScheduleConfig, TrainConfig
from deepfreq_core.instruments.layers.config import LayersConfig

OLD = Path(__file__).resolve().parents[2] / "golden" / "config_v1.json"


def _old() -> dict[str, object]:
    return json.loads(OLD.read_text("utf-8"))


def test_a_whole_old_config_says_what_it_said() -> None:
    assert reading.from_json(OLD.read_text("utf-8")) == TrainConfig(
        data=configs.DigitsData(n_train=1500, n_test=297),
        net=configs.MlpConfig(depth=5, width=200),
        training=configs.TrainingConfig(
            optimizer=configs.AdamConfig(learning_rate=3e-5), batch_size=64, epochs=2
        ),
        measure=ScheduleConfig(every=1),
        instruments={"layers": LayersConfig(n_samples=750)},
    )


@pytest.mark.parametrize(
    "short", [{}, {"experiment": "layers"}, {"version": 1}, {"experiment": "layers", "measure": {}}]
)
def test_what_an_old_config_leaves_out_is_the_default(short: dict[str, object]) -> None:
    assert reading.from_dict(short) == TrainConfig()


def test_an_old_preset_opens_as_today_s() -> None:
    """Presets named the experiment and no version, and only what differs from the defaults."""
    old = {
        "experiment": "layers",
        "net": {"name": "mlp", "depth": 3},
        "measure": {"n_samples": 750, "spacing": "log", "every": 2},
    }
    new = {
        "experiment": "train",
        "version": 2,
        "net": {"name": "mlp", "depth": 3},
        "measure": {"every": 2},
        "instruments": {"layers": {"n_samples": 750, "spacing": "log"}},
    }
    assert reading.from_dict(old) == reading.from_dict(new)


def test_reading_changes_nothing_that_was_given() -> None:
    given = _old()
    reading.from_dict(given)
    assert given == _old()


def test_a_config_of_today_is_left_as_it_is() -> None:
    today = configs.to_dict(TrainConfig())
    assert migrations.migrated(today) == today
    assert migrations.migrated(migrations.migrated(_old())) == migrations.migrated(_old())
    assert migrations.migrated({"experiment": "decay"}) == {"experiment": "decay"}


def test_every_old_setting_of_the_measurement_is_found_by_its_old_path() -> None:
    base = TrainConfig()
    for name, default in LayersConfig().model_dump().items():
        path = f"measure.{name}"
        assert migrations.moved(path) == f"instruments.layers.{name}"
        text = json.dumps(default)
        assert reading.override(base, [f"{path}={text}"]) == base
    changed = reading.override(base, ["measure.n_grid=7", "measure.every=3"])
    assert changed == reading.override(base, ["instruments.layers.n_grid=7", "measure.every=3"])
    assert changed.instruments["layers"].n_grid == 7  # type: ignore[attr-defined]


def test_errors_in_an_old_config_name_the_setting_where_it_is_now() -> None:
    old = _old() | {"measure": {"n_grid": 1}}
    with pytest.raises(ConfigError, match=r"^instruments\.layers\.n_grid is 1\. Give"):
        reading.from_dict(old)
    with pytest.raises(ConfigError, match=r"^measure\.grid is no setting\. .* has: every"):
        reading.from_dict(_old() | {"measure": {"grid": 1}})


@pytest.mark.parametrize("measure", [3, "all", [1]])
def test_an_old_config_with_a_damaged_part_says_so(measure: object) -> None:
    with pytest.raises(ConfigError, match="^measure is "):
        reading.from_dict(_old() | {"measure": measure})


@pytest.mark.parametrize("version", [0, 3, "2"])
def test_a_version_of_tomorrow_is_refused(version: object) -> None:
    with pytest.raises(ConfigError, match="^version is .* Give 2"):
        reading.from_dict({"experiment": "train", "version": version})

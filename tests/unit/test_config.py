"""Configs: what is refused, and what the message says."""

import json

import pytest
from pydantic import ValidationError

from deepfreq_core import config as configs
from deepfreq_core.errors import ConfigError


def _default() -> configs.RunConfig:
    return configs.from_dict({"experiment": "layers"})


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("training.epochs=-1", "training.epochs: .*greater than or equal to 0; got -1"),
        ("training.batch_size=2000", "batch_size is 2000 and there are 1500 training samples"),
        ("data.n_train=1700", "n_train \\+ n_test is 1997; digits has 1797"),
        ("net.activation=step", "net.*activation: .*'tanh'.*; got 'step'"),
        ("net.depth=0", "depth: .*; got 0"),
        ("measure.upper=-1", "measure.upper: .*; got -1"),
        ("measure.lower=1e999", "lower: .*finite"),
        ("training.stop_loss=NaN", "stop_loss: .*finite"),
        ("seed=half", "seed: .*integer.*; got 'half'"),
        ("training.epochs=2.5", "training.epochs: .*; got 2.5"),
        ("data.name=imagenet", "data: .*'digits'.*"),
        ("depth=3", "no setting 'depth': 'depth' is not one of: data, device"),
        ("net.depth.x=3", "no setting 'net.depth.x'"),
        ("training.epochs", "path=value"),
        ("=3", "path=value"),
    ],
)
def test_bad_values_are_named_with_what_is_allowed(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        configs.override(_default(), [assignment])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["data.name=cosines", "training.loss=cross_entropy", "training.batch_size=null"], "mse"),
        (["net.antisymmetric=true", "training.loss=cross_entropy"], "antisymmetric"),
        (["data.name=cifar10", "data.n_train=60000"], "cifar10 has 50000"),
        (["training.optimizer.name=sgd", "training.optimizer.nesterov=true"], "momentum above 0"),
        (["training.schedule.name=step", "training.schedule.epochs=[60,40]"], "increasing"),
        (["measure.lower=2", "measure.upper=1"], "upper above lower"),
        (["measure.spacing=log", "measure.upper=1"], "log grid cannot start at 0"),
    ],
)
def test_impossible_combinations_say_why(assignments: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configs.override(_default(), assignments)


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(ConfigError, match="epochs.*\\|.*seed"):
        configs.from_dict({"experiment": "layers", "training": {"epochs": -1}, "seed": -1})


def test_text_that_is_not_json() -> None:
    with pytest.raises(ConfigError, match="not JSON.*preset"):
        configs.from_json("{")


@pytest.mark.parametrize("value", [None, 3, [], "layers", {"experiment": "nothing"}])
def test_anything_else_is_a_config_error(value: object) -> None:
    with pytest.raises(ConfigError):
        configs.from_dict(value)


def test_unknown_settings_are_refused_not_ignored() -> None:
    with pytest.raises(ConfigError, match="lr"):
        configs.from_dict({"experiment": "layers", "training": {"lr": 1e-3}})


def test_another_kind_of_a_part_starts_from_its_own_defaults() -> None:
    changed = configs.override(_default(), ["training.optimizer.name=sgd"])
    assert changed.training.optimizer == configs.SgdConfig()
    changed = configs.override(_default(), ["net.init.name=normal", "net.init.std=0.2"])
    assert changed.net.init == configs.NormalInit(std=0.2)  # type: ignore[union-attr]
    changed = configs.override(_default(), ["data.name=mnist"])
    assert changed.data == configs.ImageData(name="mnist")


def test_the_same_kind_keeps_its_settings() -> None:
    changed = configs.override(_default(), ["net.depth=7", "net.name=mlp"])
    assert changed.net.depth == 7  # type: ignore[union-attr]


def test_configs_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        _default().seed = 3


def test_the_fingerprint_tells_configs_apart() -> None:
    other = configs.override(_default(), ["seed=1"])
    assert configs.fingerprint(_default()) == configs.fingerprint(_default())
    assert configs.fingerprint(_default()) != configs.fingerprint(other)
    assert len(configs.fingerprint(other)) == 12


def test_json_is_sorted_so_that_equal_configs_have_equal_text() -> None:
    text = configs.to_json(_default())
    assert list(json.loads(text)) == sorted(json.loads(text))


@pytest.mark.parametrize("net", ["resnet", "vgg16"])
def test_a_freeze_of_batch_normalised_layers_is_refused(net: str) -> None:
    with pytest.raises(ConfigError, match=f"does not work on {net}.*Use mlp, cnn or vit"):
        configs.override(
            configs.LayersConfig(),
            ["data.name=cifar10", f"net.name={net}", 'training.freeze={"layer": 1, "epoch": 1}'],
        )


def test_a_freeze_may_be_written_as_null_or_without_its_name() -> None:
    base = configs.LayersConfig()
    assert base.training.freeze == configs.NoFreeze()
    short = configs.override(base, ['training.freeze={"layer": 2, "epoch": 1}'])
    by_part = configs.override(
        base,
        [
            "training.freeze.name=precondition",
            "training.freeze.layer=2",
            "training.freeze.epoch=1",
        ],
    )
    assert short == by_part and short != base
    assert configs.override(short, ["training.freeze=null"]) == base
    assert configs.override(short, ["training.freeze.name=never"]) == base

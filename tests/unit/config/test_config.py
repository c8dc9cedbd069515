"""Configs: what is refused, and what the message says."""

import json

import pytest
from pydantic import ValidationError

from deepfreq_core import config as configs
from deepfreq_core.errors import ConfigError, readable
from deepfreq_core.experiments import reading
from deepfreq_core.experiments.train.config import TrainConfig


def _default() -> configs.RunConfig:
    return reading.from_dict({"experiment": "layers"})


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("training.epochs=-1", r"training.epochs is -1\. Give a whole number from 0 to 1000000$"),
        ("training.batch_size=2000", "batch_size is 2000 and there are 1500 training samples"),
        ("data.n_train=1700", "n_train \\+ n_test is 1997; digits has 1797"),
        ("net.activation=step", r"net.activation is 'step'\. Give 'tanh', .* or 'ricker'$"),
        ("net.depth=0", r"net.depth is 0\. Give a whole number from 1 to 64$"),
        ("net.depth=65", r"net.depth is 65\. Give a whole number from 1 to 64$"),
        (
            "measure.upper=-1",
            r"^instruments\.layers\.upper is -1\. Give a number above 0, or null$",
        ),
        ("measure.lower=1e999", "instruments.layers.lower is inf. Give a finite number"),
        (
            "instruments.layers.n_grid=1",
            r"^instruments\.layers\.n_grid is 1\. Give a whole number from 2 to 400$",
        ),
        (
            "instruments.layers.samples=both",
            r"^instruments\.layers\.samples is 'both'\. Give 'train' or 'test'$",
        ),
        ("measure.every=0", r"^measure\.every is 0\. Give a whole number of at least 1, or null$"),
        ('instruments={"nothing": {}}', "'nothing'. There are: .*layers"),
        ("instruments=3", r"^instruments is 3\. Give settings by name of an instrument"),
        (
            'instruments.layers={"grid": 1}',
            r"^instruments\.layers\.grid is no setting\. What",
        ),
        ("instruments.nothing.n_grid=3", "no setting 'instruments.nothing.n_grid'"),
        ("training.stop_loss=NaN", "training.stop_loss is nan. Give a finite number"),
        ("seed=half", "^seed is 'half'. Give a whole number of at least 0 and below 2147483648$"),
        ("training.batch_size=x", "is 'x'. Give a whole number of at least 1, or null$"),
        ("net.residual=maybe", "net.residual is 'maybe'. Give true or false"),
        ("training.epochs=2.5", "training.epochs is 2.5. Give a whole number"),
        ("data.name=imagenet", "data.name is 'imagenet'. Give one of 'digits'.*"),
        ("depth=3", "no setting 'depth': 'depth' is not one of: data, device"),
        ("net.depth.x=3", "no setting 'net.depth.x'"),
        ("training.epochs", "path=value"),
        ("=3", "path=value"),
    ],
)
def test_bad_values_are_named_with_what_is_allowed(assignment: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        reading.override(_default(), [assignment])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("assignments", "message"),
    [
        (["data.name=cosines", "training.loss=cross_entropy", "training.batch_size=null"], "mse"),
        (["net.antisymmetric=true", "training.loss=cross_entropy"], "antisymmetric"),
        (["data.name=cifar10", "data.n_train=60000"], "cifar10 has 50000"),
        (["training.optimizer.name=sgd", "training.optimizer.nesterov=true"], "momentum above 0"),
        (["training.schedule.name=step", "training.schedule.epochs=[60,40]"], "increasing"),
        (["instruments.layers.lower=2", "instruments.layers.upper=1"], "upper above lower"),
        (["measure.lower=2", "measure.upper=1"], "upper above lower"),
        (["measure.spacing=log", "measure.upper=1"], "log grid cannot start at 0"),
    ],
)
def test_impossible_combinations_say_why(assignments: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        reading.override(_default(), assignments)


LONG = "9" * 100_000


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"net": {"name": "mlp", "depth": LONG}},
            r"^net\.depth is '99+…\. Give a whole number from",
        ),
        ({"net": {"name": "mlp", "activation": LONG}}, r"^net\.activation is '99+…\. Give 'tanh'"),
        ({"net": {"name": LONG}}, r"^net\.name is '99+…\. Give one of 'mlp'"),
        ({"net": {"name": "mlp", LONG: 1}}, r"^net\.99+… is no setting\. What net has: activ"),
        ({"net": LONG}, r"^net is '99+…\. Give its settings by name"),
        ({"net": {"depth": 3}}, r"^net does not say of which kind it is\. Give net\.name"),
        (
            {"data": {"name": "cosines", "frequencies": [1.0] * 17}},
            r"has 17 values\. Give at most 16",
        ),
        ({"data": {"name": "cosines", "frequencies": []}}, r"has 0 values\. Give at least 1"),
        (
            {"data": {"name": "cosines", "frequencies": ["a"]}},
            r"^data\.frequencies\.0 is 'a'\. Give a",
        ),
        ({f"a{k}": 1 for k in range(500)}, "and 495 more"),
        (LONG, "^the config is '99+…"),
    ],
)
def test_what_is_given_is_cut_and_the_setting_and_the_next_step_are_not(given, message) -> None:
    with pytest.raises(ConfigError, match=message) as error:
        reading.from_dict(given)
    assert len(str(error.value)) < 800
    assert len(readable(error.value)) <= 600


@pytest.mark.parametrize("text", [f"net.depth={LONG}", f"net.{LONG}=1", LONG, f"{LONG}=1"])
def test_assignments_are_cut_too(text) -> None:
    with pytest.raises(ConfigError) as error:
        reading.override(_default(), [text])
    assert len(str(error.value)) < 300


def test_a_long_message_keeps_its_beginning_and_its_end() -> None:
    told = readable(ConfigError(f"depth is {'x' * 5_000}.\nGive at most 64"))
    assert told.startswith("depth is xxx") and told.endswith("xxx. Give at most 64")
    assert len(told) == 600
    assert readable(ConfigError("short")) == "short"


def test_a_sentence_about_two_settings_names_them_whole() -> None:
    with pytest.raises(ConfigError, match=r"^instruments\.layers\.upper is 1\.0 and lower is"):
        reading.override(_default(), ["measure.lower=2", "measure.upper=1"])
    with pytest.raises(ConfigError, match=r"^instruments\.layers: a log grid cannot start"):
        reading.override(_default(), ["measure.spacing=log", "measure.upper=1"])
    with pytest.raises(ConfigError, match=r"^training\.schedule\.epochs must be increasing"):
        reading.override(
            _default(), ["training.schedule.name=step", "training.schedule.epochs=[60,40]"]
        )


def test_all_errors_are_told_at_once() -> None:
    with pytest.raises(ConfigError, match="seed.*\\|.*epochs"):
        reading.from_dict({"experiment": "layers", "training": {"epochs": -1}, "seed": -1})


def test_text_that_is_not_json() -> None:
    with pytest.raises(ConfigError, match="not JSON.*preset"):
        reading.from_json("{")


@pytest.mark.parametrize("value", [None, 3, [], "layers", {"experiment": "nothing"}])
def test_anything_else_is_a_config_error(value: object) -> None:
    with pytest.raises(ConfigError):
        reading.from_dict(value)


def test_unknown_settings_are_refused_not_ignored() -> None:
    with pytest.raises(ConfigError, match="lr"):
        reading.from_dict({"experiment": "layers", "training": {"lr": 1e-3}})


def test_another_kind_of_a_part_starts_from_its_own_defaults() -> None:
    changed = reading.override(_default(), ["training.optimizer.name=sgd"])
    assert changed.training.optimizer == configs.SgdConfig()
    changed = reading.override(_default(), ["net.init.name=normal", "net.init.std=0.2"])
    assert changed.net.init == configs.NormalInit(std=0.2)  # type: ignore[union-attr]
    changed = reading.override(_default(), ["data.name=mnist"])
    assert changed.data == configs.ImageData(name="mnist")


def test_the_same_kind_keeps_its_settings() -> None:
    changed = reading.override(_default(), ["net.depth=7", "net.name=mlp"])
    assert changed.net.depth == 7  # type: ignore[union-attr]


def test_configs_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        _default().seed = 3


def test_the_fingerprint_tells_configs_apart() -> None:
    other = reading.override(_default(), ["seed=1"])
    assert configs.fingerprint(_default()) == configs.fingerprint(_default())
    assert configs.fingerprint(_default()) != configs.fingerprint(other)
    assert len(configs.fingerprint(other)) == 12


def test_json_is_sorted_so_that_equal_configs_have_equal_text() -> None:
    text = configs.to_json(_default())
    assert list(json.loads(text)) == sorted(json.loads(text))


@pytest.mark.parametrize("net", ["resnet", "vgg16"])
def test_a_freeze_of_batch_normalised_layers_is_refused(net: str) -> None:
    with pytest.raises(ConfigError, match=f"does not work on {net}.*Use mlp, cnn or vit"):
        reading.override(
            TrainConfig(),
            ["data.name=cifar10", f"net.name={net}", 'training.freeze={"layer": 1, "epoch": 1}'],
        )


def test_a_freeze_may_be_written_as_null_or_without_its_name() -> None:
    base = TrainConfig()
    assert base.training.freeze == configs.NoFreeze()
    short = reading.override(base, ['training.freeze={"layer": 2, "epoch": 1}'])
    by_part = reading.override(
        base,
        [
            "training.freeze.name=precondition",
            "training.freeze.layer=2",
            "training.freeze.epoch=1",
        ],
    )
    assert short == by_part and short != base
    assert reading.override(short, ["training.freeze=null"]) == base
    assert reading.override(short, ["training.freeze.name=never"]) == base


@pytest.mark.parametrize(
    ("data", "n_inputs"),
    [
        (configs.CosineData(), 1),
        (configs.DigitsData(), 64),
        (configs.ImageData(name="mnist"), 784),
        (configs.ImageData(name="fashion_mnist"), 784),
        (configs.ImageData(name="cifar10"), 3072),
    ],
)
def test_data_say_how_many_numbers_a_sample_has(data: configs.DataConfig, n_inputs: int) -> None:
    assert data.n_inputs == n_inputs
    assert "n_inputs" not in data.model_dump()

"""Any config that can be made goes to JSON and back without loss."""

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deepfreq_core import config as configs
from deepfreq_core.experiments import reading
from deepfreq_core.experiments.decay.config import DecayConfig, GivenPoints, RandomPoints
from deepfreq_core.experiments.train.config import ScheduleConfig, TrainConfig
from deepfreq_core.instruments.layers.config import LayersConfig

_positive = st.floats(1e-12, 10, exclude_min=True, allow_nan=False)
_activations = st.sampled_from(["tanh", "relu", "sigmoid", "gelu", "elu", "silu", "leaky_relu"])

_data = st.one_of(
    st.builds(configs.DigitsData, n_train=st.integers(1000, 1500), n_test=st.integers(1, 297)),
    st.builds(
        configs.ImageData,
        name=st.sampled_from(["mnist", "fashion_mnist", "cifar10"]),
        n_train=st.integers(1000, 50_000),
        n_test=st.integers(1, 10_000),
    ),
    st.builds(
        configs.CosineData,
        frequencies=st.lists(st.floats(-50, 50), min_size=1, max_size=5).map(tuple),
        phase=st.sampled_from(["cos", "sin"]),
        lower=st.floats(-10, 0),
        upper=st.floats(0.1, 10),
        n_train=st.integers(1000, 2000),
    ),
)
_init = st.one_of(
    st.builds(configs.StandardInit, name=st.sampled_from(["pytorch", "he_normal", "orthogonal"])),
    st.builds(configs.NormalInit, std=_positive),
    st.builds(configs.PowerInit, t=st.floats(-2, 4)),
)
_net = st.builds(
    configs.MlpConfig,
    depth=st.integers(1, 64),
    width=st.integers(1, 8192),
    activation=_activations,
    init=_init,
    antisymmetric=st.booleans(),
)
_training = st.builds(
    configs.TrainingConfig,
    optimizer=st.one_of(
        st.builds(configs.AdamConfig, learning_rate=_positive),
        st.builds(configs.SgdConfig, learning_rate=_positive, momentum=st.floats(0.1, 0.99)),
    ),
    schedule=st.one_of(
        st.builds(configs.ConstantRate),
        st.builds(
            configs.StepRate,
            epochs=st.lists(st.integers(1, 100), min_size=1, unique=True).map(sorted).map(tuple),
            factor=st.floats(0.01, 1),
        ),
    ),
    batch_size=st.none() | st.integers(1, 1000),
    epochs=st.integers(0, 10**6),
    stop_loss=st.none() | _positive,
)
_layers = st.builds(
    LayersConfig,
    n_samples=st.integers(2, 60_000),
    normalize=st.sampled_from(["max_abs", "none", "standard", "median_distance"]),
    n_grid=st.integers(2, 400),
    upper=st.none() | _positive,
    spacing=st.sampled_from(["auto", "linear"]),
)
_trainings = st.builds(
    TrainConfig,
    data=_data,
    net=_net,
    training=_training,
    measure=st.builds(ScheduleConfig, every=st.none() | st.integers(1, 1000)),
    instruments=st.just({}) | st.fixed_dictionaries({"layers": _layers}),
    seed=st.integers(0, 2**31 - 1),
)
_decays = st.builds(
    DecayConfig,
    data=st.builds(RandomPoints, number=st.integers(1, 10))
    | st.lists(st.floats(-1, 1).filter(bool), min_size=4, max_size=4).map(
        lambda values: GivenPoints(values=tuple(values))
    ),
    exponents=st.lists(st.floats(0.1, 2), min_size=1, max_size=4, unique=True).map(
        lambda found: tuple(sorted(found))
    ),
    first_cutoff=st.integers(50, 200),
    last_cutoff=st.integers(1000, 5000),
    n_cutoffs=st.integers(3, 20),
    weight=st.sampled_from(["angular", "cycles"]),
    n_curve=st.integers(16, 512),
    seed=st.integers(0, 2**31 - 1),
)
_configs = _trainings | _decays


@given(_configs)
def test_json_and_back(config: configs.RunConfig) -> None:
    assert reading.from_json(configs.to_json(config)) == config
    assert reading.from_dict(json.loads(json.dumps(configs.to_dict(config)))) == config


@given(_configs)
def test_equal_configs_have_equal_fingerprints(config: configs.RunConfig) -> None:
    again = reading.from_dict(configs.to_dict(config))
    assert configs.fingerprint(again) == configs.fingerprint(config)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting of a plain config by its path."""
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from leaves(inside, f"{path}.{name}" if path else name)
    else:
        yield path, value


@given(_configs)
def test_every_value_can_be_set_to_itself(config: configs.RunConfig) -> None:
    assignments = [f"{path}={json.dumps(value)}" for path, value in leaves(configs.to_dict(config))]
    assert reading.override(config, assignments) == config


@given(_trainings)
def test_settings_by_their_old_names_and_in_their_old_form(config: TrainConfig) -> None:
    """What version 1 would have written of a training opens as that training."""
    plain = configs.to_dict(config)
    layers = plain.pop("instruments")["layers"]
    assignments = [f"measure.{name}={json.dumps(value)}" for name, value in layers.items()]
    assert reading.override(config, assignments) == config
    old = plain | {"experiment": "layers", "version": 1, "measure": plain["measure"] | layers}
    assert reading.from_json(json.dumps(old)) == config

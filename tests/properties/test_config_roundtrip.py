"""Any config that can be made goes to JSON and back without loss."""

import json

from hypothesis import given
from hypothesis import strategies as st

from deepfreq_core import config as configs

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
_measure = st.builds(
    configs.MeasureConfig,
    n_samples=st.integers(2, 60_000),
    normalize=st.sampled_from(["max_abs", "none", "standard", "median_distance"]),
    upper=st.none() | _positive,
    every=st.none() | st.integers(1, 1000),
)
_configs = st.builds(
    configs.LayersConfig,
    data=_data,
    net=_net,
    training=_training,
    measure=_measure,
    seed=st.integers(0, 2**31 - 1),
)


@given(_configs)
def test_json_and_back(config: configs.LayersConfig) -> None:
    assert configs.from_json(configs.to_json(config)) == config
    assert configs.from_dict(json.loads(json.dumps(configs.to_dict(config)))) == config


@given(_configs)
def test_equal_configs_have_equal_fingerprints(config: configs.LayersConfig) -> None:
    again = configs.from_dict(configs.to_dict(config))
    assert configs.fingerprint(again) == configs.fingerprint(config)


@given(_configs)
def test_every_value_can_be_set_to_itself(config: configs.LayersConfig) -> None:
    assignments = [
        f"training.epochs={config.training.epochs}",
        f"measure.n_samples={config.measure.n_samples}",
        f"training.optimizer.learning_rate={config.training.optimizer.learning_rate!r}",
        f"data.name={config.data.name}",
        f"seed={config.seed}",
    ]
    assert configs.override(config, assignments) == config

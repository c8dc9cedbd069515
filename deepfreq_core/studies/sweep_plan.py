"""Which runs a depth sweep has, and about how long they take. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias, get_args

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.config.migrations import moved
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.instruments.catalogue import INSTRUMENTS, config_model
from deepfreq_core.studies.plan import Axis, Planned, sweep

# Settings with a network and its training, whichever experiment they belong to.
Networked: TypeAlias = Any

AT_FIRST = 5  # depths, of those there are, that a sweep has unless others are chosen
_MOST_DEPTHS = 12
# Networks that come in depths: the setting that is their depth, and depths to choose from.
_DEPTHS = {"mlp": ("net.depth", 10), "vit": ("net.depth", 10), "resnet": ("net.stages", 4)}
_MORE_EPOCHS = 2
# Loss to reach where a preset names none: digits guess 0.09 (mean squared error), 2.3 (entropy).
_TARGETS = {"mse": 0.03, "cross_entropy": 0.2}
# Seconds on one core, read off small runs here; good to a factor of three.
_START_S, _STEP_S, _STEP_LAYER_S = 2.0, 2e-4, 2e-4
_FLOPS, _FILTER_TERMS = 2e10, 1e9


@dataclass(frozen=True, slots=True)
class Other:
    """A second axis that a sweep may have.

    Attributes:
        path: The setting.
        name: What it is called in charts and tables.
        suggestions: Values to start from, as text.
    """

    path: str
    name: str
    suggestions: tuple[str, ...]


OTHERS = (
    Other(
        "net.init.name",
        "initialisation",
        ("pytorch", "glorot_normal", "glorot_uniform", "he_normal", "lecun_normal", "orthogonal"),
    ),
    Other("net.width", "width", ("50", "100", "200", "400", "800")),
    Other("net.activation", "activation", ("tanh", "relu", "sigmoid", "gelu", "elu", "sin")),
    Other(
        "training.optimizer.learning_rate",
        "learning rate",
        ("3e-5", "1e-4", "3e-4", "1e-3", "3e-3"),
    ),
    Other("training.batch_size", "batch size", ("32", "64", "128", "256")),
    Other("training.loss", "loss", ("mse", "cross_entropy")),
    Other("net.channels", "channels", ("equal", "doubling")),
    Other("net.residual", "skip connections", ("false", "true")),
    Other("data.n_train", "training samples", ("300", "600", "1000", "1500")),
    *(
        Other(f"instruments.{name}.normalize", "normalisation", get_args(setting.annotation))
        for name in INSTRUMENTS
        if (setting := config_model(name).model_fields.get("normalize"))
    ),
)


def other(path: str) -> Other:
    """The second axis along this setting; names of older versions are understood.

    Raises:
        ConfigError: A sweep cannot have it; the message lists those it can.
    """
    for one in OTHERS:
        if one.path == moved(path):
            return one
    raise ConfigError(
        f"no second axis {path!r}. There are: {', '.join(one.path for one in OTHERS)}"
    )


def others(base: RunConfig) -> tuple[Other, ...]:
    """Second axes that a sweep from these settings may have."""
    plain = configs.to_dict(base)
    return tuple(one for one in OTHERS if configs.lookup(plain, one.path) is not configs.ABSENT)


def can_sweep(config: Networked) -> bool:
    """Whether the network comes in depths that a sweep can vary."""
    return (
        has_network(config)
        and config.net.name in _DEPTHS
        and config.training.freeze.name == "never"
    )


def trained(config: RunConfig) -> TrainConfig:
    """The settings, as those of a training.

    Raises:
        ConfigError: They are of another experiment.
    """
    if not isinstance(config, TrainConfig):
        raise ConfigError(
            f"experiment is {config.experiment!r}, which has no network whose depth a sweep could "
            "vary. Start from a preset that trains one, see `deepfreq presets`"
        )
    return config


def depths(base: RunConfig) -> tuple[str, ...]:
    """Depths to choose from; others may be possible as well."""
    _, most = _depth_of(base)
    return tuple(str(depth) for depth in range(1, most + 1))


def n_layers(config: Networked) -> int:
    """How many hidden layers, stages or blocks the network has."""
    return int(config.net.n_layers)


def depth_path(base: RunConfig) -> str:
    """The setting that is the network's depth, where it comes in depths."""
    path, _ = _depth_of(base)
    return path


def has_network(config: RunConfig) -> bool:
    """Whether a run with these settings has a network at all."""
    return hasattr(config, "net")


def _depth_of(base: Networked) -> tuple[str, int]:
    """The setting that is the network's depth, and the largest that is proposed.

    Raises:
        ConfigError: The network does not come in depths.
    """
    if not has_network(base):
        raise ConfigError(
            f"a run of the experiment {base.experiment!r} has no network, so no depth. Vary "
            "another setting"
        )
    name = base.net.name
    try:
        return _DEPTHS[name]
    except KeyError:
        raise ConfigError(
            f"net.name is {name}, which does not come in depths. Use one of: {', '.join(_DEPTHS)}"
        ) from None


def varied(base: RunConfig, second: Other | None) -> tuple[str, ...]:
    """The settings that a sweep from these sets itself: depth, second axis, seed, and its ends."""
    own = (depth_path(base), "seed", "training.stop_loss", "training.epochs")
    return own if second is None else (*own, second.path)


def target(config: Networked) -> float:
    """Loss that a sweep from these settings has to reach: theirs, else one of ours."""
    return float(config.training.stop_loss or _TARGETS[config.training.loss])


def epochs(config: Networked) -> int:
    """Epochs that a sweep from these settings gives at most: shallow networks need more."""
    return int(config.training.epochs) * _MORE_EPOCHS


def plan(
    base: Networked,
    *,
    depths: Sequence[str],
    n_seeds: int,
    target: float,
    epochs: int,
    second: Other | None = None,
    values: Sequence[str] = (),
) -> list[Planned]:
    """The runs: depths × values of the second axis × seeds; each ends at the target loss.

    Args:
        base: Settings that do not vary.
        depths: Numbers of hidden layers, stages or blocks, as text.
        n_seeds: Seeds of each network, from 0 on.
        target: The loss to reach.
        epochs: Epochs at most.
        second: What else varies.
        values: Its values, as text.

    Returns:
        The runs, shallow networks first.

    Raises:
        ConfigError: A combination is impossible, or there are none or too many runs.
    """
    _check_seeds(base)
    if len(depths) > _MOST_DEPTHS:
        raise ConfigError(f"the sweep has {len(depths)} depths. Choose at most {_MOST_DEPTHS}")
    base = reading.override(base, [f"training.stop_loss={target}", f"training.epochs={epochs}"])
    by_size = sorted(set(depths), key=lambda text: (len(text), text))
    axes = [_axis("depth", depth_path(base), by_size)]
    if second is not None:
        axes.append(_axis(second.name, second.path, values))
    return sweep(base, axes, range(n_seeds))


def free_plan(
    base: RunConfig, vary: Sequence[tuple[str, Sequence[str]]], n_seeds: int
) -> list[Planned]:
    """Runs in which any settings vary, or seeds alone; nothing is added to their settings.

    Args:
        base: Settings that do not vary.
        vary: Settings with their values, as text; the first varies slowest.
        n_seeds: Seeds of each combination, from 0 on.

    Returns:
        The runs.

    Raises:
        ConfigError: A combination is impossible, or there are none or too many runs.
    """
    _check_seeds(base)
    paths = [path for path, _ in vary]
    if "seed" in paths or len(set(paths)) < len(paths):
        raise ConfigError(
            f"varied are {', '.join(paths)}. Give every setting once, and seeds by their number"
        )
    return sweep(base, [_axis(called(path), path, values) for path, values in vary], range(n_seeds))


def called(path: str) -> str:
    """What a setting is called in tables and charts."""
    return next((one.name for one in OTHERS if one.path == path), path)


def _axis(name: str, path: str, values: Sequence[str]) -> Axis:
    return Axis(name, {value: (f"{path}={value}",) for value in dict.fromkeys(values)})


def _check_seeds(base: RunConfig) -> None:
    n_seeds = getattr(base, "n_seeds", 1)
    if n_seeds != 1:
        raise ConfigError(
            f"n_seeds is {n_seeds}; every run of a sweep has one seed, and the sweep has as "
            "many runs as seeds. Set n_seeds to 1"
        )


def minutes(planned: Sequence[Planned], slots: int) -> float:
    """Rough time of all runs with so many at a time, if every run needs all its epochs."""
    return sum(seconds(one.config) for one in planned) / slots / 60


def seconds(config: Networked) -> float:
    """Rough time of one run on a free core, if it needs all its epochs."""
    net, training, n = config.net, config.training, config.data.n_train
    steps = training.epochs * -(-n // (training.batch_size or n))
    learning = steps * (_STEP_S + _STEP_LAYER_S * net.n_layers)
    learning += 6 * _products(config) * n * training.epochs / _FLOPS  # forward 2, backward 4
    every = config.measure.every
    times = training.epochs / every if every else min(training.epochs, 40)
    terms = (net.n_layers + 1) * sum(
        one.n_samples**2 * one.n_grid
        for one in config.instruments.values()
        if hasattr(one, "n_samples") and hasattr(one, "n_grid")
    )
    return float(_START_S + learning + times * terms / _FILTER_TERMS)


def _products(config: Networked) -> float:
    """About how many products of two numbers one sample takes."""
    net, n_inputs = config.net, config.data.n_inputs
    if isinstance(net, configs.ResNetConfig):
        # Two 3×3 convolutions a block; a stage halves the sides and may double the channels.
        growth = 1 if net.channels == "doubling" else 0.25
        pixels = n_inputs / (3 if config.data.name == "cifar10" else 1)
        first = net.blocks * 2 * 9 * net.width**2 * pixels
        return float(first) * sum(growth**stage for stage in range(net.stages))
    if isinstance(net, configs.VitConfig):
        tokens = n_inputs / net.patch**2
        return float(tokens * net.depth * (8 * net.width**2 + 2 * tokens * net.width))
    if isinstance(net, configs.MlpConfig):
        widths = net.layer_widths
        return float(n_inputs * widths[0] + sum(a * b for a, b in pairwise(widths)) + widths[-1])
    width = getattr(net, "width", 200)
    return float(n_inputs * width + net.n_layers * width**2)

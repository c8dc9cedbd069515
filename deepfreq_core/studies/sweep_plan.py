"""Which runs a sweep has, of depths or of any settings, and about how long they take. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.config.migrations import moved
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.instruments.catalogue import INSTRUMENTS, config_model
from deepfreq_core.studies.plan import Axis, Planned, sweep

# Settings with a network and its training, whichever experiment they belong to.
Networked: TypeAlias = Any

DEPTH = "depth"
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
class Vary:
    """A setting that varies.

    Attributes:
        path: The setting.
        name: What it is called in charts, tables and titles of runs.
        values: Its values, as text.
    """

    path: str
    name: str
    values: tuple[str, ...]


# What settings are called where nobody says otherwise: the form's labels in small letters.
NAMES = {
    "net.init.name": "initialisation",
    "net.width": "width",
    "net.activation": "activation",
    "training.optimizer.learning_rate": "learning rate",
    "training.batch_size": "batch size",
    "training.loss": "loss",
    "net.channels": "channels",
    "net.residual": "skip connections",
    "data.n_train": "training samples",
    **{
        f"instruments.{name}.normalize": "normalisation"
        for name in INSTRUMENTS
        if "normalize" in config_model(name).model_fields
    },
}


def called(path: str, base: RunConfig | None = None) -> str:
    """What a setting is called; the network's depth is "depth" where settings are given."""
    return DEPTH if base is not None and is_depth(base, path) else NAMES.get(path, path)


def is_depth(base: Networked, path: str) -> bool:
    """Whether this setting is the depth of a network with these settings."""
    return has_network(base) and path == _DEPTHS.get(base.net.name, ("", 0))[0]


def vary(path: str, values: Sequence[str], base: RunConfig | None = None) -> Vary:
    """A setting with these values, by its usual name; names of older versions are understood."""
    path = moved(path)
    return Vary(path, called(path, base), tuple(values))


def vary_depth(base: RunConfig, depths: Sequence[str]) -> Vary:
    """The network's depth, shallow first.

    Args:
        base: Settings of a network that comes in depths.
        depths: Numbers of hidden layers, stages or blocks, as text.

    Raises:
        ConfigError: The network does not come in depths, or these are too many.
    """
    if len(depths) > _MOST_DEPTHS:
        raise ConfigError(f"the sweep has {len(depths)} depths. Choose at most {_MOST_DEPTHS}")
    by_size = sorted(set(depths), key=lambda text: (len(text), text))
    return Vary(depth_path(base), DEPTH, tuple(by_size))


def can_sweep(config: Networked) -> bool:
    """Whether the network comes in depths that a sweep can vary."""
    return (
        has_network(config)
        and config.net.name in _DEPTHS
        and config.training.freeze.name == "never"
    )


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


def target(config: Networked) -> float:
    """Loss that a sweep from these settings has to reach: theirs, else one of ours."""
    return float(config.training.stop_loss or _TARGETS.get(config.training.loss, _TARGETS["mse"]))


def epochs(config: Networked) -> int:
    """Epochs that a sweep from these settings gives at most: shallow networks need more."""
    return int(config.training.epochs) * _MORE_EPOCHS


def ends(base: Networked, *, is_speed: bool) -> tuple[float | None, int | None]:
    """Loss at which runs of a sweep end, and their epochs at most, where nobody says otherwise.

    Args:
        base: Settings that do not vary.
        is_speed: Whether epochs until a loss are asked for; else runs end as the settings say.

    Returns:
        Loss and epochs; None where it is never reached, or where nothing is trained.
    """
    if not has_network(base):
        return None, None
    if not is_speed:
        return base.training.stop_loss, base.training.epochs
    return target(base), epochs(base)


def plan(
    base: RunConfig,
    varied: Sequence[Vary],
    *,
    n_seeds: int,
    target: float | None = None,
    epochs: int | None = None,
) -> list[Planned]:
    """The runs of a sweep: every combination of the values, with every seed.

    Args:
        base: Settings that do not vary.
        varied: What does, the slowest first; nothing where seeds alone do.
        n_seeds: Seeds of each combination, from 0 on.
        target: The loss at which runs end; None leaves it to the settings.
        epochs: Epochs at most; None leaves them to the settings.

    Returns:
        The runs.

    Raises:
        ConfigError: A combination is impossible, or there are none or too many runs.
    """
    _check_seeds(base)
    paths = [one.path for one in varied]
    if "seed" in paths or "n_seeds" in paths or len(set(paths)) < len(paths):
        raise ConfigError(
            f"varied are {', '.join(paths)}. Give every setting once, and seeds by their number"
        )
    given = {"training.stop_loss": target, "training.epochs": epochs}
    base = reading.override(base, [f"{k}={v}" for k, v in given.items() if v is not None])
    return sweep(base, [_axis(one) for one in varied], range(n_seeds))


def _axis(one: Vary) -> Axis:
    """Each value once, however it is written: 1e-3 and 0.001 are the same run."""
    once: dict[object, str] = {}
    for value in one.values:
        once.setdefault(_number(value), value)
    return Axis(one.name, {value: (f"{one.path}={value}",) for value in once.values()})


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _check_seeds(base: RunConfig) -> None:
    n_seeds = getattr(base, "n_seeds", 1)
    if n_seeds != 1:
        raise ConfigError(
            f"n_seeds is {n_seeds}; every run of a sweep has one seed, and the sweep has as "
            "many runs as seeds. Set n_seeds to 1"
        )


def minutes(planned: Sequence[Planned], slots: int) -> float | None:
    """Rough time of all runs with so many at a time, if every run needs all its epochs.

    None where nothing is trained: what such runs take, nobody here knows.
    """
    if not all(has_network(one.config) for one in planned):
        return None
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
        if getattr(one, "n_samples", None) and hasattr(one, "n_grid")
    )
    return float(_START_S + learning + times * terms / _FILTER_TERMS)


def _products(config: Networked) -> float:
    """About how many products of two numbers one sample takes."""
    net, n_inputs = config.net, int(config.data.n_inputs)
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

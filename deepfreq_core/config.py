"""Settings of a run: frozen, checked when made, to and from JSON without loss.

One model per choice, joined by their `name` (data sets, networks, initialisations, schedules) or
`experiment`. No torch here: the dashboard builds and checks configs without loading it. A new
kind is a new model in its union; nothing else in this file changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from deepfreq_core.errors import ConfigError

ActivationName = Literal["tanh", "relu", "sigmoid", "gelu", "elu", "silu", "leaky_relu", "sin"]
NormalizationName = Literal["max_abs", "none", "standard", "median_distance"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


# --- data ----------------------------------------------------------------------------------


class DigitsData(_Model):
    """Handwritten digits of 8×8 pixels, shipped with scikit-learn: no download, no network."""

    name: Literal["digits"] = "digits"
    n_train: int = Field(1500, ge=2, le=1796, description="Training samples.")
    n_test: int = Field(297, ge=1, le=1795, description="Test samples.")

    @model_validator(mode="after")
    def _fits(self) -> DigitsData:
        if self.n_train + self.n_test > 1797:
            raise ValueError(
                f"n_train + n_test is {self.n_train + self.n_test}; "
                "digits has 1797 samples. Lower one of them"
            )
        return self


class ImageData(_Model):
    """Images with ten classes, read through torchvision; pixels in [0, 1], flattened."""

    name: Literal["mnist", "fashion_mnist", "cifar10"] = "mnist"
    n_train: int = Field(30_000, ge=2, le=60_000, description="Training samples.")
    n_test: int = Field(2_000, ge=1, le=10_000, description="Test samples.")

    @model_validator(mode="after")
    def _fits(self) -> ImageData:
        if self.name == "cifar10" and self.n_train > 50_000:
            raise ValueError(
                f"n_train is {self.n_train}; cifar10 has 50000 training images. Use at most that"
            )
        return self


class CosineData(_Model):
    """A sum of cosines on an interval: y = Σ aₖ cos(k x), evenly spaced x, ends included."""

    name: Literal["cosines"] = "cosines"
    frequencies: tuple[float, ...] = Field(
        (3.0, 5.0), min_length=1, max_length=16, description="Angular frequencies k in cos(k x)."
    )
    amplitudes: tuple[float, ...] | None = Field(
        None, description="One amplitude a frequency; 1 for all when left out."
    )
    phase: Literal["cos", "sin"] = Field("cos", description="cos(k x), or sin(k x).")
    lower: float = Field(-3.141592653589793, description="Left end of the interval.")
    upper: float = Field(3.141592653589793, description="Right end of the interval.")
    n_train: int = Field(101, ge=2, le=100_000, description="Training points.")
    n_test: int = Field(200, ge=1, le=100_000, description="Test points, between the same ends.")

    @model_validator(mode="after")
    def _fits(self) -> CosineData:
        if self.amplitudes is not None and len(self.amplitudes) != len(self.frequencies):
            raise ValueError(
                f"amplitudes has {len(self.amplitudes)} values for {len(self.frequencies)} "
                "frequencies. Give one each, or leave amplitudes out"
            )
        if not self.lower < self.upper:
            raise ValueError(
                f"lower is {self.lower} and upper is {self.upper}. Give lower below upper"
            )
        if self.amplitudes is not None and not any(self.amplitudes):
            raise ValueError("amplitudes are all 0, so there is no target. Give one that is not")
        return self


DataConfig: TypeAlias = Annotated[DigitsData | ImageData | CosineData, Field(discriminator="name")]

# --- networks ------------------------------------------------------------------------------


class StandardInit(_Model):
    """A scheme whose scale follows the layer's own width."""

    name: Literal[
        "pytorch",
        "glorot_uniform",
        "glorot_normal",
        "he_uniform",
        "he_normal",
        "lecun_normal",
        "orthogonal",
    ] = "pytorch"


class NormalInit(_Model):
    """All weights and biases from Normal(0, std)."""

    name: Literal["normal"] = "normal"
    std: float = Field(0.05, gt=0, le=10, description="Standard deviation of every parameter.")


class PowerInit(_Model):
    """All weights and biases from Normal(0, m₁^-t), m₁ the first hidden width (D10)."""

    name: Literal["power"] = "power"
    t: float = Field(0.5, ge=-2, le=4, description="Exponent t in std = m₁^-t.")


InitConfig: TypeAlias = Annotated[
    StandardInit | NormalInit | PowerInit, Field(discriminator="name")
]


class MlpConfig(_Model):
    """Fully connected network with equal hidden layers and a linear output."""

    name: Literal["mlp"] = "mlp"
    depth: int = Field(5, ge=1, le=64, description="Number of hidden layers.")
    width: int = Field(500, ge=1, le=8192, description="Neurons in each hidden layer.")
    activation: ActivationName = "tanh"
    init: InitConfig = StandardInit()
    residual: bool = Field(
        False, description="From the second hidden layer on, add each layer's input to its output."
    )
    antisymmetric: bool = Field(
        False, description="Two copies whose outputs cancel at the start (ASI): f = 0 at step 0."
    )

    @property
    def n_layers(self) -> int:
        """L, the number of hidden layers."""
        return self.depth


class ResNetConfig(_Model):
    """A variant of ResNet18 with 1 to 4 stages; images only."""

    name: Literal["resnet"] = "resnet"
    stages: int = Field(4, ge=1, le=4, description="Residual stages kept; the depth.")
    blocks: int = Field(2, ge=1, le=8, description="Residual blocks in each stage.")
    width: int = Field(64, ge=1, le=256, description="Channels of the first stage.")
    channels: Literal["doubling", "equal"] = Field(
        "doubling", description="Channels double from stage to stage, or stay equal."
    )
    hidden_width: int = Field(
        128, ge=1, le=8192, description="Hidden layer of the learning component."
    )

    @property
    def n_layers(self) -> int:
        """L, the number of cuts."""
        return self.stages


class CnnConfig(_Model):
    """A small convolutional network: blocks of one 3×3 convolution and a pooling; images only."""

    name: Literal["cnn"] = "cnn"
    channels: tuple[int, ...] = Field(
        (32, 64), min_length=1, max_length=5, description="Channels of each block."
    )
    hidden_width: int = Field(400, ge=1, le=8192, description="Neurons of the hidden layer.")
    activation: ActivationName = "relu"

    @property
    def n_layers(self) -> int:
        """L, the number of cuts."""
        return len(self.channels) + 1


class VggConfig(_Model):
    """VGG16 with one hidden layer; images only."""

    name: Literal["vgg16"] = "vgg16"
    width: int = Field(64, ge=1, le=256, description="Channels of the first block.")
    hidden_width: int = Field(1024, ge=1, le=8192, description="Neurons of the hidden layer.")

    @property
    def n_layers(self) -> int:
        """L, the number of cuts: five blocks and the hidden layer."""
        return 6


class VitConfig(_Model):
    """A small Vision Transformer; images only."""

    name: Literal["vit"] = "vit"
    depth: int = Field(6, ge=1, le=24, description="Encoder blocks.")
    width: int = Field(64, ge=4, le=1024, description="Width of a token.")
    heads: int = Field(4, ge=1, le=32, description="Attention heads; must divide the width.")
    patch: int = Field(4, ge=1, le=32, description="Side of a patch, in pixels.")

    @property
    def n_layers(self) -> int:
        """L, the number of cuts."""
        return self.depth

    @model_validator(mode="after")
    def _heads_divide(self) -> VitConfig:
        if self.width % self.heads:
            raise ValueError(
                f"heads is {self.heads} and width is {self.width}. Use heads that divide the width"
            )
        return self


NetConfig: TypeAlias = Annotated[
    MlpConfig | ResNetConfig | CnnConfig | VggConfig | VitConfig, Field(discriminator="name")
]

# --- training ------------------------------------------------------------------------------


class AdamConfig(_Model):
    """Adam with PyTorch's default moments."""

    name: Literal["adam"] = "adam"
    learning_rate: float = Field(1e-4, gt=0, le=10)


class SgdConfig(_Model):
    """Stochastic gradient descent, with momentum where wanted."""

    name: Literal["sgd"] = "sgd"
    learning_rate: float = Field(1e-2, gt=0, le=100)
    momentum: float = Field(0.0, ge=0, lt=1)
    nesterov: bool = False

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> SgdConfig:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs momentum above 0; got 0. Set momentum, e.g. 0.9")
        return self


OptimizerConfig: TypeAlias = Annotated[AdamConfig | SgdConfig, Field(discriminator="name")]


class ConstantRate(_Model):
    """The learning rate stays as it is."""

    name: Literal["constant"] = "constant"


class StepRate(_Model):
    """The learning rate is multiplied by `factor` at the start of each epoch in `epochs`."""

    name: Literal["step"] = "step"
    epochs: tuple[int, ...] = Field((40, 60), min_length=1, description="Epochs done at each drop.")
    factor: float = Field(0.1, gt=0, le=1)

    @field_validator("epochs")
    @classmethod
    def _increasing(cls, epochs: tuple[int, ...]) -> tuple[int, ...]:
        if list(epochs) != sorted(set(epochs)) or epochs[0] < 1:
            raise ValueError(f"epochs must be increasing and at least 1; got {list(epochs)}")
        return epochs


RateSchedule: TypeAlias = Annotated[ConstantRate | StepRate, Field(discriminator="name")]


class FreezeConfig(_Model):
    """Test of the mechanism: freeze the precondition and learn the rest again from the start."""

    layer: int = Field(1, ge=0, description="Layers 1 to this one keep what they have learned.")
    epoch: int = Field(
        0, ge=0, description="Epochs of ordinary training before; 0 freezes first values."
    )


class TrainingConfig(_Model):
    """How the network learns, and when it stops."""

    loss: Literal["mse", "cross_entropy"] = "mse"
    optimizer: OptimizerConfig = AdamConfig()
    schedule: RateSchedule = ConstantRate()
    batch_size: int | None = Field(256, ge=1, description="Samples a step; null = all of them.")
    epochs: int = Field(20, ge=0, le=1_000_000, description="Stop after this many epochs.")
    stop_loss: float | None = Field(
        None, gt=0, description="Stop at the first epoch whose mean training loss is below this."
    )
    freeze: FreezeConfig | None = Field(
        None, description="Freeze the first layers at an epoch and start the others anew."
    )

    @model_validator(mode="after")
    def _freeze_comes_first(self) -> TrainingConfig:
        if self.freeze is not None and self.freeze.epoch >= max(self.epochs, 1):
            raise ValueError(
                f"freeze.epoch is {self.freeze.epoch} and epochs is {self.epochs}. "
                "Freeze before the last epoch"
            )
        return self


# --- measuring -----------------------------------------------------------------------------


class MeasureConfig(_Model):
    """What is measured, on which samples, on which grid, at which epochs."""

    n_samples: int = Field(
        2_000, ge=2, le=60_000, description="Samples the filter sees; a fixed random set."
    )
    samples: Literal["train", "test"] = Field(
        "train", description="Where the measured samples come from."
    )
    normalize: NormalizationName = Field(
        "max_abs", description="How each layer's output is scaled before distances are taken."
    )
    n_grid: int = Field(50, ge=2, le=400, description="Number of grid values of 1/δ.")
    lower: float = Field(0.0, ge=0, description="Smallest 1/δ of the grid.")
    upper: float | None = Field(
        None, gt=0, description="Largest 1/δ; null = found from the data before training."
    )
    spacing: Literal["linear", "log"] = Field("linear", description="Spacing of the grid.")
    every: int | None = Field(
        None, ge=1, description="Measure every this many epochs; null = densely first, then rarer."
    )
    backend: Literal["auto", "cpu", "cuda"] = "auto"
    budget_s: float | None = Field(
        None,
        gt=0,
        description="Seconds a measurement may take; beyond them rows are sampled. null = exact.",
    )

    @model_validator(mode="after")
    def _grid(self) -> MeasureConfig:
        if self.upper is not None and self.upper <= self.lower:
            raise ValueError(
                f"upper is {self.upper} and lower is {self.lower}. Give upper above lower"
            )
        if self.spacing == "log" and self.lower == 0 and self.upper is not None:
            raise ValueError("a log grid cannot start at 0. Set lower above 0, or use linear")
        return self


class LayersConfig(_Model):
    """Train one network and measure the effective target function of every hidden layer."""

    experiment: Literal["layers"] = "layers"
    version: Literal[1] = 1
    data: DataConfig = DigitsData()
    net: NetConfig = MlpConfig()
    training: TrainingConfig = TrainingConfig()
    measure: MeasureConfig = MeasureConfig()
    seed: int = Field(0, ge=0, lt=2**31, description="Fixes data split, initialisation, batches.")
    n_seeds: int = Field(
        1, ge=1, le=64, description="Seeds trained together: seed and those that follow it."
    )
    device: Literal["auto", "cpu", "cuda"] = "auto"

    @model_validator(mode="after")
    def _fits(self) -> LayersConfig:
        if self.data.name == "cosines" and self.training.loss == "cross_entropy":
            raise ValueError(
                "loss is cross_entropy, which needs classes; cosines is a real-valued target. "
                "Use mse"
            )
        antisymmetric = isinstance(self.net, MlpConfig) and self.net.antisymmetric
        if antisymmetric and self.training.loss == "cross_entropy":
            # Not wrong in itself, but ASI is defined for a zero output under squared error.
            raise ValueError("antisymmetric is defined for mse; got cross_entropy. Use mse")
        if self.data.name == "cosines" and self.net.name != "mlp":
            raise ValueError(
                f"net is {self.net.name}, which takes images; cosines has one number a sample. "
                "Use mlp"
            )
        if self.n_seeds > 1:
            self._check_seeds()
        freeze = self.training.freeze
        if freeze is not None and freeze.layer > self.net.n_layers:
            raise ValueError(
                f"training.freeze.layer is {freeze.layer}; the network has {self.net.n_layers} "
                "hidden layers. Use at most that"
            )
        batch = self.training.batch_size
        if batch is not None and batch > self.data.n_train:
            raise ValueError(
                f"batch_size is {batch} and there are {self.data.n_train} training samples. "
                "Use at most that, or null for all"
            )
        return self

    def _check_seeds(self) -> None:
        one_by_one = "Set n_seeds to 1 and start a run for each seed"
        if self.net.name != "mlp":
            raise ValueError(
                f"n_seeds is {self.n_seeds}; only fully connected networks (mlp) train several "
                f"seeds at once, not {self.net.name}. {one_by_one}"
            )
        if self.training.freeze is not None:
            raise ValueError(
                f"n_seeds is {self.n_seeds}, and training.freeze works on one seed. {one_by_one}"
            )
        if self.seed + self.n_seeds > 2**31:
            raise ValueError(
                f"seed is {self.seed} and n_seeds is {self.n_seeds}; the last seed must be below "
                f"{2**31}. Lower seed"
            )


RunConfig: TypeAlias = LayersConfig
_ADAPTER: TypeAdapter[RunConfig] = TypeAdapter(RunConfig)

# Part models by each name they answer to; names are unique over all parts.
_KINDS: dict[str, type[_Model]] = {
    name: model
    for model in _Model.__subclasses__()
    if "name" in model.model_fields
    for name in get_args(model.model_fields["name"].annotation)
}

# --- to and from JSON ----------------------------------------------------------------------


def from_json(text: str) -> RunConfig:
    """Config from its JSON text.

    Raises:
        ConfigError: The text is not JSON, or a value is not allowed; all of them are named.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"the config is not JSON ({error}). Start from a preset") from error
    return from_dict(value)


def from_dict(value: Any) -> RunConfig:
    """Config from plain dicts and lists; missing fields take their defaults.

    Raises:
        ConfigError: A value is not allowed; the message names each field, what it got, and why.
    """
    try:
        return _ADAPTER.validate_python(value)
    except ValidationError as error:
        raise ConfigError(_explain(error)) from error


def to_dict(config: RunConfig) -> dict[str, Any]:
    """Plain JSON values; `from_dict(to_dict(config)) == config`."""
    return config.model_dump(mode="json")


def to_json(config: RunConfig) -> str:
    """JSON text with sorted keys, so equal configs have equal text."""
    return json.dumps(to_dict(config), sort_keys=True)


def fingerprint(config: RunConfig) -> str:
    """Twelve hex digits that equal configs share and different ones do not."""
    return hashlib.sha256(to_json(config).encode()).hexdigest()[:12]


def override(config: RunConfig, assignments: Iterable[str]) -> RunConfig:
    """Config with values replaced, each given as `path=value`, e.g. `training.epochs=3`.

    The value is read as JSON where it is JSON, else as text. Setting the `name` of a part to
    another kind (`net.init.name=normal`) starts that part from the new kind's defaults.

    Raises:
        ConfigError: No such setting, or a value that is not allowed.
    """
    value = to_dict(config)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not equals or not path:
            raise ConfigError(f"--set takes path=value, e.g. training.epochs=3; got {assignment!r}")
        _assign(value, path, path.split("."), _json_or_text(text))
    return from_dict(value)


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _assign(root: dict[str, Any], path: str, keys: list[str], new: Any) -> None:
    parent: Any = root
    for key in keys[:-1]:
        parent = _child(parent, key, path)
    last = keys[-1]
    if not isinstance(parent, dict) or last not in parent:
        raise _unknown(path, last, parent)
    old_kind, new_kind = (_KINDS.get(str(name)) for name in (parent[last], new))
    if last == "name" and new_kind is not None and new_kind is not old_kind:
        parent.clear()
        parent.update(new_kind.model_validate({"name": new}).model_dump(mode="json"))
    parent[last] = new


def _child(parent: Any, key: str, path: str) -> Any:
    if not isinstance(parent, dict) or key not in parent:
        raise _unknown(path, key, parent)
    return parent[key]


def _unknown(path: str, key: str, parent: Any) -> ConfigError:
    known = ", ".join(sorted(parent)) if isinstance(parent, Mapping) else "no parts"
    return ConfigError(f"no setting {path!r}: {key!r} is not one of: {known}")


def _explain(error: ValidationError) -> str:
    parts = []
    for item in error.errors(include_url=False):
        where = ".".join(str(key) for key in item["loc"]) or "config"
        got = item["input"]
        shown = "" if isinstance(got, dict | BaseModel) else f"; got {got!r}"
        message = item["msg"].removeprefix("Value error, ")
        parts.append(f"{where}: {message}{shown}")
    return " | ".join(parts)

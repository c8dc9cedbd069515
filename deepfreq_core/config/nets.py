"""Which network and which first values: one model a kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from deepfreq_core.config.form import in_form
from deepfreq_core.config.part import Part

ActivationName = Literal[
    "tanh", "relu", "sigmoid", "gelu", "elu", "silu", "leaky_relu", "sin", "ricker"
]
_ACTIVATIONS = {
    **{"relu": "ReLU", "gelu": "GELU", "elu": "ELU", "silu": "SiLU", "leaky_relu": "leaky ReLU"},
    **{"sin": "sine", "ricker": "Ricker"},
}
_ACTIVATION = "The non-linear function after each hidden layer."
_WIDTH = "Neurons in each hidden layer."
_DEPTH = "Number of hidden layers. The order by depth needs at least two."
_HIDDEN = "Neurons of the hidden layer before the output."
_CHANNELS = "Channels of each block, or whether they double from stage to stage."


class StandardInit(Part):
    """A scheme whose scale follows the layer's own width."""

    name: Literal[
        "pytorch",
        "glorot_uniform",
        "glorot_normal",
        "he_uniform",
        "he_normal",
        "lecun_normal",
        "orthogonal",
    ] = Field(
        "pytorch",
        json_schema_extra=in_form(
            words={
                "pytorch": "PyTorch's default",
                "glorot_uniform": "Glorot uniform",
                "glorot_normal": "Glorot normal",
                "he_uniform": "He uniform",
                "he_normal": "He normal",
                "lecun_normal": "LeCun normal",
            }
        ),
    )


class NormalInit(Part):
    """All weights and biases from Normal(0, std)."""

    name: Literal["normal"] = Field(
        "normal", json_schema_extra=in_form(words={"normal": "normal, fixed width"})
    )
    std: float = Field(
        0.05,
        gt=0,
        le=10,
        title="Standard deviation",
        description="Standard deviation of every weight and bias.",
        json_schema_extra=in_form(in_sight=True, step=0.01),
    )


class PowerInit(Part):
    """All weights and biases from Normal(0, m₁^-t), m₁ the first hidden width (D10)."""

    name: Literal["power"] = Field(
        "power", json_schema_extra=in_form(words={"power": "normal, width from layer size"})
    )
    t: float = Field(
        0.5,
        ge=-2,
        le=4,
        title="Exponent t",
        description="Standard deviation = (first width) to the power −t; larger t means smaller "
        "weights.",
        json_schema_extra=in_form(in_sight=True, step=0.1),
    )


InitConfig: TypeAlias = Annotated[
    StandardInit | NormalInit | PowerInit, Field(discriminator="name")
]


class _Layered(ABC):
    """A network with hidden layers, known by name before it is built."""

    @property
    @abstractmethod
    def layer_names(self) -> tuple[str, ...]:
        """Names of the hidden layers 1…L, in order; each kind has its own."""

    @property
    def n_layers(self) -> int:
        """L, the number of hidden layers; of an image network, of its cuts."""
        return len(self.layer_names)


class MlpConfig(_Layered, Part):
    """Fully connected network with a linear output; its hidden layers are equal, or as listed."""

    name: Literal["mlp"] = Field("mlp", json_schema_extra=in_form(words={"mlp": "fully connected"}))
    depth: int = Field(
        5,
        ge=1,
        le=64,
        title="Depth",
        description=_DEPTH,
        json_schema_extra=in_form(in_sight=True),
    )
    width: int = Field(
        500,
        ge=1,
        le=8192,
        title="Width",
        description=_WIDTH,
        json_schema_extra=in_form(in_sight=True, step=50),
    )
    widths: tuple[int, ...] | None = Field(
        None,
        min_length=1,
        max_length=64,
        title="Widths one by one",
        description="Neurons of each hidden layer, separated by commas, instead of one width for "
        "all; as many as the depth. Empty means equal layers.",
        json_schema_extra=in_form(empty="equal layers"),
    )
    activation: ActivationName = Field(
        "tanh",
        title="Activation",
        description=_ACTIVATION,
        json_schema_extra=in_form(in_sight=True, words=_ACTIVATIONS),
    )
    sin_frequency: float = Field(
        1.0,
        gt=0,
        le=1000,
        title="ω of sin(ωx)",
        description="Frequency inside the activation sin; the others have none.",
    )
    ricker_width: float = Field(
        0.3,
        gt=0,
        le=100,
        title="Width of the Ricker function",
        description="a of the activation ricker, whose spectrum peaks at 0.225/a cycles; the "
        "others have none.",
        json_schema_extra=in_form(step=0.1),
    )
    init: InitConfig = Field(
        StandardInit(),
        title="Initialisation",
        description="How weights are drawn before training. It decides the order before training, "
        "and whether it can turn. The paper does not name its own.",
        json_schema_extra=in_form(in_sight=True),
    )
    residual: bool = Field(
        False,
        title="Skip connections",
        description="From the second hidden layer on, each layer's input is added to its output.",
    )
    antisymmetric: bool = Field(
        False,
        title="Antisymmetric start",
        description="Two copies whose outputs cancel, so that the network starts at zero.",
    )

    @property
    def layer_widths(self) -> tuple[int, ...]:
        """Neurons of hidden layers 1…L, of one copy."""
        return self.widths or (self.width,) * self.depth

    @model_validator(mode="before")
    @classmethod
    def _depth_of_widths(cls, value: object) -> object:
        """Widths alone say the depth, too."""
        if isinstance(value, dict) and value.get("widths") and "depth" not in value:
            return {**value, "depth": len(value["widths"])}
        return value

    @model_validator(mode="after")
    def _widths_fit(self) -> MlpConfig:
        widths = self.widths
        if widths is None:
            return self
        if len(widths) != self.depth:
            raise ValueError(
                f"widths has {len(widths)} values and depth is {self.depth}. Give one for each "
                "hidden layer, or leave widths out"
            )
        if not all(1 <= width <= 8192 for width in widths):
            raise ValueError(f"widths is {list(widths)}; allowed are 1 to 8192 neurons each")
        if self.residual and len(set(widths)) > 1:
            raise ValueError(
                f"residual adds a layer's input to its output, and widths is {list(widths)}. Use "
                "equal widths, or residual false"
            )
        return self

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the hidden layers."""
        return _numbered("layer", self.depth)


class ResNetConfig(_Layered, Part):
    """A variant of ResNet18 with 1 to 4 stages; images only."""

    name: Literal["resnet"] = Field(
        "resnet", json_schema_extra=in_form(words={"resnet": "ResNet18 variant"})
    )
    stages: int = Field(
        4,
        ge=1,
        le=4,
        title="Stages",
        description="Residual stages kept, 1 to 4: the depth.",
    )
    blocks: int = Field(
        2, ge=1, le=8, title="Blocks a stage", description="Residual blocks in each stage."
    )
    width: int = Field(
        64,
        ge=1,
        le=256,
        title="Width",
        description=_WIDTH,
        json_schema_extra=in_form(in_sight=True, step=50),
    )
    channels: Literal["doubling", "equal"] = Field(
        "doubling", title="Channels", description=_CHANNELS
    )
    hidden_width: int = Field(
        128,
        ge=1,
        le=8192,
        title="Hidden layer after the cut",
        description=_HIDDEN,
        json_schema_extra=in_form(step=32),
    )

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the cuts."""
        return _numbered("stage", self.stages)


class CnnConfig(_Layered, Part):
    """A small convolutional network: blocks of one 3×3 convolution and a pooling; images only."""

    name: Literal["cnn"] = Field(
        "cnn", json_schema_extra=in_form(words={"cnn": "small convolutional net"})
    )
    channels: tuple[int, ...] = Field(
        (32, 64), min_length=1, max_length=5, title="Channels", description=_CHANNELS
    )
    hidden_width: int = Field(
        400,
        ge=1,
        le=8192,
        title="Hidden layer after the cut",
        description=_HIDDEN,
        json_schema_extra=in_form(step=32),
    )
    activation: ActivationName = Field(
        "relu",
        title="Activation",
        description=_ACTIVATION,
        json_schema_extra=in_form(in_sight=True, words=_ACTIVATIONS),
    )

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the cuts: the blocks and the hidden layer."""
        return (*_numbered("conv", len(self.channels)), "hidden layer")


class VggConfig(_Layered, Part):
    """VGG16 with one hidden layer; images only."""

    name: Literal["vgg16"] = Field("vgg16", json_schema_extra=in_form(words={"vgg16": "VGG16"}))
    width: int = Field(
        64,
        ge=1,
        le=256,
        title="Width",
        description=_WIDTH,
        json_schema_extra=in_form(in_sight=True, step=50),
    )
    hidden_width: int = Field(
        1024,
        ge=1,
        le=8192,
        title="Hidden layer after the cut",
        description=_HIDDEN,
        json_schema_extra=in_form(step=32),
    )

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the cuts: five blocks and the hidden layer."""
        return (*_numbered("conv", 5), "hidden layer")


class VitConfig(_Layered, Part):
    """A small Vision Transformer; images only."""

    name: Literal["vit"] = Field(
        "vit", json_schema_extra=in_form(words={"vit": "Vision Transformer"})
    )
    depth: int = Field(
        6,
        ge=1,
        le=24,
        title="Depth",
        description=_DEPTH,
        json_schema_extra=in_form(in_sight=True),
    )
    width: int = Field(
        64,
        ge=4,
        le=1024,
        title="Width",
        description=_WIDTH,
        json_schema_extra=in_form(in_sight=True, step=50),
    )
    heads: int = Field(
        4, ge=1, le=32, title="Attention heads", description="Must divide the width."
    )
    patch: int = Field(4, ge=1, le=32, title="Patch", description="Side of a patch in pixels.")

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the cuts."""
        return _numbered("block", self.depth)

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


def layer_names(net: NetConfig) -> tuple[str, ...]:
    """Names of the raw input (layer 0) and of hidden layers 1…L, (L+1,)."""
    return ("input", *net.layer_names)


def _numbered(word: str, n: int) -> tuple[str, ...]:
    return tuple(f"{word} {index}" for index in range(1, n + 1))

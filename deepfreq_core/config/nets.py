"""Which network and which first values: one model a kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from deepfreq_core.config.part import Part

ActivationName = Literal[
    "tanh", "relu", "sigmoid", "gelu", "elu", "silu", "leaky_relu", "sin", "ricker"
]


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
    ] = "pytorch"


class NormalInit(Part):
    """All weights and biases from Normal(0, std)."""

    name: Literal["normal"] = "normal"
    std: float = Field(0.05, gt=0, le=10, description="Standard deviation of every parameter.")


class PowerInit(Part):
    """All weights and biases from Normal(0, m₁^-t), m₁ the first hidden width (D10)."""

    name: Literal["power"] = "power"
    t: float = Field(0.5, ge=-2, le=4, description="Exponent t in std = m₁^-t.")


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

    name: Literal["mlp"] = "mlp"
    depth: int = Field(5, ge=1, le=64, description="Number of hidden layers.")
    width: int = Field(500, ge=1, le=8192, description="Neurons in each hidden layer.")
    widths: tuple[int, ...] | None = Field(
        None,
        min_length=1,
        max_length=64,
        title="Widths one by one",
        description="Neurons of each hidden layer, separated by commas, instead of one width for "
        "all; as many as the depth. Empty means equal layers.",
    )
    activation: ActivationName = "tanh"
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
    )
    init: InitConfig = StandardInit()
    residual: bool = Field(
        False, description="From the second hidden layer on, add each layer's input to its output."
    )
    antisymmetric: bool = Field(
        False, description="Two copies whose outputs cancel at the start (ASI): f = 0 at step 0."
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
    def layer_names(self) -> tuple[str, ...]:
        """Names of the cuts."""
        return _numbered("stage", self.stages)


class CnnConfig(_Layered, Part):
    """A small convolutional network: blocks of one 3×3 convolution and a pooling; images only."""

    name: Literal["cnn"] = "cnn"
    channels: tuple[int, ...] = Field(
        (32, 64), min_length=1, max_length=5, description="Channels of each block."
    )
    hidden_width: int = Field(400, ge=1, le=8192, description="Neurons of the hidden layer.")
    activation: ActivationName = "relu"

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the cuts: the blocks and the hidden layer."""
        return (*_numbered("conv", len(self.channels)), "hidden layer")


class VggConfig(_Layered, Part):
    """VGG16 with one hidden layer; images only."""

    name: Literal["vgg16"] = "vgg16"
    width: int = Field(64, ge=1, le=256, description="Channels of the first block.")
    hidden_width: int = Field(1024, ge=1, le=8192, description="Neurons of the hidden layer.")

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the cuts: five blocks and the hidden layer."""
        return (*_numbered("conv", 5), "hidden layer")


class VitConfig(_Layered, Part):
    """A small Vision Transformer; images only."""

    name: Literal["vit"] = "vit"
    depth: int = Field(6, ge=1, le=24, description="Encoder blocks.")
    width: int = Field(64, ge=4, le=1024, description="Width of a token.")
    heads: int = Field(4, ge=1, le=32, description="Attention heads; must divide the width.")
    patch: int = Field(4, ge=1, le=32, description="Side of a patch, in pixels.")

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

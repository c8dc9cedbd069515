"""Which network and which first values: one model a kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from deepfreq_core.config.part import Part

ActivationName = Literal["tanh", "relu", "sigmoid", "gelu", "elu", "silu", "leaky_relu", "sin"]


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

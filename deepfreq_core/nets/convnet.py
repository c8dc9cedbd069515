"""Plain convolutional networks: blocks of 3×3 convolutions and a pooling, then hidden layers.

Source: paper 2 (Xu et al., arXiv:1901.06523) fig. 3: a small one, conv 32 – pool – conv 64 – pool –
400 – 10, and VGG16 with a hidden layer of 1,024. Padding 1 and batch normalisation in VGG16 are our
reading.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepfreq_core.config import CnnConfig, VggConfig
from deepfreq_core.nets.activations import ACTIVATIONS
from deepfreq_core.nets.base import Network
from deepfreq_core.nets.images import as_images, features, image_shape, seeded_defaults

# Convolutions in each block of VGG16, and channels in units of the first block's.
_VGG16 = ((2, 1), (2, 2), (3, 4), (3, 8), (3, 8))


def build_cnn(
    config: CnnConfig, input_shape: tuple[int, ...], n_outputs: int, generator: torch.Generator
) -> Network:
    """The small network of this config, on the CPU."""
    shape = image_shape(config.name, input_shape)
    blocks = [(1, width) for width in config.channels]
    with seeded_defaults(generator):
        return ConvNet(config, shape, n_outputs, blocks, config.activation, normalised=False)


def build_vgg(
    config: VggConfig, input_shape: tuple[int, ...], n_outputs: int, generator: torch.Generator
) -> Network:
    """VGG16 with this config's widths, on the CPU."""
    shape = image_shape(config.name, input_shape)
    blocks = [(n, config.width * factor) for n, factor in _VGG16]
    with seeded_defaults(generator):
        return ConvNet(config, shape, n_outputs, blocks, "relu", normalised=True)


class ConvNet(Network):
    """Blocks of convolutions, each followed by a 2×2 pooling, then one hidden layer."""

    def __init__(
        self,
        config: CnnConfig | VggConfig,
        shape: tuple[int, int, int],
        n_outputs: int,
        blocks: Sequence[tuple[int, int]],
        activation: str,
        *,
        normalised: bool,
    ) -> None:
        super().__init__()
        self.layer_names = config.layer_names
        self._shape = shape
        self._activation = ACTIVATIONS[activation]
        channels, height, width = shape
        stacks = []
        for n, block_width in blocks:
            convolutions = []
            for _ in range(n):
                layers: list[nn.Module] = [nn.Conv2d(channels, block_width, 3, padding=1)]
                if normalised:
                    layers.append(nn.BatchNorm2d(block_width))
                convolutions.append(nn.Sequential(*layers))
                channels = block_width
            stacks.append(nn.ModuleList(convolutions))
            height, width = max(1, height // 2), max(1, width // 2)
        self.blocks = nn.ModuleList(stacks)
        self.hidden = nn.Linear(channels * height * width, config.hidden_width)
        self.last = nn.Linear(config.hidden_width, n_outputs)

    def forward_layers(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Block outputs averaged to 4×4, the hidden layer, and the network output, (n, c)."""
        h = as_images(x, self._shape)
        outputs = []
        for block in self.blocks:
            h = self._block(block, h)
            outputs.append(features(h))
        hidden = self._activation(self.hidden(h.flatten(1)))
        return [*outputs, hidden], self.last(hidden)

    def layer_weights(self) -> Sequence[Sequence[Tensor]]:
        """Convolution weights by block, then those of the hidden layer and the output."""
        blocks = [
            [module.weight for module in block.modules() if isinstance(module, nn.Conv2d)]
            for block in self.blocks
        ]
        return [*blocks, [self.hidden.weight], [self.last.weight]]

    def precondition_parameters(self, layer: int) -> list[nn.Parameter]:
        """Parameters of the first blocks; of the hidden layer too where all come before."""
        parts = [*self.blocks, self.hidden][:layer]
        return [p for part in parts for p in part.parameters()]

    def _block(self, block: nn.Module, h: Tensor) -> Tensor:
        for convolution in block.children():
            h = self._activation(convolution(h))
        # Images of 8×8 run out of pixels before VGG16 runs out of blocks.
        return nn.functional.max_pool2d(h, 2) if min(h.shape[-2:]) >= 2 else h

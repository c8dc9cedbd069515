"""A small Vision Transformer: patches, `depth` equal encoder blocks, mean over the tokens.

Every block has the same width, so its cuts are of equal dimension. Built on
torch.nn.TransformerEncoderLayer (pre-norm). Sizes are ours: small enough for two CPU cores.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepfreq_core.config import VitConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.nets.base import Network
from deepfreq_core.nets.images import as_images, image_shape, seeded_defaults


def build_vit(
    config: VitConfig, input_shape: tuple[int, ...], n_outputs: int, generator: torch.Generator
) -> Network:
    """The network of this config, on the CPU.

    Raises:
        ConfigError: The patches do not tile the image.
    """
    shape = image_shape(config.name, input_shape)
    if shape[1] % config.patch or shape[2] % config.patch:
        raise ConfigError(
            f"net.patch is {config.patch} and the images are {shape[1]}×{shape[2]}. Use a patch "
            "that divides both, e.g. 4"
        )
    with seeded_defaults(generator):
        return Vit(config, shape, n_outputs)


class Vit(Network):
    """Patch embedding with learned positions, encoder blocks, norm, mean token, linear output."""

    def __init__(self, config: VitConfig, shape: tuple[int, int, int], n_outputs: int) -> None:
        super().__init__()
        self.layer_names = config.layer_names
        self._shape = shape
        n_tokens = (shape[1] // config.patch) * (shape[2] // config.patch)
        self.embed = nn.Conv2d(shape[0], config.width, config.patch, stride=config.patch)
        self.positions = nn.Parameter(0.02 * torch.randn(1, n_tokens, config.width))
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                config.width,
                config.heads,
                2 * config.width,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(config.depth)
        )
        self.norm = nn.LayerNorm(config.width)
        self.last = nn.Linear(config.width, n_outputs)

    def forward_layers(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Mean tokens after each block, (n, width), and the network output, (n, c)."""
        tokens = self.embed(as_images(x, self._shape)).flatten(2).transpose(1, 2) + self.positions
        outputs = []
        for block in self.blocks:
            tokens = block(tokens)
            outputs.append(tokens.mean(1))
        return outputs, self.last(self.norm(tokens).mean(1))

    def precondition_parameters(self, layer: int) -> list[nn.Parameter]:
        """Parameters of the patch embedding and the first blocks."""
        if layer == 0:
            return []
        parts = [self.embed, *self.blocks[:layer]]
        return [self.positions, *(p for part in parts for p in part.parameters())]

    def layer_weights(self) -> Sequence[Sequence[Tensor]]:
        """Weight matrices by block, then the output's."""
        blocks = [
            [parameter for parameter in block.parameters() if parameter.ndim > 1]
            for block in self.blocks
        ]
        return [*blocks, [self.last.weight]]

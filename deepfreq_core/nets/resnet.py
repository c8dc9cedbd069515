"""Variants of ResNet18 that differ in depth alone: same stem, same learning component.

Source: the repository of Xu & Zhou (AAAI 2021) names four variants of Resnet18. How many blocks
each keeps, and where it is cut, was not found: the number of stages (1…4, of two blocks each), the
3×3 stem usual for 32×32 images and the learning component (4×4 average, one hidden layer) are our
reading.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from deepfreq_core.config import ResNetConfig
from deepfreq_core.nets.base import Network
from deepfreq_core.nets.images import GRID, as_images, features, image_shape, seeded_defaults


def build_resnet(
    config: ResNetConfig, input_shape: tuple[int, ...], n_outputs: int, generator: torch.Generator
) -> Network:
    """The network of this config, on the CPU."""
    shape = image_shape(config.name, input_shape)
    with seeded_defaults(generator):
        return ResNet(config, shape, n_outputs)


class ResNet(Network):
    """Stem, `stages` stages of residual blocks, average to 4×4, one hidden layer, output."""

    def __init__(self, config: ResNetConfig, shape: tuple[int, int, int], n_outputs: int) -> None:
        super().__init__()
        self.layer_names = config.layer_names
        self._shape = shape
        widths = [_width(config, index) for index in range(config.stages)]
        self.stem = nn.Sequential(
            nn.Conv2d(shape[0], widths[0], 3, padding=1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(),
        )
        stages = []
        before = widths[0]
        for index, width in enumerate(widths):
            stages.append(_stage(before, width, stride=1 if index == 0 else 2, n=config.blocks))
            before = width
        self.stages = nn.ModuleList(stages)
        # Each stage after the first halves the maps, odd sizes rounded up.
        grid_rows, grid_columns = (min(GRID, -(-size >> (config.stages - 1))) for size in shape[1:])
        self.learning = nn.Sequential(
            nn.Linear(before * grid_rows * grid_columns, config.hidden_width),
            nn.ReLU(),
            nn.Linear(config.hidden_width, n_outputs),
        )

    def forward_layers(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Outputs of the stages, averaged to 4×4 and flattened, and the network output, (n, c)."""
        h = self.stem(as_images(x, self._shape))
        outputs = []
        for stage in self.stages:
            h = stage(h)
            outputs.append(features(h))
        return outputs, self.learning(outputs[-1])

    def forward(self, x: Tensor) -> Tensor:
        """Network output, (n, c), without the averages of the stages in between."""
        h = self.stem(as_images(x, self._shape))
        for stage in self.stages:
            h = stage(h)
        output: Tensor = self.learning(features(h))
        return output

    def layer_weights(self) -> Sequence[Sequence[Tensor]]:
        """Convolution weights by stage, then the weights of the learning component."""
        return [_weights(part) for part in (*self.stages, self.learning)]

    def precondition_parameters(self, layer: int) -> list[nn.Parameter]:
        """Parameters of the stem and the first stages."""
        parts = [self.stem, *self.stages[:layer]] if layer else []
        return [p for part in parts for p in part.parameters()]


def _width(config: ResNetConfig, index: int) -> int:
    return config.width if config.channels == "equal" else config.width << index


def _stage(before: int, width: int, *, stride: int, n: int) -> nn.Sequential:
    shortcut = None
    if stride != 1 or before != width:
        shortcut = nn.Sequential(
            nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width)
        )
    first = BasicBlock(before, width, stride, shortcut)
    return nn.Sequential(first, *(BasicBlock(width, width) for _ in range(n - 1)))


def _weights(part: nn.Module) -> list[Tensor]:
    return [module.weight for module in part.modules() if isinstance(module, nn.Conv2d | nn.Linear)]

"""What the networks on images share: unflattening, features of equal grid, default first values."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch
import torch.nn.functional as F  # noqa: N812 - the name everybody uses
from torch import Tensor

from deepfreq_core.errors import ConfigError

GRID = 4


def image_shape(name: str, input_shape: tuple[int, ...]) -> tuple[int, int, int]:
    """(channels, height, width) of a sample.

    Raises:
        ConfigError: The samples are not images.
    """
    if len(input_shape) != 3:
        raise ConfigError(
            f"net.name is {name}, which takes images; this data set has samples of shape "
            f"{tuple(input_shape)}. Use mlp, or data with images (digits, mnist, cifar10)"
        )
    channels, height, width = input_shape
    return channels, height, width


def as_images(x: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Flattened samples (n, d) as (n, channels, height, width), channels last in memory."""
    return x.view(len(x), *shape).contiguous(memory_format=torch.channels_last)


def features(h: Tensor) -> Tensor:
    """Feature maps (n, channels, height, width) averaged to a 4×4 grid, flattened.

    Every cut then has 16 numbers a channel, whatever its resolution: squared distances grow with
    the number of dimensions, so cuts of unequal dimension are ordered before any training. Maps
    of 4×4 or smaller stay as they are.
    """
    if h.shape[-1] > GRID or h.shape[-2] > GRID:
        h = F.adaptive_avg_pool2d(h, GRID)
    return h.flatten(1)


@contextmanager
def seeded_defaults(generator: torch.Generator) -> Generator[None]:
    """Modules built inside draw PyTorch's default first values from this generator's seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator.initial_seed())
        yield

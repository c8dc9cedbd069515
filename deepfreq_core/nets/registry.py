"""Which network answers to which `net.name` of a config."""

from __future__ import annotations

import importlib
from typing import Any, Protocol

import torch

from deepfreq_core.config import NetConfig
from deepfreq_core.nets.base import Network

# name in the config -> "module:function"
_BUILDERS = {
    "mlp": "deepfreq_core.nets.mlp:build_mlp",
    "resnet": "deepfreq_core.nets.resnet:build_resnet",
    "cnn": "deepfreq_core.nets.convnet:build_cnn",
    "vgg16": "deepfreq_core.nets.convnet:build_vgg",
    "vit": "deepfreq_core.nets.vit:build_vit",
}


class Builder(Protocol):
    """Makes a network on the CPU; all its random numbers come from the generator."""

    def __call__(
        self,
        config: Any,
        input_shape: tuple[int, ...],
        n_outputs: int,
        generator: torch.Generator,
    ) -> Network:
        """The network of this config."""
        ...


def build(config: NetConfig, *, input_shape: tuple[int, ...], n_outputs: int, seed: int) -> Network:
    """The network that this config names, on the CPU, with its first values.

    Args:
        config: The `net` part of a run's config.
        input_shape: Shape of one sample before it was flattened, e.g. (3, 32, 32).
        n_outputs: c, the number of outputs.
        seed: Fixes the first values.

    Returns:
        The network.
    """
    module, _, name = _BUILDERS[config.name].partition(":")
    builder: Builder = getattr(importlib.import_module(module), name)
    generator = torch.Generator().manual_seed(seed)
    return builder(config, input_shape, n_outputs, generator)

"""First values of the parameters, drawn on the CPU from one generator.

Drawing on the CPU makes a seed mean the same network on every device.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import init

from deepfreq_core.config import InitConfig, NormalInit, PowerInit


def initialise(
    linear: nn.Linear, config: InitConfig, *, first_width: int, generator: torch.Generator
) -> None:
    """Fill one linear layer in place; weight first, then bias.

    Args:
        linear: The layer; on the CPU.
        config: The scheme. `normal` and `power` draw the biases like the weights, `pytorch` draws
            them from ±1/√fan_in, all others set them to 0.
        first_width: m₁, the width of the first hidden layer, that `power` takes its scale from.
        generator: Where the numbers come from.

    Source: `pytorch` is what torch.nn.Linear does by itself. `power` is the scheme of the
    authors' notebooks, std = m₁^-t for all parameters of all layers.
    """
    weight, bias = linear.weight, linear.bias
    with torch.no_grad():
        match config:
            case NormalInit(std=std):
                _normal(linear, std, generator)
            case PowerInit(t=t):
                _normal(linear, float(first_width) ** -t, generator)
            case _ if config.name == "pytorch":
                bound = 1 / math.sqrt(linear.in_features)
                weight.uniform_(-bound, bound, generator=generator)
                bias.uniform_(-bound, bound, generator=generator)
            case _:
                _scaled(linear, config.name, generator)
                bias.zero_()


def _normal(linear: nn.Linear, std: float, generator: torch.Generator) -> None:
    linear.weight.normal_(0, std, generator=generator)
    linear.bias.normal_(0, std, generator=generator)


def _scaled(linear: nn.Linear, name: str, generator: torch.Generator) -> None:
    weight = linear.weight
    match name:
        case "glorot_uniform":
            init.xavier_uniform_(weight, generator=generator)
        case "glorot_normal":
            init.xavier_normal_(weight, generator=generator)
        case "he_uniform":
            init.kaiming_uniform_(weight, nonlinearity="relu", generator=generator)
        case "he_normal":
            init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
        case "lecun_normal":
            weight.normal_(0, 1 / math.sqrt(linear.in_features), generator=generator)
        case "orthogonal":
            init.orthogonal_(weight, generator=generator)

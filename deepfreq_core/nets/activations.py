"""Activation functions by their name in the config."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

from deepfreq_core.config import MlpConfig

Activation: TypeAlias = Callable[[Tensor], Tensor]


def _sine(omega: float) -> Activation:
    return lambda z: torch.sin(omega * z)


def _ricker(a: float) -> Activation:
    """The Ricker function c (1 − (z/a)²) exp(−z²/(2a²)), c = 2 π^¼ / (30 a).

    Its spectrum ∝ a²k² exp(−a²k²/2) peaks at k = √2/a radians a unit.

    Source: the constant of the authors' book code (another version of theirs divides by π^¼).
    """
    height = 2 * math.pi**0.25 / (30 * a)

    def function(z: Tensor) -> Tensor:
        square = (z / a).square()
        value: Tensor = height * (1 - square) * torch.exp(-square / 2)
        return value

    return function


ACTIVATIONS: dict[str, Activation] = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "gelu": functional.gelu,
    "elu": functional.elu,
    "silu": functional.silu,
    "leaky_relu": functional.leaky_relu,
    "sin": torch.sin,
    "ricker": _ricker(0.3),
}


def activation(config: MlpConfig) -> Activation:
    """The function that this config names, with its parameter where it has one."""
    match config.activation:
        case "sin" if config.sin_frequency != 1:
            return _sine(config.sin_frequency)
        case "ricker":
            return _ricker(config.ricker_width)
        case name:
            return ACTIVATIONS[name]

"""Optimisers on one flat vector of parameters; their state is plain arrays by name.

Written out here because the whole state must be kept and taken up again bit for bit without
pickle, and because torch.optim takes more than a second to import. Tests compare each with its
namesake there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Tensor

from deepfreq_core.config import AdamConfig, OptimizerConfig, SgdConfig


class Optimiser(Protocol):
    """Changes a vector of parameters in place, step by step."""

    def step(self, values: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """One step; all vectors have the same length."""
        ...

    def state(self) -> dict[str, Tensor]:
        """What later steps depend on."""
        ...

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from such a state."""
        ...


class Adam:
    """m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², θ ← θ - η m̂ / (√v̂ + ε).

    Source: Kingma & Ba, arXiv:1412.6980, algorithm 1, with ε outside the corrected root as in
    torch.optim.Adam; β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    """

    def __init__(self, config: AdamConfig, values: Tensor) -> None:
        self._beta1, self._beta2, self._epsilon = 0.9, 0.999, 1e-8
        self._mean = torch.zeros_like(values)
        self._square = torch.zeros_like(values)
        self._root = torch.empty_like(values)
        self._steps = 0

    def step(self, values: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """One step of Adam."""
        self._steps += 1
        self._mean.lerp_(gradient, 1 - self._beta1)
        self._square.mul_(self._beta2).addcmul_(gradient, gradient, value=1 - self._beta2)
        correction1 = 1 - self._beta1**self._steps
        correction2 = math.sqrt(1 - self._beta2**self._steps)
        torch.sqrt(self._square, out=self._root)
        self._root.div_(correction2).add_(self._epsilon)
        values.addcdiv_(self._mean, self._root, value=-learning_rate / correction1)

    def state(self) -> dict[str, Tensor]:
        """Both moments and the number of steps."""
        return {"mean": self._mean, "square": self._square, "steps": torch.tensor(self._steps)}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from such a state."""
        self._mean.copy_(state["mean"])
        self._square.copy_(state["square"])
        self._steps = int(state["steps"])


class Sgd:
    """v ← μv + g (v = g at first), θ ← θ - ηv; with Nesterov θ ← θ - η(g + μv)."""

    def __init__(self, config: SgdConfig, values: Tensor) -> None:
        self._momentum = config.momentum
        self._nesterov = config.nesterov
        # Zero at first gives v = g in the first step, as torch.optim.SGD without dampening.
        self._velocity = torch.zeros_like(values if config.momentum else values[:0])

    def step(self, values: Tensor, gradient: Tensor, learning_rate: float) -> None:
        """One step of gradient descent."""
        if not self._momentum:
            values.add_(gradient, alpha=-learning_rate)
            return
        self._velocity.mul_(self._momentum).add_(gradient)
        if self._nesterov:
            values.add_(gradient, alpha=-learning_rate)
            values.add_(self._velocity, alpha=-learning_rate * self._momentum)
        else:
            values.add_(self._velocity, alpha=-learning_rate)

    def state(self) -> dict[str, Tensor]:
        """The velocity; empty without momentum."""
        return {"velocity": self._velocity}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from such a state."""
        self._velocity.copy_(state["velocity"])


_OPTIMISERS: dict[str, Callable[..., Optimiser]] = {"adam": Adam, "sgd": Sgd}


def build(config: OptimizerConfig, values: Tensor) -> Optimiser:
    """The optimiser that this config names, for a parameter vector like `values`."""
    return _OPTIMISERS[config.name](config, values)

"""Optimisers on one flat vector of parameters; their state is plain arrays by name.

Written out here because the whole state must be kept and taken up again bit for bit without
pickle, and because the first optimiser of torch.optim takes a second to make. Tests compare each
with its namesake there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Tensor

from deepfreq_core.config import AdamConfig, OptimizerConfig, SgdConfig


class Optimiser(Protocol):
    """Changes a vector of parameters in place, step by step.

    A step is in two parts, so that the one on the device can be recorded once and repeated
    (training/step_graph.py): `advance` counts, `step` works on tensors and nothing else.
    """

    def advance(self, learning_rate: float) -> Tensor:
        """Begin the next step: the numbers that set it apart from others, (k,), on the CPU."""
        ...

    def step(self, values: Tensor, gradient: Tensor, numbers: Tensor) -> None:
        """Do the step that `advance` began.

        Args:
            values: Parameters; changed in place.
            gradient: Of the same length; undefined afterwards.
            numbers: What `advance` returned, on the device of the others.
        """
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

    def advance(self, learning_rate: float) -> Tensor:
        """ε √(1-β₂ᵗ) and (1-β₁ᵗ) / (η √(1-β₂ᵗ)), which put both corrections into √v."""
        self._steps += 1
        root = math.sqrt(1 - self._beta2**self._steps)
        scale = (1 - self._beta1**self._steps) / (learning_rate * root)
        return torch.tensor([self._epsilon * root, scale])

    def step(self, values: Tensor, gradient: Tensor, numbers: Tensor) -> None:
        """One step of Adam."""
        shift, scale = numbers.unbind()
        self._mean.lerp_(gradient, 1 - self._beta1)
        self._square.mul_(self._beta2).addcmul_(gradient, gradient, value=1 - self._beta2)
        torch.sqrt(self._square, out=self._root)
        self._root.add_(shift).mul_(scale)
        values.addcdiv_(self._mean, self._root, value=-1)

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

    def advance(self, learning_rate: float) -> Tensor:
        """The learning rate."""
        return torch.tensor([learning_rate])

    def step(self, values: Tensor, gradient: Tensor, numbers: Tensor) -> None:
        """One step of gradient descent."""
        (rate,) = numbers.unbind()
        if not self._momentum:
            values.sub_(gradient.mul_(rate))
            return
        self._velocity.mul_(self._momentum).add_(gradient)
        if self._nesterov:
            values.sub_(gradient.add_(self._velocity, alpha=self._momentum).mul_(rate))
        else:
            torch.mul(self._velocity, rate, out=gradient)
            values.sub_(gradient)

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

"""Optimisers on one flat vector of parameters: torch.optim's, fused; their state is plain arrays.

The functions below the classes of torch.optim are called, because the state must be kept and taken
up again bit for bit without pickle, the first object of those classes takes a second to make, and
each of its steps 0.1 ms of Python (docs/training.md).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from deepfreq_core.config import AdamConfig, OptimizerConfig, SgdConfig


class Optimiser(Protocol):
    """Changes a vector of parameters in place, step by step.

    A step works on tensors that stay where they are and on nothing else, so that it can be
    recorded once and repeated (training/step_graph.py).
    """

    def step(self, values: Tensor, gradient: Tensor, rate: Tensor) -> None:
        """Do the next step.

        Args:
            values: Parameters; changed in place.
            gradient: Of the same length.
            rate: Learning rate, (), on the device of the others.
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
        self._mean = torch.zeros_like(values)
        self._square = torch.zeros_like(values)
        # float32 as torch counts, on the device, where a recorded step counts on; exact up to
        # 16 million steps, long after both corrections have become 1.
        self._steps = torch.zeros((), device=values.device)

    def step(self, values: Tensor, gradient: Tensor, rate: Tensor) -> None:
        """One step of Adam."""
        adam(
            [values], [gradient], [self._mean], [self._square], [], [self._steps], lr=rate,
            beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0, amsgrad=False, maximize=False,
            fused=True, capturable=values.is_cuda,
        )  # fmt: skip

    def state(self) -> dict[str, Tensor]:
        """Both moments and the number of steps."""
        return {"mean": self._mean, "square": self._square, "steps": self._steps.long()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Continue from such a state."""
        self._mean.copy_(state["mean"])
        self._square.copy_(state["square"])
        self._steps.copy_(state["steps"])


class Sgd:
    """v ← μv + g (v = g at first), θ ← θ - ηv; with Nesterov θ ← θ - η(g + μv)."""

    def __init__(self, config: SgdConfig, values: Tensor) -> None:
        self._momentum = config.momentum
        self._nesterov = config.nesterov
        # Zero at first gives v = g in the first step, as torch.optim.SGD without dampening.
        self._velocity = torch.zeros_like(values if config.momentum else values[:0])

    def step(self, values: Tensor, gradient: Tensor, rate: Tensor) -> None:
        """One step of gradient descent."""
        sgd(
            [values], [gradient], [self._velocity if self._momentum else None], lr=rate,
            momentum=self._momentum, nesterov=self._nesterov, dampening=0.0, weight_decay=0.0,
            maximize=False, fused=True,
        )  # fmt: skip

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

"""A network at one moment, as instruments see it.

Each thing is computed when it is first asked for, once for all instruments: output and loss of a
set of samples come from one pass, with hidden outputs and gradients where an instrument wants them.
Sets that hold the same samples under two names share their pass.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core.data import Dataset
from deepfreq_core.nets.base import Network
from deepfreq_core.training.losses import Objective, accuracy

MEASURED = "measured"  # the training samples whose loss and accuracy a measurement gives
TRAIN = "train"  # all training samples, in their own order
TEST = "test"
_ROWS = 4096  # samples at a time, so that memory holds outputs only once


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples that a network is looked at on, on its device.

    Attributes:
        x: (n, d).
        y: Targets, (n, c).
        labels: Classes, (n,), or None.
        slope: Derivatives of the targets by the input, (n, d), or None.
    """

    x: Tensor
    y: Tensor
    labels: Tensor | None = None
    slope: Tensor | None = None

    @classmethod
    def of(
        cls,
        data: Dataset,
        part: Literal["train", "test"],
        device: torch.device,
        rows: NDArray[np.int64] | slice = slice(None),
    ) -> Samples:
        """Some rows of the training or test samples of a data set."""

        def on_device(name: str) -> Any:
            array = getattr(data, f"{name}_{part}")
            return None if array is None else torch.from_numpy(array[rows]).to(device)

        return cls(*(on_device(name) for name in ("x", "y", "labels", "slope")))


@dataclass(frozen=True, slots=True)
class _Look:
    """One pass over one set of samples."""

    loss: float
    output: Tensor
    hidden: list[Tensor] | None
    gradient_norm: list[float] | None


class Snapshot:
    """See the module.

    Args:
        net: Gives the network, which is in evaluation mode while it is looked at.
        samples: Sets of samples by name.
        objective: What is told as the loss.
        at: The clock.
        member: Which of several seeds trained together; 0 for one alone.
        with_gradient: Names of sets whose pass also gives the gradient of the loss.
        outputs: Outputs that are known already, by the name of their set.
    """

    def __init__(
        self,
        net: Callable[[], Network],
        samples: Mapping[str, Samples],
        objective: Objective,
        *,
        at: float,
        member: int = 0,
        with_gradient: Collection[str] = (),
        outputs: Mapping[str, Tensor] | None = None,
    ) -> None:
        self._net = net
        self.samples = samples
        self.at = at
        self.member = member
        self._objective = objective
        self._with_gradient = with_gradient
        self._outputs = outputs or {}
        self._looks: dict[int, _Look] = {}

    @property
    def net(self) -> Network:
        """The network itself."""
        return self._net()

    def loss(self, name: str) -> float:
        """Mean loss on a set of samples."""
        return self._look(name).loss

    def accuracy(self, name: str) -> float | None:
        """Share of right answers on a set of samples; None without classes."""
        labels = self.samples[name].labels
        return None if labels is None else accuracy(self.output(name), labels)

    def output(self, name: str) -> Tensor:
        """The network's output on a set of samples, (n, c)."""
        return self._outputs[name] if name in self._outputs else self._look(name).output

    def answer(self, name: str) -> Tensor:
        """What the output says of the targets, (n, c): shares of the classes for cross-entropy."""
        return self._objective.answer(self.output(name))

    def layers(self, name: str) -> list[Tensor]:
        """Outputs of layers 0…L on a set of samples, each (n, width); layer 0 is the raw input."""
        hidden = self._look(name, with_hidden=True).hidden
        assert hidden is not None
        return [self.samples[name].x, *hidden]

    def gradient_norm(self, name: str) -> list[float]:
        """‖∂loss/∂W‖ (Frobenius) of hidden layers 1…L and the output, L + 1 values."""
        found = self._look(name).gradient_norm
        if found is None:
            self._with_gradient = {*self._with_gradient, name}
            del self._looks[id(self.samples[name])]
            return self.gradient_norm(name)
        return found

    def _look(self, name: str, *, with_hidden: bool = False) -> _Look:
        samples = self.samples[name]
        found = self._looks.get(id(samples))
        if found is None or (with_hidden and found.hidden is None):
            with_gradient = name in self._with_gradient
            found = self._pass(samples, with_gradient, with_hidden or with_gradient)
            self._looks[id(samples)] = found
        return found

    def _pass(self, samples: Samples, with_gradient: bool, with_hidden: bool) -> _Look:
        net, objective = self.net, self._objective
        was_training = net.training
        net.eval()  # batch normalisation by its running means, and leaving them as they are
        groups = net.layer_weights() if with_gradient else []
        weights = [weight for group in groups for weight in group]
        sums = [torch.zeros_like(weight) for weight in weights]
        total, hidden, outputs = 0.0, [], []
        with torch.set_grad_enabled(with_gradient or objective.takes_slope):
            for rows in torch.split(torch.arange(len(samples.x)), _ROWS):
                part = slice(int(rows[0]), int(rows[-1]) + 1)
                x, y = objective.inputs(samples.x[part]), samples.y[part]
                slope = None if samples.slope is None else samples.slope[part]
                layers, output = net.forward_layers(x)
                value = objective(output, y, x, slope) * (len(x) / len(samples.x))
                if with_gradient:
                    parts = torch.autograd.grad(value, weights, allow_unused=True)
                    for sum_, one in zip(sums, parts, strict=True):
                        if one is not None:  # the loss of a derivative does not see every weight
                            sum_.add_(one)
                total += float(value.detach())
                if with_hidden:
                    hidden.append([layer.detach() for layer in layers])
                outputs.append(output.detach())
        net.train(was_training)
        squares = iter([float(sum_.double().square().sum()) for sum_ in sums])
        norms = [math.sqrt(sum(next(squares) for _ in group)) for group in groups]
        return _Look(
            loss=total,
            output=torch.cat(outputs),
            hidden=[torch.cat(parts) for parts in zip(*hidden, strict=True)] if hidden else None,
            gradient_norm=norms if with_gradient else None,
        )

"""A network at one moment, as instruments see it.

Each thing is computed when it is first asked for, once for all instruments: hidden outputs and
loss of a set of samples come from one pass, with the gradients where an instrument wants them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core.data import Dataset
from deepfreq_core.nets.base import Network
from deepfreq_core.training.losses import Loss, accuracy

MEASURED = "measured"  # the training samples whose loss and accuracy a measurement gives
TEST = "test"
_ROWS = 4096  # samples at a time, so that memory holds outputs only once


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples that a network is looked at on, on its device.

    Attributes:
        x: (n, d).
        y: Targets, (n, c).
        labels: Classes, (n,), or None.
    """

    x: Tensor
    y: Tensor
    labels: Tensor | None = None

    @classmethod
    def of(
        cls,
        data: Dataset,
        part: Literal["train", "test"],
        device: torch.device,
        rows: NDArray[np.int64] | slice = slice(None),
    ) -> Samples:
        """Some rows of the training or test samples of a data set."""
        x, y, labels = (getattr(data, f"{name}_{part}") for name in ("x", "y", "labels"))
        return cls(
            torch.from_numpy(x[rows]).to(device),
            torch.from_numpy(y[rows]).to(device),
            None if labels is None else torch.from_numpy(labels[rows]).to(device),
        )


@dataclass(frozen=True, slots=True)
class _Look:
    """One pass over one set of samples."""

    loss: float
    output: Tensor
    hidden: list[Tensor]
    gradient_norm: list[float] | None


class Snapshot:
    """See the module.

    Args:
        net: Gives the network, which is in evaluation mode while it is looked at.
        samples: Sets of samples by name.
        loss: Mean loss of output and targets.
        at: The clock.
        member: Which of several seeds trained together; 0 for one alone.
        with_gradient: Names of sets whose pass also gives the gradient of the loss.
    """

    def __init__(
        self,
        net: Callable[[], Network],
        samples: Mapping[str, Samples],
        loss: Loss,
        *,
        at: float,
        member: int = 0,
        with_gradient: Collection[str] = (),
    ) -> None:
        self._net = net
        self.samples = samples
        self.at = at
        self.member = member
        self._loss = loss
        self._with_gradient = with_gradient
        self._looks: dict[str, _Look] = {}

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
        return None if labels is None else accuracy(self._look(name).output, labels)

    def output(self, name: str) -> Tensor:
        """The network's output on a set of samples, (n, c)."""
        return self._look(name).output

    def layers(self, name: str) -> list[Tensor]:
        """Outputs of layers 0…L on a set of samples, each (n, width); layer 0 is the raw input."""
        return [self.samples[name].x, *self._look(name).hidden]

    def gradient_norm(self, name: str) -> list[float]:
        """‖∂loss/∂W‖ (Frobenius) of hidden layers 1…L and the output, L + 1 values."""
        found = self._look(name).gradient_norm
        if found is None:
            self._with_gradient = {*self._with_gradient, name}
            del self._looks[name]
            return self.gradient_norm(name)
        return found

    def _look(self, name: str) -> _Look:
        if name not in self._looks:
            self._looks[name] = self._pass(self.samples[name], name in self._with_gradient)
        return self._looks[name]

    def _pass(self, samples: Samples, with_gradient: bool) -> _Look:
        net = self.net
        was_training = net.training
        net.eval()  # batch normalisation by its running means, and leaving them as they are
        groups = net.layer_weights() if with_gradient else []
        weights = [weight for group in groups for weight in group]
        sums = [torch.zeros_like(weight) for weight in weights]
        total, hidden, outputs = 0.0, [], []
        with torch.set_grad_enabled(with_gradient):
            parts_of = (torch.split(samples.x, _ROWS), torch.split(samples.y, _ROWS))
            for x, y in zip(*parts_of, strict=True):
                layers, output = net.forward_layers(x)
                value = self._loss(output, y) * (len(x) / len(samples.x))
                if with_gradient:
                    parts = torch.autograd.grad(value, weights)
                    for sum_, part in zip(sums, parts, strict=True):
                        sum_.add_(part)
                total += float(value.detach())
                hidden.append([layer.detach() for layer in layers])
                outputs.append(output.detach())
        net.train(was_training)
        squares = iter([float(sum_.double().square().sum()) for sum_ in sums])
        norms = [math.sqrt(sum(next(squares) for _ in group)) for group in groups]
        return _Look(
            loss=total,
            output=torch.cat(outputs),
            hidden=[torch.cat(parts) for parts in zip(*hidden, strict=True)],
            gradient_norm=norms if with_gradient else None,
        )

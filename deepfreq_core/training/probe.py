"""What is read off a network at one moment: loss, accuracy, gradients, layer outputs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from deepfreq_core.nets.base import Network
from deepfreq_core.training.losses import Loss, accuracy

_ROWS = 4096  # samples at a time


@dataclass(frozen=True, slots=True)
class Probe:
    """A network on one fixed set of samples.

    Attributes:
        loss: Mean loss.
        accuracy: Share of right answers; None without classes.
        gradient_norm: ‖∂loss/∂W‖ (Frobenius) of hidden layers 1…L and the output, L + 1 values.
        hidden: Outputs of hidden layers 1…L, each (n, width).
    """

    loss: float
    accuracy: float | None
    gradient_norm: list[float]
    hidden: list[Tensor]


def probe(net: Network, x: Tensor, y: Tensor, labels: Tensor | None, loss: Loss) -> Probe:
    """Look at a network without changing it.

    Args:
        net: The network.
        x: Samples, (n, d).
        y: Targets, (n, c).
        labels: Classes, (n,), or None.
        loss: Mean loss of output and targets.

    Returns:
        What was seen; hidden outputs are without gradient.
    """
    weights = net.layer_weights()
    flat = [weight for group in weights for weight in group]
    gradients = [torch.zeros_like(weight) for weight in flat]
    total, parts, outputs = 0.0, [], []
    for x_rows, y_rows in zip(torch.split(x, _ROWS), torch.split(y, _ROWS), strict=True):
        share = len(x_rows) / len(x)
        hidden, output = net.forward_layers(x_rows)
        value = loss(output, y_rows) * share
        for sum_, part in zip(gradients, torch.autograd.grad(value, flat), strict=True):
            sum_.add_(part)
        total += float(value.detach())
        parts.append([layer.detach() for layer in hidden])
        outputs.append(output.detach())
    squares = iter([float(gradient.double().square().sum()) for gradient in gradients])
    return Probe(
        loss=total,
        accuracy=None if labels is None else accuracy(torch.cat(outputs), labels),
        gradient_norm=[math.sqrt(sum(next(squares) for _ in group)) for group in weights],
        hidden=[torch.cat(layer) for layer in zip(*parts, strict=True)],
    )


def evaluate(
    net: Network, x: Tensor, y: Tensor, labels: Tensor | None, loss: Loss
) -> tuple[float, float | None]:
    """Mean loss, and accuracy where there are classes, on samples x (n, d), targets y (n, c)."""
    with torch.no_grad():
        output = torch.cat([net(rows) for rows in torch.split(x, _ROWS)])
        return float(loss(output, y)), None if labels is None else accuracy(output, labels)

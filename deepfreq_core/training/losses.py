"""Losses by their name in the config; each takes output and targets, (n, c) both."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor
from torch.nn import functional

Loss: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def mean_squared_error(output: Tensor, y: Tensor) -> Tensor:
    """Mean over samples and outputs of (output - y)²; a tenth of the sum over ten outputs."""
    return functional.mse_loss(output, y)


def cross_entropy(output: Tensor, y: Tensor) -> Tensor:
    """Mean over samples of -Σ y log softmax(output), y one-hot."""
    return functional.cross_entropy(output, y)


def _mean_squared_errors(output: Tensor, y: Tensor) -> Tensor:
    return (output - y).square().mean((1, 2))


def _cross_entropies(output: Tensor, y: Tensor) -> Tensor:
    return -(y * functional.log_softmax(output, dim=2)).sum(2).mean(1)


LOSSES: dict[str, Loss] = {"mse": mean_squared_error, "cross_entropy": cross_entropy}
# The same for each network of a stack: (S, n, c) both, to (S,).
LOSSES_OF_STACKS: dict[str, Loss] = {
    "mse": _mean_squared_errors,
    "cross_entropy": _cross_entropies,
}


def mean_answer_loss(name: str, y: Tensor) -> float:
    """Loss of the best answer that is the same for all samples, for targets y (n, c).

    For the squared error the mean of y; for cross-entropy logits that give the shares of the
    classes, which is the entropy of those.
    """
    y = y.double()
    answer = y.mean(0)
    if name == "cross_entropy":
        answer = answer.clamp_min(torch.finfo(answer.dtype).tiny).log()
    return float(LOSSES[name](answer.expand_as(y), y))


def accuracy(output: Tensor, labels: Tensor) -> float:
    """Share of samples whose largest output is that of their label; (n, c) and (n,)."""
    return float((output.argmax(dim=1) == labels).double().mean())

"""What a training makes small, by its name in the config."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


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


class Objective:
    """What a training makes small: a loss of outputs, of their derivatives by the input, or both.

    Args:
        name: Name in the config.
        is_stacked: Whether there is a leading axis of networks, each with a loss of its own.

    Attributes:
        takes_slope: Whether it needs derivatives; inputs then go through `inputs` first.

    Source: mean (h−f)² + mean (h′−f′)², weight 1 to 1 as in the authors' development branch, or the
    second term alone; in Fourier space that term has weight k².
    """

    def __init__(self, name: str, *, is_stacked: bool = False) -> None:
        squares = _mean_squared_errors if is_stacked else mean_squared_error
        entropies = _cross_entropies if is_stacked else cross_entropy
        self._of_values = {
            "mse": squares,
            "cross_entropy": entropies,
            "mse_derivative": squares,
        }.get(name)
        self._of_slopes = squares
        self._has_shares = name == "cross_entropy"
        self.takes_slope = name in {"mse_derivative", "derivative"}

    def inputs(self, x: Tensor) -> Tensor:
        """The samples as the network must be given them."""
        return x.detach().requires_grad_() if self.takes_slope else x

    def answer(self, output: Tensor) -> Tensor:
        """What an output says of its target, like it: softmax where it is compared as logits."""
        return output.softmax(-1) if self._has_shares else output

    def __call__(
        self, output: Tensor, y: Tensor, x: Tensor | None = None, slope: Tensor | None = None
    ) -> Tensor:
        """The loss, () or (S,).

        Args:
            output: Of the network, (n, 1) or (S, n, 1) where derivatives are taken, else (…, n, c).
            y: Targets, like the output.
            x: What `inputs` gave; needed for derivatives.
            slope: Derivatives of the targets, like x.
        """
        value = None if self._of_values is None else self._of_values(output, y)
        if not self.takes_slope:
            assert value is not None
            return value
        assert x is not None and slope is not None
        (found,) = torch.autograd.grad(output.sum(), x, create_graph=True)
        of_slopes = self._of_slopes(found, slope)
        return of_slopes if value is None else value + of_slopes


def mean_answer_loss(name: str, y: Tensor, slope: Tensor | None = None) -> float:
    """Loss of the best answer that is the same for all samples, for targets y (n, c).

    For the squared error the mean of y; for cross-entropy logits that give the shares of the
    classes, which is the entropy of those. The derivative of such an answer is 0.
    """
    y = y.double()
    answer = y.mean(0)
    if name == "cross_entropy":
        answer = answer.clamp_min(torch.finfo(answer.dtype).tiny).log()
        return float(cross_entropy(answer.expand_as(y), y))
    values = 0.0 if name == "derivative" else float(mean_squared_error(answer.expand_as(y), y))
    slopes = 0.0 if slope is None else float(slope.double().square().mean())
    return values + slopes


def accuracy(output: Tensor, labels: Tensor) -> float:
    """Share of samples whose largest output is that of their label; (n, c) and (n,)."""
    return float((output.argmax(dim=1) == labels).double().mean())

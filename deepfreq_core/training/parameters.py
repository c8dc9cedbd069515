"""All parameters of a network in one vector, and their gradient in another.

An optimiser step is then a handful of operations whatever the number of layers.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_ALIGN = 16  # numbers; keeps every matrix on a 64-byte boundary, as BLAS likes it


class FlatParameters:
    """A network's parameters, moved into one vector that they stay views of.

    Attributes:
        values: Parameters one after another, padded with zeros to 64-byte boundaries.
        gradient: Their gradient in the same places; `backward` adds to it.
    """

    def __init__(self, net: nn.Module) -> None:
        parameters = list(net.parameters())
        sizes = [-(-parameter.numel() // _ALIGN) * _ALIGN for parameter in parameters]
        self.values = torch.zeros(sum(sizes), device=parameters[0].device)
        self.gradient = torch.zeros_like(self.values)
        start = 0
        for parameter, size in zip(parameters, sizes, strict=True):
            here = slice(start, start + parameter.numel())
            with torch.no_grad():
                self.values[here] = parameter.flatten()
            parameter.data = self.values[here].view_as(parameter)
            parameter.grad = self.gradient[here].view_as(parameter)
            start += size

    def mask(self, parameters: Iterable[nn.Parameter]) -> Tensor:
        """A vector like `values`: 1 where a number belongs to one of these parameters, else 0."""
        chosen = torch.zeros_like(self.values)
        for parameter in parameters:
            start = parameter.storage_offset()
            chosen[start : start + parameter.numel()] = 1
        return chosen

    def set_gradient(self, loss: Tensor) -> None:
        """Fill `gradient` with that of a loss."""
        self.gradient.zero_()
        loss.backward()  # type: ignore[no-untyped-call]

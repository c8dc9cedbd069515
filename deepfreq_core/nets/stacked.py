"""Fully connected networks of one architecture, stacked: one operation serves all of them."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepfreq_core.nets.base import Network


class StackedLinear(nn.Linear):
    """S linear layers side by side: weight (S, out, in), bias (S, out).

    Args:
        linears: The layers; their values are copied.
    """

    def __init__(self, linears: Sequence[nn.Linear]) -> None:
        nn.Module.__init__(self)
        self.in_features, self.out_features = linears[0].in_features, linears[0].out_features
        self.weight = nn.Parameter(torch.stack([linear.weight.detach() for linear in linears]))
        self.bias = nn.Parameter(torch.stack([linear.bias.detach() for linear in linears]))

    def forward(self, input: Tensor) -> Tensor:
        """Each layer on its own samples, (S, n, in) to (S, n, out)."""
        return torch.baddbmm(self.bias.unsqueeze(2), self.weight, input.mT).mT


def stack(nets: Sequence[Network]) -> Network:
    """The networks as one that takes samples (S, n, d) and gives (S, n, c).

    Args:
        nets: Networks of one architecture whose parameters all belong to linear layers, and whose
            other operations treat every number, or the last axis, for itself.

    Returns:
        A network with the same names of parameters; each has a leading axis of length S.
    """
    stacked = copy.deepcopy(nets[0])
    for name, module in nets[0].named_modules():
        if isinstance(module, nn.Linear):
            parent, _, own = name.rpartition(".")
            linears = [net.get_submodule(name) for net in nets]
            together = StackedLinear([one for one in linears if isinstance(one, nn.Linear)])
            stacked.get_submodule(parent).register_module(own, together)
    return stacked

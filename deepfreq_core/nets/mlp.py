"""Fully connected networks: hidden layers with one activation, linear output."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils import skip_init

from deepfreq_core.config import MlpConfig
from deepfreq_core.nets.activations import activation
from deepfreq_core.nets.base import Network
from deepfreq_core.nets.initialisation import initialise


def build_mlp(
    config: MlpConfig, input_shape: tuple[int, ...], n_outputs: int, generator: torch.Generator
) -> Network:
    """The network of this config, on the CPU."""
    d = math.prod(input_shape)
    if config.antisymmetric:
        return AntisymmetricMlp(config, d, n_outputs, generator)
    return Mlp(config, d, n_outputs, generator)


class Mlp(Network):
    """h⁰ = x, hˡ = σ(Wˡ hˡ⁻¹ + bˡ) for l = 1…L, output Wᴸ⁺¹ hᴸ + bᴸ⁺¹.

    A residual network adds hˡ⁻¹ to the right side for l = 2…L, where the widths agree.
    """

    def __init__(
        self, config: MlpConfig, d: int, n_outputs: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.layer_names = config.layer_names
        self._activation = activation(config)
        self._residual = config.residual
        widths = config.layer_widths
        sizes = [d, *widths, n_outputs]
        self.linears = nn.ModuleList(
            skip_init(nn.Linear, size_in, size_out)  # type: ignore[no-untyped-call]
            for size_in, size_out in zip(sizes[:-1], sizes[1:], strict=True)
        )
        for linear in self._linears():
            initialise(linear, config.init, first_width=widths[0], generator=generator)

    def forward_layers(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Hidden outputs, L times (n, width), and the network output, (n, c)."""
        *hidden_linears, last = self._linears()
        outputs: list[Tensor] = []
        h = x
        for linear in hidden_linears:
            new = self._activation(linear(h))
            h = h + new if self._residual and outputs else new
            outputs.append(h)
        return outputs, last(h)

    def layer_weights(self) -> Sequence[Sequence[Tensor]]:
        """The L + 1 weight matrices, one to a group."""
        return [[linear.weight] for linear in self._linears()]

    def precondition_parameters(self, layer: int) -> list[nn.Parameter]:
        """Weights and biases of hidden layers 1…layer."""
        return [p for linear in self._linears()[:layer] for p in linear.parameters()]

    def _linears(self) -> list[nn.Linear]:
        return [linear for linear in self.linears if isinstance(linear, nn.Linear)]


class AntisymmetricMlp(Network):
    """Two equal copies whose outputs cancel at the start: f = f₁ + f₂, f = 0 at step 0 (ASI).

    The copies share the first values of all hidden layers; the second output layer starts as
    minus the first. Both are trained. Hidden layer l is the two copies' layers side by side,
    (n, 2·width).

    Source: the authors' book code (no factor 1/√2; the ASI paper, as we remember it, has one).
    """

    def __init__(
        self, config: MlpConfig, d: int, n_outputs: int, generator: torch.Generator
    ) -> None:
        super().__init__()
        self.layer_names = config.layer_names
        self.plus = Mlp(config, d, n_outputs, generator)
        self.minus = Mlp(config, d, n_outputs, generator)
        self.minus.load_state_dict(self.plus.state_dict())
        with torch.no_grad():
            for parameter in self.minus.linears[-1].parameters():
                parameter.neg_()

    def forward_layers(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Hidden outputs, L times (n, 2·width), and the network output, (n, c)."""
        plus, f_plus = self.plus.forward_layers(x)
        minus, f_minus = self.minus.forward_layers(x)
        hidden = [torch.cat(pair, dim=-1) for pair in zip(plus, minus, strict=True)]
        return hidden, f_plus + f_minus

    def layer_weights(self) -> Sequence[Sequence[Tensor]]:
        """The L + 1 groups, each the matrices of both copies."""
        pairs = zip(self.plus.layer_weights(), self.minus.layer_weights(), strict=True)
        return [[*plus, *minus] for plus, minus in pairs]

    def precondition_parameters(self, layer: int) -> list[nn.Parameter]:
        """Weights and biases of hidden layers 1…layer of both copies."""
        copies = (self.plus, self.minus)
        return [p for copy in copies for p in copy.precondition_parameters(layer)]

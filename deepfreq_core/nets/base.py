"""What every network offers beyond its output: its hidden layers, one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn


class Network(nn.Module, ABC):
    """A network with L hidden layers that can be cut after each of them.

    A subclass sets `layer_names` and defines `forward_layers` and `layer_weights`; nothing else
    in the project asks how it is built inside.

    Attributes:
        layer_names: Names of the hidden layers 1…L, in order.
    """

    layer_names: tuple[str, ...]

    @property
    def n_layers(self) -> int:
        """L, the number of hidden layers."""
        return len(self.layer_names)

    @abstractmethod
    def forward_layers(self, x: Tensor) -> tuple[list[Tensor], Tensor]:
        """Hidden outputs and network output for samples x.

        Args:
            x: Flattened samples, (n, d).

        Returns:
            The outputs of hidden layers 1…L, each flattened to (n, width of the layer), and the
            output of the network, (n, c).
        """
        ...

    @abstractmethod
    def layer_weights(self) -> Sequence[Sequence[Tensor]]:
        """Weights of hidden layers 1…L, then of the output: L + 1 groups of parameters."""
        ...

    @abstractmethod
    def precondition_parameters(self, layer: int) -> list[nn.Parameter]:
        """Parameters of the precondition up to hidden layer `layer`; what follows learns on top."""
        ...

    def forward(self, x: Tensor) -> Tensor:
        """Network output, (n, d) to (n, c)."""
        return self.forward_layers(x)[1]

    def hidden_outputs(self, x: Tensor) -> list[Tensor]:
        """Outputs of hidden layers l = 1…L, each (n, width of the layer)."""
        return self.forward_layers(x)[0]

    @property
    def n_parameters(self) -> int:
        """Number of trained numbers."""
        return sum(parameter.numel() for parameter in self.parameters())

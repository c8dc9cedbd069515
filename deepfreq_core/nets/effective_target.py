"""Cutting a network after a layer: the effective target function.

Layers are counted once and for all here: `layer=0` is the raw input, l = 1…L are the hidden
layers. The network up to layer l is the *precondition*, what follows is the *learning* component.
The effective target of layer l is the data {(output of layer l at xᵢ, yᵢ)} that the learning
component must fit: the same labels, the layer's outputs in place of the inputs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from deepfreq_core.nets.base import Network

_ROWS = 4096  # samples at a time, so that memory holds outputs only once


def layer_outputs(net: Network, x: Tensor) -> list[Tensor]:
    """Outputs of layers 0…L on samples x (n, d): L + 1 tensors (n, width), without gradient."""
    with torch.no_grad():
        parts = [net.hidden_outputs(rows) for rows in torch.split(x, _ROWS)]
    return [x, *(torch.cat(layer) for layer in zip(*parts, strict=True))]

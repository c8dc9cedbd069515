"""Networks that hand out the output of every hidden layer. `build` makes the one a config names."""

from deepfreq_core.nets.base import Network
from deepfreq_core.nets.registry import build

__all__ = ["Network", "build"]

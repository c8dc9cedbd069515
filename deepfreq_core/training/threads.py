"""How many threads a training step on the processor is worth: a function of its size alone.

Never of a clock: another number of threads adds up in another order, and a config must give the
same numbers, bit for bit, whenever it is run on a machine.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from deepfreq_core.nets.base import Network

# Floating-point operations of a step's products for each thread: below, waking a thread and
# waiting for it costs more than it brings (measured: docs/benchmarks-training.md).
WORK = 4e8
_PASSES = 3  # forward, and backward for inputs and weights


def threads_for(net: Network, sample: Tensor, n_samples: int) -> int:
    """Threads for a step of a network, at most as many as torch may use here.

    Args:
        net: The network, or a stack of them.
        sample: One sample as it takes it, on its device.
        n_samples: Samples of a step.
    """
    limit = torch.get_num_threads()
    if limit == 1 or sample.device.type != "cpu":
        return limit
    training = net.training
    net.eval()  # batch normalisation leaves its running means as they are
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        net(sample)
    net.train(training)
    work = _PASSES * counter.get_total_flops() * n_samples
    return max(1, min(limit, int(work / WORK)))


@contextmanager
def torch_threads(n_threads: int) -> Generator[None, None, None]:
    """Torch on this many threads when called from this one; as before afterwards.

    Yields:
        Nothing.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)

"""A recorder for the CPU that obeys the rules of a CUDA graph.

Recording changes nothing. Repeating starts the recorded operations on the recorded memory and runs
no Python of the work: what was not a tensor stays as it was. Waiting for the device is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from deepfreq_core.training.step_graph import Work


class Tape:
    """Records on the CPU; counts what it did.

    Attributes:
        n_runs: Times that work was done without a recording.
        n_repeats: Times that a recording was repeated.
    """

    def __init__(self) -> None:
        self.n_runs = 0
        self.n_repeats = 0

    def run(self, work: Work) -> None:
        self.n_runs += 1
        work()

    def record(self, work: Work) -> Work:
        with _Recording() as recording:
            work()
        recording.undo()

        def repeat() -> None:
            self.n_repeats += 1
            recording.repeat()

        return repeat


class _Recording(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self._calls: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], Any]] = []
        self._made: set[int] = set()  # storages that came into being here
        self._before: dict[int, tuple[Tensor, Tensor]] = {}

    def __torch_dispatch__(
        self, function: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if function is torch.ops.aten._local_scalar_dense.default:
            raise RuntimeError("a number was read from the device while it was recorded")
        kwargs = kwargs or {}
        for tensor in _tensors((args, kwargs)):
            if _place(tensor) not in self._made | self._before.keys():
                whole = tensor.detach().as_strided((_length(tensor),), (1,), 0)
                self._before[_place(tensor)] = (whole, whole.clone())
        result = function(*args, **kwargs)
        inputs = {_place(tensor) for tensor in _tensors((args, kwargs))}
        self._made |= {_place(tensor) for tensor in _tensors(result)} - inputs
        self._calls.append((function, args, kwargs, result))
        return result

    def undo(self) -> None:
        for whole, before in self._before.values():
            whole.copy_(before)

    def repeat(self) -> None:
        with torch.no_grad():
            for function, args, kwargs, result in self._calls:
                again = function(*args, **kwargs)
                for kept, new in zip(_tensors(result), _tensors(again), strict=True):
                    if _place(kept) != _place(new):
                        kept.copy_(new)


def _tensors(value: Any) -> list[Tensor]:
    return [leaf for leaf in tree_leaves(value) if isinstance(leaf, Tensor)]


def _place(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _length(tensor: Tensor) -> int:
    return tensor.untyped_storage().nbytes() // tensor.element_size()

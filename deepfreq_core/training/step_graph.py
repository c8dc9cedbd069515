"""A training step on a GPU, recorded once and then started with one call (a CUDA graph).

A step of a small network is dozens of short operations, and we expect a GPU to wait for each to be
started (not measured yet: docs/training.md). The recording starts the same operations on the same
memory, so the numbers are those of the step itself. Source: PyTorch's notes on CUDA graphs, whose
rules (three steps first on a stream of its own, then the recording) are kept here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import torch
from torch import Tensor

from deepfreq_core import settings

_log = logging.getLogger(__name__)

_WARM_UP = 3  # steps before the recording, in which libraries choose methods and take memory

Work: TypeAlias = Callable[[], None]


class Recorder(Protocol):
    """Runs work on a device and records it there."""

    def run(self, work: Work) -> None:
        """Do the work once."""
        ...

    def record(self, work: Work) -> Work:
        """Note down what the work starts, without doing it; calling the result does it."""
        ...


class CudaRecorder:
    """Records on a stream of its own, in order with the current one."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def run(self, work: Work) -> None:
        """Do the work once, on the stream that is recorded later."""
        current = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(current)
        with torch.cuda.stream(self._stream):
            work()
        current.wait_stream(self._stream)

    def record(self, work: Work) -> Work:
        """A CUDA graph of the work."""
        graph = torch.cuda.CUDAGraph()
        # Other threads of the worker may use the device meanwhile.
        with torch.cuda.graph(graph, stream=self._stream, capture_error_mode="thread_local"):
            work()
        return graph.replay


class StepGraph:
    """One function of a few tensors, recorded at its fourth call and repeated from then on.

    Args:
        function: Reads nothing that changes between calls but its arguments and tensors that
            stay where they are; gives nothing back; never waits for the device.
        device: Where it works.
        recorder: What records there.
    """

    def __init__(
        self, function: Callable[..., None], device: torch.device, recorder: Recorder
    ) -> None:
        self._function = function
        self._device = device
        self._recorder = recorder
        self._inputs: list[Tensor] = []
        self._calls = 0
        self._repeat: Work | None = None
        self._fails = False

    def __call__(self, *arguments: Tensor) -> None:
        """Do what the function does with arguments of the same shapes as in the first call."""
        self._put(arguments)
        if self._repeat is None and not self._fails and self._calls >= _WARM_UP:
            self._record()
        if self._repeat is None:
            self._recorder.run(self._work)
        else:
            self._repeat()
        self._calls += 1

    def forget(self) -> None:
        """Record anew: the function has changed, or a tensor has moved."""
        self._repeat = None
        self._calls = 0

    def _put(self, arguments: Sequence[Tensor]) -> None:
        if not self._inputs:
            self._inputs = [argument.to(self._device, copy=True) for argument in arguments]
        for kept, argument in zip(self._inputs, arguments, strict=True):
            kept.copy_(argument, non_blocking=True)

    def _work(self) -> None:
        self._function(*self._inputs)

    def _record(self) -> None:
        try:
            self._repeat = self._recorder.record(self._work)
        except RuntimeError:
            _log.exception("the training step cannot be recorded; it is started part by part")
            self._fails = True


def recorder_for(device: torch.device) -> Recorder | None:
    """A recorder for this device; None where there is nothing to gain or it is switched off."""
    if device.type != "cuda" or not settings.cuda_graphs():
        return None
    return CudaRecorder(device)

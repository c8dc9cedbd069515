"""Where a network is trained."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Literal

import torch

from deepfreq_core.errors import BackendUnavailable


def resolve_device(name: Literal["auto", "cpu", "cuda"]) -> torch.device:
    """The device of this name; `auto` takes a GPU where there is one.

    Raises:
        BackendUnavailable: `cuda` was asked for and there is no GPU that torch can use.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise BackendUnavailable(
            "device is cuda, and torch finds no GPU here. Set device to auto or cpu, or start "
            "where a GPU is visible (docker run --gpus all)"
        )
    return torch.device("cuda" if name != "cpu" and available else "cpu")


def device_name(device: torch.device) -> str:
    """What the device is called, for the reader of a result."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()

"""What is true of a whole run: machine, versions, sizes. JSON values."""

from __future__ import annotations

import platform

import numpy as np
import torch

from deepfreq_core.records import JsonValue
from deepfreq_core.training.device import device_name
from deepfreq_core.version import __version__


def machine_facts(device: torch.device, threads: int) -> dict[str, JsonValue]:
    """Device, threads of a step, versions; with them and the config a run can be repeated."""
    return {
        "device": device.type,
        "device_name": device_name(device),
        "threads": threads,
        "versions": {
            "deepfreq": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }

"""What a process that will be forked into workers loads beforehand."""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil
from typing import Any

from deepfreq_core import experiments
from deepfreq_core.experiments.catalogue import EXPERIMENTS
from deepfreq_core.instruments.catalogue import INSTRUMENTS

# What a first training step imports on the way, beside our own modules.
_LIBRARIES = ("torch", "torch._dynamo", "numba", "sklearn.datasets", "torchvision.datasets")
_PARTS = ("data", "nets", "training", "lowpass", "instruments", "experiments")
# Of every instrument and experiment; their charts are drawn elsewhere, and plotly is large.
_OF_EACH = ("config", "schema", "measure")

_log = logging.getLogger(__name__)


def preload() -> None:
    """Import what workers need; what cannot be imported is the worker's to complain about.

    The filter's compiled loops are loaded too. Nothing here touches CUDA or leaves a thread
    behind, because neither survives a fork.
    """
    root = experiments.__name__.rpartition(".")[0]
    names = list(_LIBRARIES)
    for part in _PARTS:
        names += _modules(f"{root}.{part}")
    for package in (*INSTRUMENTS.values(), *EXPERIMENTS.values()):
        names += [f"{package}.{part}" for part in _OF_EACH]
    for name in names:
        if not name.endswith("_cuda"):
            _attempt(name)
    filters = _attempt(f"{root}.lowpass")
    if filters is not None:
        filters.warm_up("cpu")
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, the shared pages


def _modules(package: str) -> list[str]:
    path = getattr(_attempt(package), "__path__", [])
    return [module.name for module in pkgutil.iter_modules(path, f"{package}.")]


def _attempt(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except Exception:
        _log.exception("%s cannot be loaded", name)
        return None

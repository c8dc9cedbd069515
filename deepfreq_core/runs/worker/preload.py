"""What a process that will be forked into workers loads beforehand."""

from __future__ import annotations

import gc
import importlib
import logging
import pkgutil

from deepfreq_core import experiments

# What a first training step imports on the way, beside the experiments themselves.
_MODULES = ("torch", "torch._dynamo", "sklearn.datasets", "torchvision.datasets")

_log = logging.getLogger(__name__)


def preload() -> None:
    """Import what workers need; what cannot be imported is the worker's to complain about."""
    found = pkgutil.iter_modules(experiments.__path__, f"{experiments.__name__}.")
    for name in (*_MODULES, *(module.name for module in found)):
        try:
            importlib.import_module(name)
        except Exception:
            _log.exception("%s cannot be loaded", name)
    gc.collect()
    gc.freeze()  # keeps the collector from touching, and so copying, the shared pages

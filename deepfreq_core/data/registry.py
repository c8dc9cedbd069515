"""Which loader answers to which `data.name` of a config. Importing it loads no data library."""

from __future__ import annotations

import importlib
from typing import Any

from deepfreq_core.config import ClassData, DataConfig
from deepfreq_core.data.base import Dataset, Loader, Report, quiet
from deepfreq_core.data.label_noise import with_label_noise

# name in the config -> "module:function"
_LOADERS = {
    "digits": "deepfreq_core.data.digits:load",
    "mnist": "deepfreq_core.data.images:load",
    "fashion_mnist": "deepfreq_core.data.images:load",
    "cifar10": "deepfreq_core.data.images:load",
    "cosines": "deepfreq_core.data.targets:load",
    "formula": "deepfreq_core.data.targets:load",
    "parity": "deepfreq_core.data.parity:load",
    "picture": "deepfreq_core.data.pictures:load",
}


def load(config: DataConfig, *, seed: int, report: Report = quiet) -> Dataset:
    """The data set that this config names.

    Args:
        config: The `data` part of a run's config.
        seed: Fixes which samples are taken and their order.
        report: Told in words what is going on while files are downloaded.

    Returns:
        The data set, in memory, with the label noise that its config asks for.
    """
    module, _, name = _LOADERS[config.name].partition(":")
    loader: Loader[Any] = getattr(importlib.import_module(module), name)
    found = loader(config, seed=seed, report=report)
    if isinstance(config, ClassData) and config.label_noise:
        return with_label_noise(found, config.label_noise, seed=seed)
    return found

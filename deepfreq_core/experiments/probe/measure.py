"""Where a worker would begin: a probe's run has none."""

from __future__ import annotations

from typing import ClassVar

from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments.probe.config import ProbeConfig


class ProbeExperiment:
    """Refuses to be run: the module exists in its own training's process and nowhere else."""

    slug: ClassVar[str] = "probe"

    def __init__(self, config: ProbeConfig) -> None:
        raise ConfigError(
            f"experiment is {config.experiment}, whose module {config.net.kind} is trained by a "
            "program of its own; nothing can be launched from these settings. Run that program"
        )


EXPERIMENT = ProbeExperiment

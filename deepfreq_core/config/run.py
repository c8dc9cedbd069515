"""What the settings of every run have: an experiment, a version, a seed."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Literal

from pydantic import Field

from deepfreq_core.config.form import in_form
from deepfreq_core.config.migrations import VERSION
from deepfreq_core.config.part import Part


class RunConfig(Part):
    """A whole run; each experiment has a model of its own that adds to this."""

    is_launchable: ClassVar[bool] = True  # by a worker, from these settings
    experiment: str
    version: Literal[2] = VERSION
    seed: int = Field(
        0,
        ge=0,
        lt=2**31,
        title="Seed",
        description="Fixes the samples, the initial weights and the batches: the same settings "
        "give the same numbers.",
        json_schema_extra=in_form(group="machine"),
    )

    @abstractmethod
    def planned_end(self) -> tuple[float, bool]:
        """Where the clock stops at the latest, and whether something else can end it before."""

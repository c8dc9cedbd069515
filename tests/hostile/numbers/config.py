"""One setting without a title, one that may be empty."""

from pydantic import Field

from deepfreq_core.config.part import Part


class HostileConfig(Part):
    """Two settings."""

    level: float = Field(0.5, gt=0, description="How hostile it is.")
    budget: int | None = None


CONFIG = HostileConfig

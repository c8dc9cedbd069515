"""Settings of the output instrument."""

from __future__ import annotations

from pydantic import Field

from deepfreq_core.config.part import Part


class OutputConfig(Part):
    """How finely the function is drawn."""

    n_points: int = Field(
        500,
        ge=2,
        le=4_000,
        title="Points of the curve",
        description="In one dimension: of the test points, evenly thinned, ends included.",
    )


CONFIG = OutputConfig

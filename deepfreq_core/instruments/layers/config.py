"""Settings of the layers instrument: samples, normalisation, grid of 1/δ."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from deepfreq_core.config.part import Part

NormalizationName = Literal["max_abs", "none", "standard", "median_distance"]


class LayersConfig(Part):
    """On which samples and grid of 1/δ the filter looks at every layer."""

    n_samples: int = Field(
        2_000, ge=2, le=60_000, description="Samples the filter sees; a fixed random set."
    )
    samples: Literal["train", "test"] = Field(
        "train", description="Where the measured samples come from."
    )
    normalize: NormalizationName = Field(
        "max_abs", description="How each layer's output is scaled before distances are taken."
    )
    n_grid: int = Field(50, ge=2, le=400, description="Number of grid values of 1/δ.")
    lower: float = Field(0.0, ge=0, description="Smallest 1/δ of the grid.")
    upper: float | None = Field(
        None, gt=0, description="Largest 1/δ; null = found from the data before training."
    )
    spacing: Literal["auto", "linear", "log"] = Field(
        "auto",
        description="Spacing of the grid; auto = log where layers lie decades apart, else linear.",
    )
    backend: Literal["auto", "cpu", "cuda"] = "auto"
    budget_s: float | None = Field(
        None,
        gt=0,
        description="Seconds a measurement may take; beyond them rows are sampled. null = exact.",
    )

    @model_validator(mode="after")
    def _grid(self) -> LayersConfig:
        if self.upper is not None and self.upper <= self.lower:
            raise ValueError(
                f"upper is {self.upper} and lower is {self.lower}. Give upper above lower"
            )
        if self.spacing == "log" and self.lower == 0 and self.upper is not None:
            raise ValueError("a log grid cannot start at 0. Set lower above 0, or use linear")
        return self


CONFIG = LayersConfig

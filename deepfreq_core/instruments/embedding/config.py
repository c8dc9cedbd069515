"""Settings of the embedding instrument: samples, normalisation, grid of 1/δ."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from deepfreq_core.config.form import in_form
from deepfreq_core.config.normalization import NormalizationName
from deepfreq_core.config.part import Part


class EmbeddingConfig(Part):
    """Which samples are drawn, and at which 1/δ their labels are smoothed."""

    n_samples: int | None = Field(
        None,
        ge=2,
        le=5_000,
        title="Samples drawn",
        description="How many samples the pictures of the layers show: a fixed random set.",
        json_schema_extra=in_form(step=50, empty="200, or fewer for many layers"),
    )
    samples: Literal["train", "test"] = Field(
        "train",
        title="Drawn from",
        description="Training samples, or test samples, which the network has not seen.",
        json_schema_extra=in_form(words={"train": "training samples", "test": "test samples"}),
    )
    scaling: NormalizationName = Field(
        "max_abs",
        title="Scaling before smoothing",
        description="How each layer's output is scaled before the labels of the samples drawn are "
        "smoothed.",
        json_schema_extra=in_form(
            words={
                "max_abs": "by largest amplitude",
                "standard": "standard deviation 1",
                "median_distance": "by median distance",
            }
        ),
    )
    n_grid: int = Field(
        5,
        ge=1,
        le=50,
        title="Steps of smoothing",
        description="How many positions the slider has along which labels melt.",
    )
    lower: float | None = Field(
        None,
        gt=0,
        title="Smallest 1/δ of smoothing",
        description="Where labels have melted into one; empty means a 64th of the largest.",
        json_schema_extra=in_form(step=0.01, empty="a 64th of the largest"),
    )
    upper: float | None = Field(
        None,
        gt=0,
        title="Largest 1/δ of smoothing",
        description="Where labels are as they are; empty means found from the data before "
        "training.",
        json_schema_extra=in_form(step=0.1, empty="found from the data"),
    )

    @model_validator(mode="after")
    def _grid(self) -> EmbeddingConfig:
        if self.lower is not None and self.upper is not None and self.upper <= self.lower:
            raise ValueError(
                f"upper is {self.upper} and lower is {self.lower}. Give upper above lower"
            )
        return self


CONFIG = EmbeddingConfig

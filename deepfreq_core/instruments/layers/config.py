"""Settings of the layers instrument: samples, normalisation, grid of 1/δ."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from deepfreq_core.config.form import in_form
from deepfreq_core.config.normalization import NormalizationName
from deepfreq_core.config.part import Part


class LayersConfig(Part):
    """On which samples and grid of 1/δ the filter looks at every layer."""

    n_samples: int = Field(
        2_000,
        ge=2,
        le=60_000,
        title="Samples measured",
        description="Training samples the filter sees: a fixed random set. Cost grows with its "
        "square.",
        json_schema_extra=in_form(step=100),
    )
    samples: Literal["train", "test"] = Field(
        "train",
        title="Measured on",
        description="Training samples, as the paper does, or test samples, which the network has "
        "not seen.",
        json_schema_extra=in_form(words={"train": "training samples", "test": "test samples"}),
    )
    normalize: NormalizationName = Field(
        "max_abs",
        title="Normalisation",
        description="How each layer's output is scaled before distances are taken. max_abs divides "
        "each dimension by its largest amplitude, as the paper does; median_distance makes layers "
        "of different size comparable.",
        json_schema_extra=in_form(
            words={
                "max_abs": "by largest amplitude",
                "standard": "standard deviation 1",
                "median_distance": "by median distance",
            }
        ),
    )
    n_grid: int = Field(
        50,
        ge=2,
        le=400,
        title="Values of 1/δ",
        description="How many positions the δ slider has.",
        json_schema_extra=in_form(step=10),
    )
    lower: float = Field(
        0.0,
        ge=0,
        title="Smallest 1/δ",
        description="Left end of the grid of 1/δ; 0 lets only the mean pass.",
        json_schema_extra=in_form(step=0.01),
    )
    upper: float | None = Field(
        None,
        gt=0,
        title="Largest 1/δ",
        description="Right end of the grid; empty means found from the data before training.",
        json_schema_extra=in_form(step=0.1, empty="found from the data"),
    )
    spacing: Literal["auto", "linear", "log"] = Field(
        "auto",
        title="Spacing of the grid",
        description="Even steps, or even ratios. Automatic: even ratios where the hidden layers "
        "lie decades apart, as in deep or sigmoid networks, else even steps.",
        json_schema_extra=in_form(
            words={"auto": "automatic", "linear": "even steps", "log": "even ratios"}
        ),
    )
    budget_s: float | None = Field(
        None,
        gt=0,
        title="Seconds a measurement",
        description="Beyond this, rows are sampled and the charts show the standard error; empty "
        "means exact, however long it takes.",
        json_schema_extra=in_form(rank=2, step=0.1, empty="exact"),
    )
    backend: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        title="Filter runs on",
        description="auto takes the graphics card where there is one. The result names what was "
        "used.",
        json_schema_extra=in_form(
            rank=2, words={"auto": "automatic", "cpu": "processor", "cuda": "graphics card"}
        ),
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

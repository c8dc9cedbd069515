"""Settings of the filtering instrument: samples, and the filters that part low from high."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, field_validator

from deepfreq_core.config.part import Part

NormalizationName = Literal["none", "max_abs", "standard", "median_distance"]


class FilteringConfig(Part):
    """On which samples, and at which δ, targets and answers are parted into low and high."""

    n_samples: int = Field(
        2_500,
        ge=2,
        le=60_000,
        title="Samples",
        description="How many the filter sees; a fixed random set.",
    )
    samples: Literal["train", "test"] = Field(
        "train", title="Samples from", description="Where the measured samples come from."
    )
    deltas: tuple[float, ...] | None = Field(
        None,
        min_length=1,
        max_length=100,
        title="Values of δ",
        description="Variances of the filter, increasing; none = found from the data before "
        "training.",
    )
    n_grid: int = Field(
        16,
        ge=2,
        le=100,
        title="How many values of δ",
        description="Where they are found from the data.",
    )
    normalize: NormalizationName = Field(
        "none",
        title="Normalisation",
        description="How inputs are scaled before distances are taken; none = as they are, like "
        "the paper's pixels.",
    )
    backend: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        title="Filter runs on",
        description="auto takes the graphics card where there is one.",
    )

    @field_validator("deltas")
    @classmethod
    def _in_order(cls, deltas: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if deltas is None:
            return None
        if deltas[0] <= 0:
            raise ValueError(
                f"deltas has {deltas[0]:g}; δ is a variance. Give values above 0, e.g. 3, 7, 10"
            )
        for before, after in pairwise(deltas):
            if after <= before:
                raise ValueError(
                    f"deltas has {after:g} after {before:g}. Give them in increasing order"
                )
        return deltas


CONFIG = FilteringConfig

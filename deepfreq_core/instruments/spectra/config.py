"""Settings of the spectra instrument: samples, direction, frequencies, what counts as learned."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from deepfreq_core.config.part import Part

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.5)


class SpectraConfig(Part):
    """Along which direction, at which frequencies, and when a frequency counts as learned."""

    sees_every_epoch: ClassVar[bool] = True

    direction: Literal["auto", "principal", "ones", "axis", "vector"] = Field(
        "auto",
        title="Direction",
        description="Frequencies are those of the target along a line through the inputs. Auto: "
        "the line itself in one dimension, else the first principal component.",
    )
    axis: int = Field(0, ge=0, title="Input number", description="For the direction axis.")
    vector: tuple[float, ...] | None = Field(
        None,
        title="Direction of one's own",
        description="One number an input, for the direction vector.",
    )
    samples: Literal["train", "test"] = Field(
        "train", title="Samples", description="On which samples output and target are compared."
    )
    n_samples: int = Field(
        2_000,
        ge=4,
        le=60_000,
        title="Samples at most",
        description="A fixed random set where there are more; in one dimension all are taken.",
    )
    n_frequencies: int = Field(
        40,
        ge=3,
        le=400,
        title="Frequencies",
        description="How many, from 0 up; in one dimension whole numbers of cycles.",
    )
    highest: float | None = Field(
        None,
        gt=0,
        title="Highest frequency",
        description="In cycles a unit along the direction; empty means 1.5 / standard deviation of "
        "the inputs there. Not used in one dimension.",
    )
    peaks: tuple[float, ...] | None = Field(
        None,
        min_length=1,
        max_length=12,
        title="Frequencies judged",
        description="Empty means the first peaks of the target's own spectrum.",
    )
    n_peaks: int = Field(
        3, ge=1, le=12, title="Peaks", description="How many peaks of the target are judged."
    )
    error: Literal["complex", "modulus"] = Field(
        "complex",
        title="Error",
        description="Of complex amplitudes, or of their moduli as the authors' notebooks have it "
        "(which a sign-flipped output would not show).",
    )
    threshold: float = Field(
        0.1,
        title="Learned below",
        description="Relative error below which a frequency counts as learned; all five are kept.",
    )

    in_a_row: int = Field(
        1,
        ge=1,
        le=1_000,
        title="Epochs in a row",
        description="How many epochs an error must stay below to count as learned, from the first "
        "of them; 1 takes any moment at which it passes below.",
    )

    @field_validator("threshold")
    @classmethod
    def _is_kept(cls, threshold: float) -> float:
        if threshold not in THRESHOLDS:
            raise ValueError(f"threshold is {threshold:g}. Use one of {list(THRESHOLDS)}")
        return threshold

    @model_validator(mode="after")
    def _fits(self) -> SpectraConfig:
        if self.direction == "vector" and (self.vector is None or not any(self.vector)):
            raise ValueError(
                "direction is vector and the vector has length 0. Give vector one number an input, "
                "not all 0"
            )
        if self.peaks is not None and (min(self.peaks) < 0 or len({*self.peaks}) < len(self.peaks)):
            raise ValueError(
                f"peaks is {list(self.peaks)}. Give different frequencies, none below 0"
            )
        return self


CONFIG = SpectraConfig

"""Which samples and targets: one model a kind of data set."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from deepfreq_core.config.part import Part


class DigitsData(Part):
    """Handwritten digits of 8×8 pixels, shipped with scikit-learn: no download, no network."""

    name: Literal["digits"] = "digits"
    n_train: int = Field(1500, ge=2, le=1796, description="Training samples.")
    n_test: int = Field(297, ge=1, le=1795, description="Test samples.")

    @property
    def n_inputs(self) -> int:
        """Numbers a sample has."""
        return 64

    @model_validator(mode="after")
    def _fits(self) -> DigitsData:
        if self.n_train + self.n_test > 1797:
            raise ValueError(
                f"n_train + n_test is {self.n_train + self.n_test}; "
                "digits has 1797 samples. Lower one of them"
            )
        return self


class ImageData(Part):
    """Images with ten classes, read through torchvision; pixels in [0, 1], flattened."""

    name: Literal["mnist", "fashion_mnist", "cifar10"] = "mnist"
    n_train: int = Field(30_000, ge=2, le=60_000, description="Training samples.")
    n_test: int = Field(2_000, ge=1, le=10_000, description="Test samples.")

    @property
    def n_inputs(self) -> int:
        """Numbers a sample has."""
        return 3 * 32 * 32 if self.name == "cifar10" else 28 * 28

    @model_validator(mode="after")
    def _fits(self) -> ImageData:
        if self.name == "cifar10" and self.n_train > 50_000:
            raise ValueError(
                f"n_train is {self.n_train}; cifar10 has 50000 training images. Use at most that"
            )
        return self


class CosineData(Part):
    """A sum of cosines on an interval: y = Σ aₖ cos(k x), evenly spaced x, ends included."""

    name: Literal["cosines"] = "cosines"
    frequencies: tuple[float, ...] = Field(
        (3.0, 5.0), min_length=1, max_length=16, description="Angular frequencies k in cos(k x)."
    )
    amplitudes: tuple[float, ...] | None = Field(
        None, description="One amplitude a frequency; 1 for all when left out."
    )
    phase: Literal["cos", "sin"] = Field("cos", description="cos(k x), or sin(k x).")
    lower: float = Field(-3.141592653589793, description="Left end of the interval.")
    upper: float = Field(3.141592653589793, description="Right end of the interval.")
    n_train: int = Field(101, ge=2, le=100_000, description="Training points.")
    n_test: int = Field(200, ge=1, le=100_000, description="Test points, between the same ends.")

    @property
    def n_inputs(self) -> int:
        """Numbers a sample has."""
        return 1

    @model_validator(mode="after")
    def _fits(self) -> CosineData:
        if self.amplitudes is not None and len(self.amplitudes) != len(self.frequencies):
            raise ValueError(
                f"amplitudes has {len(self.amplitudes)} values for {len(self.frequencies)} "
                "frequencies. Give one each, or leave amplitudes out"
            )
        if not self.lower < self.upper:
            raise ValueError(
                f"lower is {self.lower} and upper is {self.upper}. Give lower below upper"
            )
        if self.amplitudes is not None and not any(self.amplitudes):
            raise ValueError("amplitudes are all 0, so there is no target. Give one that is not")
        return self


DataConfig: TypeAlias = Annotated[DigitsData | ImageData | CosineData, Field(discriminator="name")]

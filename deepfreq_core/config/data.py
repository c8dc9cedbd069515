"""Which samples and targets: one model a kind of data set."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from deepfreq_core.config.formula import Formula
from deepfreq_core.config.part import Part


class ClassData(Part):
    """What every data set with classes can be given."""

    has_classes: ClassVar[bool] = True
    label_noise: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the training labels that are shuffled among themselves: 1 leaves "
        "nothing to learn but each sample. Test labels stay right.",
    )


class DigitsData(ClassData):
    """Handwritten digits of 8×8 pixels, shipped with scikit-learn: no download, no network."""

    is_image: ClassVar[bool] = True
    name: Literal["digits"] = "digits"
    n_train: int = Field(1500, ge=2, le=1796, description="Training samples.")
    n_test: int = Field(297, ge=1, le=1795, description="Test samples.")

    @model_validator(mode="after")
    def _fits(self) -> DigitsData:
        if self.n_train + self.n_test > 1797:
            raise ValueError(
                f"n_train + n_test is {self.n_train + self.n_test}; "
                "digits has 1797 samples. Lower one of them"
            )
        return self


class ImageData(ClassData):
    """Images with ten classes, read through torchvision; pixels in [0, 1], flattened."""

    is_image: ClassVar[bool] = True
    name: Literal["mnist", "fashion_mnist", "cifar10"] = "mnist"
    n_train: int = Field(30_000, ge=2, le=60_000, description="Training samples.")
    n_test: int = Field(2_000, ge=1, le=10_000, description="Test samples.")

    @model_validator(mode="after")
    def _fits(self) -> ImageData:
        if self.name == "cifar10" and self.n_train > 50_000:
            raise ValueError(
                f"n_train is {self.n_train}; cifar10 has 50000 training images. Use at most that"
            )
        return self


class _IntervalData(Part):
    """A target on an interval of the line, evenly spaced points, ends included."""

    has_classes: ClassVar[bool] = False
    is_image: ClassVar[bool] = False
    lower: float = Field(-3.141592653589793, description="Left end of the interval.")
    upper: float = Field(3.141592653589793, description="Right end of the interval.")
    n_train: int = Field(101, ge=2, le=100_000, description="Training points.")
    n_test: int = Field(200, ge=1, le=100_000, description="Test points, between the same ends.")
    beyond: float = Field(
        0.0,
        ge=0,
        title="Test points beyond the ends",
        description="How far test points reach beyond both ends of the interval.",
    )
    round_to: float | None = Field(
        None,
        gt=0,
        title="Rounded to multiples of",
        description="α in α·round(f/α): the target in steps; empty means as it is.",
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Noise",
        description="Standard deviation of the noise on training targets, and of its own on test "
        "targets.",
    )

    @property
    def has_slope(self) -> bool:
        """Whether the target has a derivative everywhere."""
        return self.round_to is None

    @model_validator(mode="after")
    def _ends(self) -> _IntervalData:
        if not self.lower < self.upper:
            raise ValueError(
                f"lower is {self.lower} and upper is {self.upper}. Give lower below upper"
            )
        return self


class CosineData(_IntervalData):
    """A sum of cosines on an interval: y = Σ aₖ cos(k x)."""

    name: Literal["cosines"] = "cosines"
    frequencies: tuple[float, ...] = Field(
        (3.0, 5.0), min_length=1, max_length=16, description="Angular frequencies k in cos(k x)."
    )
    amplitudes: tuple[float, ...] | None = Field(
        None, description="One amplitude a frequency; 1 for all when left out."
    )
    phase: Literal["cos", "sin"] = Field("cos", description="cos(k x), or sin(k x).")

    @model_validator(mode="after")
    def _fits(self) -> CosineData:
        if self.amplitudes is not None and len(self.amplitudes) != len(self.frequencies):
            raise ValueError(
                f"amplitudes has {len(self.amplitudes)} values for {len(self.frequencies)} "
                "frequencies. Give one each, or leave amplitudes out"
            )
        if self.amplitudes is not None and not any(self.amplitudes):
            raise ValueError("amplitudes are all 0, so there is no target. Give one that is not")
        return self


class FormulaData(_IntervalData):
    """A target of one's own on an interval: any expression of x."""

    name: Literal["formula"] = "formula"
    formula: str = Field(
        "sin(x) + sin(3*x) + sin(5*x)",
        max_length=200,
        title="Target f(x) =",
        description="An expression of x with + − * / **, numbers, pi, e and functions such as "
        "sin, cos, exp, abs, sign, sqrt.",
    )

    @field_validator("formula")
    @classmethod
    def _is_a_formula(cls, formula: str) -> str:
        Formula(formula)
        return formula


DataConfig: TypeAlias = Annotated[
    DigitsData | ImageData | CosineData | FormulaData, Field(discriminator="name")
]

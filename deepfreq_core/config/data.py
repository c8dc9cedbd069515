"""Which samples and targets: one model a kind of data set."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from deepfreq_core.config.form import in_form
from deepfreq_core.config.formula import Formula
from deepfreq_core.config.part import Part

_TRAIN = "How many samples the network learns from."
_TEST = "How many samples test loss and accuracy are taken on."


class ClassData(Part):
    """What every data set with classes can be given."""

    has_classes: ClassVar[bool] = True
    label_noise: float = Field(
        0.0,
        ge=0,
        le=1,
        title="Label noise",
        description="Share of the training labels that are shuffled among themselves. At 1 nothing "
        "is left to learn but each sample by itself; test labels stay right.",
        json_schema_extra=in_form(rank=1, step=0.1),
    )


class DigitsData(ClassData):
    """Handwritten digits of 8×8 pixels, shipped with scikit-learn: no download, no network."""

    is_image: ClassVar[bool] = True
    is_line: ClassVar[bool] = False
    name: Literal["digits"] = Field(
        "digits", json_schema_extra=in_form(words={"digits": "Handwritten digits, 8 × 8"})
    )
    n_train: int = Field(
        1500,
        ge=2,
        le=1796,
        title="Training samples",
        description=_TRAIN,
        json_schema_extra=in_form(step=500),
    )
    n_test: int = Field(
        297,
        ge=1,
        le=1795,
        title="Test samples",
        description=_TEST,
        json_schema_extra=in_form(step=100),
    )

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


class ImageData(ClassData):
    """Images with ten classes, read through torchvision; pixels in [0, 1], flattened."""

    is_image: ClassVar[bool] = True
    is_line: ClassVar[bool] = False
    name: Literal["mnist", "fashion_mnist", "cifar10"] = Field(
        "mnist",
        json_schema_extra=in_form(
            words={"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST", "cifar10": "CIFAR-10"}
        ),
    )
    n_train: int = Field(
        30_000,
        ge=2,
        le=60_000,
        title="Training samples",
        description=_TRAIN,
        json_schema_extra=in_form(step=500),
    )
    n_test: int = Field(
        2_000,
        ge=1,
        le=10_000,
        title="Test samples",
        description=_TEST,
        json_schema_extra=in_form(step=100),
    )

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


class _IntervalData(Part):
    """A target on an interval of the line, evenly spaced points, ends included."""

    has_classes: ClassVar[bool] = False
    is_image: ClassVar[bool] = False
    is_line: ClassVar[bool] = True
    n_train: int = Field(
        101,
        ge=2,
        le=100_000,
        title="Training samples",
        description=_TRAIN,
        json_schema_extra=in_form(step=500),
    )
    n_test: int = Field(
        200,
        ge=1,
        le=100_000,
        title="Test samples",
        description=_TEST,
        json_schema_extra=in_form(step=100),
    )
    lower: float = Field(
        -3.141592653589793,
        title="From x =",
        description="Left end of the interval.",
        json_schema_extra=in_form(rank=1, step=0.5),
    )
    upper: float = Field(
        3.141592653589793,
        title="To x =",
        description="Right end of the interval.",
        json_schema_extra=in_form(rank=1, step=0.5),
    )
    beyond: float = Field(
        0.0,
        ge=0,
        title="Test points beyond the ends",
        description="How far test points reach beyond both ends of the interval.",
        json_schema_extra=in_form(rank=1, step=0.5),
    )
    round_to: float | None = Field(
        None,
        gt=0,
        title="Rounded to multiples of",
        description="α in α·round(f/α): the target in steps; empty means as it is.",
        json_schema_extra=in_form(rank=1, step=0.1, empty="as it is"),
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Noise",
        description="Standard deviation of the noise on training targets, and of its own on test "
        "targets.",
        json_schema_extra=in_form(rank=1, step=0.1),
    )

    @property
    def n_inputs(self) -> int:
        """Numbers a sample has."""
        return 1

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

    name: Literal["cosines"] = Field(
        "cosines", json_schema_extra=in_form(words={"cosines": "Cosines, one dimension"})
    )
    frequencies: tuple[float, ...] = Field(
        (3.0, 5.0),
        min_length=1,
        max_length=16,
        title="Frequencies",
        description="Angular frequencies k in cos(k x), separated by commas.",
    )
    amplitudes: tuple[float, ...] | None = Field(
        None,
        title="Amplitudes",
        description="One a frequency, separated by commas; empty means 1 for all.",
        json_schema_extra=in_form(empty="1 for all"),
    )
    phase: Literal["cos", "sin"] = Field(
        "cos",
        title="Curve",
        description="cos(k x), or sin(k x).",
        json_schema_extra=in_form(words={"cos": "cosine", "sin": "sine"}),
    )

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

    name: Literal["formula"] = Field(
        "formula", json_schema_extra=in_form(words={"formula": "A formula, one dimension"})
    )
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


class ParityData(Part):
    """The product of all inputs on {−1, 1}^d; tested on all 2^d points."""

    has_classes: ClassVar[bool] = False
    is_image: ClassVar[bool] = False
    is_line: ClassVar[bool] = False
    name: Literal["parity"] = Field(
        "parity", json_schema_extra=in_form(words={"parity": "Parity, corners of a cube"})
    )
    dimensions: int = Field(10, ge=2, le=14, title="Inputs", description="d; there are 2^d points.")
    n_train: int = Field(
        200,
        ge=2,
        le=16_384,
        title="Training samples",
        description="Points the network learns from, drawn with replacement.",
        json_schema_extra=in_form(step=50),
    )

    @property
    def n_inputs(self) -> int:
        """D."""
        return self.dimensions


class PictureData(Part):
    """A grey picture as a function of two coordinates; every other column is held out."""

    has_classes: ClassVar[bool] = False
    is_image: ClassVar[bool] = False
    is_line: ClassVar[bool] = False
    name: Literal["picture"] = Field(
        "picture", json_schema_extra=in_form(words={"picture": "A picture, two coordinates"})
    )
    picture: Literal["china", "flower", "rings"] = Field(
        "china",
        title="Picture",
        description="Two photographs that come with scikit-learn, or rings made by a formula.",
    )
    rows: int = Field(60, ge=4, le=120, title="Rows", description="Height in pixels.")
    columns: int = Field(75, ge=4, le=160, title="Columns", description="Width in pixels.")

    @property
    def n_inputs(self) -> int:
        """Two coordinates."""
        return 2

    @property
    def n_train(self) -> int:
        """Training points: every other column."""
        return self.rows * -(-self.columns // 2)

    @model_validator(mode="after")
    def _fits_a_measurement(self) -> PictureData:
        if self.rows * self.columns > 15_000:
            raise ValueError(
                f"rows × columns is {self.rows * self.columns}; a picture may have 15000 points. "
                "Lower one of them"
            )
        return self


DataConfig: TypeAlias = Annotated[
    DigitsData | ImageData | CosineData | FormulaData | ParityData | PictureData,
    Field(discriminator="name"),
]

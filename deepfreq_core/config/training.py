"""How a network learns: loss, optimiser, schedule, stop."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from deepfreq_core.config.form import in_form
from deepfreq_core.config.part import Part

_RATE = "Step size. The paper's text can be read as 1e-4 or 1e-5; 1e-4 is our reading."
LEARNING_RATE = "training.optimizer.learning_rate"  # its path in a run's config


class AdamConfig(Part):
    """Adam with PyTorch's default moments."""

    name: Literal["adam"] = Field("adam", json_schema_extra=in_form(words={"adam": "Adam"}))
    learning_rate: float = Field(
        1e-4,
        gt=0,
        le=10,
        title="Learning rate",
        description=_RATE,
        json_schema_extra=in_form(step=0.0001),
    )


class SgdConfig(Part):
    """Stochastic gradient descent, with momentum where wanted."""

    name: Literal["sgd"] = Field("sgd", json_schema_extra=in_form(words={"sgd": "SGD"}))
    learning_rate: float = Field(
        1e-2,
        gt=0,
        le=100,
        title="Learning rate",
        description=_RATE,
        json_schema_extra=in_form(step=0.0001),
    )
    momentum: float = Field(
        0.0,
        ge=0,
        lt=1,
        title="Momentum",
        description="Share of the last step that is kept; 0 is none.",
        json_schema_extra=in_form(step=0.1),
    )
    nesterov: bool = Field(
        False,
        title="Nesterov momentum",
        description="Look ahead before each step; needs momentum above 0.",
    )

    @model_validator(mode="after")
    def _nesterov_needs_momentum(self) -> SgdConfig:
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs momentum above 0; got 0. Set momentum, e.g. 0.9")
        return self


OptimizerConfig: TypeAlias = Annotated[AdamConfig | SgdConfig, Field(discriminator="name")]


def smaller_rate(rate: float) -> float:
    """The learning rate to try where a training diverged with this one: a tenth."""
    return float(f"{rate / 10:.6g}")


class ConstantRate(Part):
    """The learning rate stays as it is."""

    name: Literal["constant"] = "constant"


class StepRate(Part):
    """The learning rate is multiplied by `factor` at the start of each epoch in `epochs`."""

    name: Literal["step"] = Field("step", json_schema_extra=in_form(words={"step": "drops"}))
    epochs: tuple[int, ...] = Field(
        (40, 60),
        min_length=1,
        title="Drops after epochs",
        description="Epochs done at each drop, separated by commas, increasing.",
    )
    factor: float = Field(
        0.1,
        gt=0,
        le=1,
        title="Factor at each drop",
        description="What the learning rate is multiplied by.",
        json_schema_extra=in_form(step=0.1),
    )

    @field_validator("epochs")
    @classmethod
    def _increasing(cls, epochs: tuple[int, ...]) -> tuple[int, ...]:
        if list(epochs) != sorted(set(epochs)) or epochs[0] < 1:
            raise ValueError(f"epochs must be increasing and at least 1; got {list(epochs)}")
        return epochs


RateSchedule: TypeAlias = Annotated[ConstantRate | StepRate, Field(discriminator="name")]


class NoFreeze(Part):
    """All layers learn to the end."""

    name: Literal["never"] = Field("never", json_schema_extra=in_form(words={"never": "nothing"}))


class FreezeConfig(Part):
    """Test of the mechanism: freeze the precondition and learn the rest again from the start."""

    name: Literal["precondition"] = Field(
        "precondition",
        json_schema_extra=in_form(words={"precondition": "first layers, the rest starts anew"}),
    )
    layer: int = Field(
        1,
        ge=0,
        title="Frozen layers",
        description="Layers 1 to this one stay as they are; 0 freezes none and only starts anew.",
    )
    epoch: int = Field(
        0,
        ge=0,
        title="After epochs",
        description="Epochs of ordinary training before; 0 freezes the first values.",
        json_schema_extra=in_form(step=5),
    )


FreezeChoice: TypeAlias = Annotated[NoFreeze | FreezeConfig, Field(discriminator="name")]


class TrainingConfig(Part):
    """How the network learns, and when it stops."""

    loss: Literal["mse", "cross_entropy", "mse_derivative", "derivative"] = Field(
        "mse",
        title="Loss",
        description="Mean squared error against one-hot labels, or cross-entropy, which needs "
        "classes.",
        json_schema_extra=in_form(
            words={
                "mse": "mean squared error",
                "cross_entropy": "cross-entropy",
                "mse_derivative": "squared error with derivatives",
                "derivative": "squared error of derivatives",
            }
        ),
    )
    optimizer: OptimizerConfig = Field(
        AdamConfig(),
        title="Optimiser",
        description="Adam with PyTorch's moments, or stochastic gradient descent.",
    )
    schedule: RateSchedule = Field(
        ConstantRate(),
        title="Schedule",
        description="Whether the learning rate stays, or drops at given epochs.",
    )
    batch_size: int | None = Field(
        256,
        ge=1,
        title="Batch size",
        description="Samples a step; empty means all of them.",
        json_schema_extra=in_form(step=32, empty="all samples"),
    )
    epochs: int = Field(
        20,
        ge=0,
        le=1_000_000,
        title="Epochs at most",
        description="Training ends after this many passes over the data.",
        json_schema_extra=in_form(step=5),
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        title="Precision of products",
        description="bfloat16 is faster on a GPU, and on some processors; parameters and "
        "everything measured stay float32.",
    )
    stop_loss: float | None = Field(
        None,
        gt=0,
        title="Stop at loss",
        description="Training ends at the first epoch whose mean training loss is below this; "
        "empty means never.",
        json_schema_extra=in_form(step=0.001, empty="never"),
    )
    freeze: FreezeChoice = Field(
        NoFreeze(),
        title="Freeze",
        description="A test of the mechanism that the paper does not make: from an epoch on the "
        "first layers stay as they are, all others start anew and learn on top of them.",
    )

    @field_validator("freeze", mode="before")
    @classmethod
    def _freeze_without_a_name(cls, value: object) -> object:
        """As it is most easily written: null, or layer and epoch alone."""
        if value is None:
            return NoFreeze()
        if isinstance(value, dict) and "name" not in value:
            return {"name": "precondition", **value}
        return value

    @property
    def takes_slope(self) -> bool:
        """Whether the loss compares derivatives by the input."""
        return self.loss in {"mse_derivative", "derivative"}

    @model_validator(mode="after")
    def _freeze_comes_first(self) -> TrainingConfig:
        if isinstance(self.freeze, FreezeConfig) and self.freeze.epoch >= max(self.epochs, 1):
            raise ValueError(
                f"freeze.epoch is {self.freeze.epoch} and epochs is {self.epochs}. "
                "Freeze before the last epoch"
            )
        return self

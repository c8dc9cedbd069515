"""How a network learns: loss, optimiser, schedule, stop."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, field_validator, model_validator

from deepfreq_core.config.part import Part

LEARNING_RATE = "training.optimizer.learning_rate"  # its path in a run's config


class AdamConfig(Part):
    """Adam with PyTorch's default moments."""

    name: Literal["adam"] = "adam"
    learning_rate: float = Field(1e-4, gt=0, le=10)


class SgdConfig(Part):
    """Stochastic gradient descent, with momentum where wanted."""

    name: Literal["sgd"] = "sgd"
    learning_rate: float = Field(1e-2, gt=0, le=100)
    momentum: float = Field(0.0, ge=0, lt=1)
    nesterov: bool = False

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

    name: Literal["step"] = "step"
    epochs: tuple[int, ...] = Field((40, 60), min_length=1, description="Epochs done at each drop.")
    factor: float = Field(0.1, gt=0, le=1)

    @field_validator("epochs")
    @classmethod
    def _increasing(cls, epochs: tuple[int, ...]) -> tuple[int, ...]:
        if list(epochs) != sorted(set(epochs)) or epochs[0] < 1:
            raise ValueError(f"epochs must be increasing and at least 1; got {list(epochs)}")
        return epochs


RateSchedule: TypeAlias = Annotated[ConstantRate | StepRate, Field(discriminator="name")]


class NoFreeze(Part):
    """All layers learn to the end."""

    name: Literal["never"] = "never"


class FreezeConfig(Part):
    """Test of the mechanism: freeze the precondition and learn the rest again from the start."""

    name: Literal["precondition"] = "precondition"
    layer: int = Field(1, ge=0, description="Layers 1 to this one keep what they have learned.")
    epoch: int = Field(
        0, ge=0, description="Epochs of ordinary training before; 0 freezes first values."
    )


FreezeChoice: TypeAlias = Annotated[NoFreeze | FreezeConfig, Field(discriminator="name")]


class TrainingConfig(Part):
    """How the network learns, and when it stops."""

    loss: Literal["mse", "cross_entropy", "mse_derivative", "derivative"] = "mse"
    optimizer: OptimizerConfig = AdamConfig()
    schedule: RateSchedule = ConstantRate()
    batch_size: int | None = Field(256, ge=1, description="Samples a step; null = all of them.")
    epochs: int = Field(20, ge=0, le=1_000_000, description="Stop after this many epochs.")
    stop_loss: float | None = Field(
        None, gt=0, description="Stop at the first epoch whose mean training loss is below this."
    )
    precision: Literal["float32", "bfloat16"] = Field(
        "float32",
        description="Of the matrix products while training; parameters and measuring stay float32.",
    )
    freeze: FreezeChoice = Field(
        NoFreeze(), description="Freeze the first layers at an epoch and start the others anew."
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

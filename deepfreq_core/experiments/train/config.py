"""Settings of a training: data, network, how it learns, and which instruments look at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from deepfreq_core.config.data import DataConfig, DigitsData
from deepfreq_core.config.form import in_form
from deepfreq_core.config.nets import MlpConfig, NetConfig
from deepfreq_core.config.part import Part
from deepfreq_core.config.run import RunConfig
from deepfreq_core.config.training import FreezeConfig, TrainingConfig
from deepfreq_core.instruments import catalogue

_BATCH_NORMALISED = ("resnet", "vgg16")


class ScheduleConfig(Part):
    """When the instruments look."""

    every: int | None = Field(
        None,
        ge=1,
        title="Measure every … epochs",
        description="Empty means densely in the first epochs, where most happens, then rarer.",
        json_schema_extra=in_form(rank=1, empty="densely first, then rarer"),
    )


class TrainConfig(RunConfig):
    """Train one network, and let instruments look at it."""

    experiment: Literal["train"] = "train"
    data: DataConfig = Field(
        DigitsData(),
        title="Data",
        description="What the network learns. Handwritten digits come with the dashboard; the "
        "others are read from disk or downloaded once. Cosines is a curve in one dimension.",
        json_schema_extra=in_form(group="data", in_sight=True),
    )
    net: NetConfig = Field(
        MlpConfig(),
        title="Kind of network",
        description="Fully connected, or one of the networks for images. Depth means blocks or "
        "stages there.",
        json_schema_extra=in_form(group="net"),
    )
    training: TrainingConfig = Field(TrainingConfig(), json_schema_extra=in_form(group="training"))
    measure: ScheduleConfig = Field(ScheduleConfig(), json_schema_extra=in_form(group="measure"))
    instruments: Mapping[str, SerializeAsAny[Part]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Settings by instrument.",
        json_schema_extra=in_form(group="measure"),
    )
    n_seeds: int = Field(
        1,
        ge=1,
        le=64,
        title="Seeds at once",
        description="So many seeds of one fully connected network train together, from the seed "
        "above on. Curves are their means, bands two standard errors of the mean.",
        json_schema_extra=in_form(group="machine"),
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        title="Network runs on",
        description="auto takes the graphics card where there is one.",
        json_schema_extra=in_form(
            group="machine",
            words={"auto": "automatic", "cpu": "processor", "cuda": "graphics card"},
        ),
    )

    def planned_end(self) -> tuple[float, bool]:
        """The last epoch; a target loss may end it before."""
        return float(self.training.epochs), self.training.stop_loss is not None

    @field_validator("instruments", mode="before")
    @classmethod
    def _by_catalogue(cls, value: Any) -> dict[str, Part]:
        return catalogue.checked(value)

    @model_validator(mode="after")
    def _fits(self) -> TrainConfig:
        loss, data = self.training.loss, self.data
        if loss == "cross_entropy" and not data.has_classes:
            raise ValueError(
                f"loss is cross_entropy, which needs classes; {data.name} is a real-valued target. "
                "Use mse"
            )
        antisymmetric = isinstance(self.net, MlpConfig) and self.net.antisymmetric
        if antisymmetric and loss == "cross_entropy":
            # Not wrong in itself, but ASI is defined for a zero output under squared error.
            raise ValueError("antisymmetric is defined for mse; got cross_entropy. Use mse")
        if self.net.name != "mlp" and not data.is_image:
            raise ValueError(
                f"net is {self.net.name}, which takes images; {data.name} has numbers that are no "
                "pixels. Use mlp"
            )
        if self.training.takes_slope:
            self._check_slope()
        if self.n_seeds > 1:
            self._check_seeds()
        freeze = self.training.freeze
        if isinstance(freeze, FreezeConfig) and freeze.layer > self.net.n_layers:
            raise ValueError(
                f"training.freeze.layer is {freeze.layer}; the network has {self.net.n_layers} "
                "hidden layers. Use at most that"
            )
        if isinstance(freeze, FreezeConfig) and self.net.name in _BATCH_NORMALISED:
            raise ValueError(
                f"training.freeze does not work on {self.net.name}: its batch normalisation would "
                "go on changing in frozen layers. Use mlp, cnn or vit"
            )
        watching = [
            name
            for name, own in self.instruments.items()
            if getattr(own, "sees_every_epoch", False)
        ]
        if isinstance(freeze, FreezeConfig) and watching:
            raise ValueError(
                f"training.freeze starts layers anew at epoch {freeze.epoch}, and "
                f"instruments.{watching[0]} keeps when something was first learned, also before. "
                "Take one of them out"
            )
        batch = self.training.batch_size
        if batch is not None and batch > self.data.n_train:
            raise ValueError(
                f"batch_size is {batch} and there are {self.data.n_train} training samples. "
                "Use at most that, or null for all"
            )
        return self

    def _check_slope(self) -> None:
        data, training = self.data, self.training
        if not getattr(data, "has_slope", False):
            raise ValueError(
                f"loss is {training.loss}, which compares derivatives; data {data.name} has none "
                "(a rounded target is in steps). Use mse, or cosines or formula without round_to"
            )
        if training.precision != "float32":
            raise ValueError(
                f"loss is {training.loss} and precision is {training.precision}; derivatives are "
                "taken in float32. Set precision to float32"
            )

    def _check_seeds(self) -> None:
        one_by_one = "Set n_seeds to 1 and start a run for each seed"
        if self.net.name != "mlp":
            raise ValueError(
                f"n_seeds is {self.n_seeds}; only fully connected networks (mlp) train several "
                f"seeds at once, not {self.net.name}. {one_by_one}"
            )
        if isinstance(self.training.freeze, FreezeConfig):
            raise ValueError(
                f"n_seeds is {self.n_seeds}, and training.freeze works on one seed. {one_by_one}"
            )
        if self.training.precision != "float32":
            raise ValueError(
                f"n_seeds is {self.n_seeds}, and training.precision {self.training.precision} "
                f"works on one seed. {one_by_one}"
            )
        if self.seed + self.n_seeds > 2**31:
            raise ValueError(
                f"seed is {self.seed} and n_seeds is {self.n_seeds}; the last seed must be below "
                f"{2**31}. Lower seed"
            )


CONFIG = TrainConfig

"""A whole run: one model an experiment, and what its parts may not be together."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field, model_validator

from deepfreq_core.config.data import DataConfig, DigitsData
from deepfreq_core.config.measuring import MeasureConfig
from deepfreq_core.config.nets import MlpConfig, NetConfig
from deepfreq_core.config.part import Part
from deepfreq_core.config.training import FreezeConfig, TrainingConfig

_BATCH_NORMALISED = ("resnet", "vgg16")


class LayersConfig(Part):
    """Train one network and measure the effective target function of every hidden layer."""

    experiment: Literal["layers"] = "layers"
    version: Literal[1] = 1
    data: DataConfig = DigitsData()
    net: NetConfig = MlpConfig()
    training: TrainingConfig = TrainingConfig()
    measure: MeasureConfig = MeasureConfig()
    seed: int = Field(0, ge=0, lt=2**31, description="Fixes data split, initialisation, batches.")
    n_seeds: int = Field(
        1, ge=1, le=64, description="Seeds trained together: seed and those that follow it."
    )
    device: Literal["auto", "cpu", "cuda"] = "auto"

    @model_validator(mode="after")
    def _fits(self) -> LayersConfig:
        if self.data.name == "cosines" and self.training.loss == "cross_entropy":
            raise ValueError(
                "loss is cross_entropy, which needs classes; cosines is a real-valued target. "
                "Use mse"
            )
        antisymmetric = isinstance(self.net, MlpConfig) and self.net.antisymmetric
        if antisymmetric and self.training.loss == "cross_entropy":
            # Not wrong in itself, but ASI is defined for a zero output under squared error.
            raise ValueError("antisymmetric is defined for mse; got cross_entropy. Use mse")
        if self.data.name == "cosines" and self.net.name != "mlp":
            raise ValueError(
                f"net is {self.net.name}, which takes images; cosines has one number a sample. "
                "Use mlp"
            )
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
        batch = self.training.batch_size
        if batch is not None and batch > self.data.n_train:
            raise ValueError(
                f"batch_size is {batch} and there are {self.data.n_train} training samples. "
                "Use at most that, or null for all"
            )
        return self

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


RunConfig: TypeAlias = LayersConfig

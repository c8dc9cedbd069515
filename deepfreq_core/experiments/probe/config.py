"""Settings of a probe's run: what it is told of the module, its samples and the training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, SerializeAsAny, field_validator

from deepfreq_core.config.form import in_form
from deepfreq_core.config.part import Part
from deepfreq_core.config.run import RunConfig
from deepfreq_core.instruments import catalogue


class ModuleConfig(Part):
    """A module as it describes itself; it cannot be built from this."""

    name: Literal["module"] = "module"
    kind: str = Field("", max_length=200, title="Module", description="Name of the module's class.")
    structure: str = Field(
        "", max_length=4_000, title="Structure", description="The module as it prints itself."
    )
    layers: tuple[str, ...] = Field(
        (),
        max_length=200,
        title="Layers",
        description="Submodules whose outputs are the hidden layers, in the order of their calls.",
    )

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of the hidden layers."""
        return self.layers

    @property
    def n_layers(self) -> int:
        """L, the number of hidden layers."""
        return len(self.layers)


class GivenData(Part):
    """Samples that were handed in; their values are not kept."""

    is_line: ClassVar[bool] = False
    is_image: ClassVar[bool] = False
    name: Literal["given"] = "given"
    n_train: int = Field(
        1, ge=1, title="Samples", description="How many samples the module is looked at on."
    )
    n_outputs: int = Field(1, ge=1, title="Outputs", description="How many numbers a target has.")
    input_shape: tuple[int, ...] = Field(
        (1,), title="Shape of a sample", description="As the module takes it."
    )
    has_classes: bool = Field(
        False, title="Classes", description="Whether the samples have labels."
    )

    @property
    def n_inputs(self) -> int:
        """Numbers a sample has."""
        found = 1
        for size in self.input_shape:
            found *= size
        return found


class ProbeConfig(RunConfig):
    """What instruments look at a module with; its training is not ours."""

    is_launchable: ClassVar[bool] = False
    experiment: Literal["probe"] = "probe"
    data: GivenData = Field(GivenData(), json_schema_extra=in_form(group="data"))
    net: ModuleConfig = Field(ModuleConfig(), json_schema_extra=in_form(group="net"))
    loss: Literal["mse", "cross_entropy"] = Field(
        "mse",
        title="Loss",
        description="What is told as the loss; which loss the training makes small is its own.",
        json_schema_extra=in_form(group="training"),
    )
    epochs: int | None = Field(
        None,
        ge=1,
        title="Epochs at most",
        description="How far the training means to go; empty where it did not say.",
        json_schema_extra=in_form(group="training", empty="not said"),
    )
    instruments: Mapping[str, SerializeAsAny[Part]] = Field(
        default_factory=dict,
        validate_default=True,
        description="Settings by instrument.",
        json_schema_extra=in_form(group="measure"),
    )

    @field_validator("instruments", mode="before")
    @classmethod
    def _by_catalogue(cls, value: Any) -> dict[str, Part]:
        return catalogue.checked(value)

    def planned_end(self) -> tuple[float, bool]:
        """The last epoch, where it was told; the training can end at any."""
        return float(self.epochs or 0), True


CONFIG = ProbeConfig

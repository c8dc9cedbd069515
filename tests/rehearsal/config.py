"""Settings of a rehearsal: how long it is, how slow, and what goes wrong."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from deepfreq_core.config import MlpConfig, NetConfig, RunConfig
from deepfreq_core.instruments.layers.config import LayersConfig


class RehearsalConfig(RunConfig):
    """Numbers out of nothing, in the form of a training that the layers are measured in."""

    experiment: Literal["rehearsal"] = "rehearsal"
    steps: int = Field(
        3, ge=0, title="Steps", description="Measurements that follow the first one."
    )
    pause_s: float = Field(
        0.001, ge=0, title="Pause", description="Seconds before each measurement."
    )
    fault: Literal[
        "none", "raise", "out_of_memory", "kill", "hang", "hang_at_start", "full_disk"
    ] = Field("none", title="Fault", description="What goes wrong after the second measurement.")
    net: NetConfig = Field(
        MlpConfig(depth=2, width=4),
        title="Network",
        description="The network whose layers the numbers are said to be of.",
    )
    instruments: Mapping[str, LayersConfig] = Field(
        default_factory=lambda: {"layers": LayersConfig(n_grid=4)},
        description="Their grid has as many values as the numbers.",
    )

    def planned_end(self) -> tuple[float, bool]:
        return float(self.steps), False


CONFIG = RehearsalConfig

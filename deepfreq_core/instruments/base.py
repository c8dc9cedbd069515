"""What every instrument is, on the side that has a network at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from deepfreq_core.data import Dataset
from deepfreq_core.instruments.snapshot import Samples, Snapshot
from deepfreq_core.records import JsonValue
from deepfreq_core.schema import Coordinates

State: TypeAlias = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the cost of a measurement follows from.

    Attributes:
        n_parameters: Parameters of the network.
        widths: Sizes of layers 0…L.
        n_train: Training samples.
        n_test: Test samples.
        n_measured: Other samples that a measurement looks at.
    """

    n_parameters: int
    widths: Sequence[int]
    n_train: int
    n_test: int
    n_measured: int


class Instrument(Protocol):
    """Reads numbers off a network at one moment.

    It does not know when it is called, by which training, or how it is drawn. One instrument
    serves all seeds of a run; a snapshot says whose it is.

    Attributes:
        gradients: Names of sets of samples on which it needs the gradient of the loss.
        watches: Names of sets of samples whose output it looks at after every epoch; empty where
            it has nothing to watch.
    """

    gradients: frozenset[str]
    watches: frozenset[str]

    def samples(self, data: Dataset, *, seed: int, device: torch.device) -> Mapping[str, Samples]:
        """Which samples it looks at; each set goes through the network once.

        Sets have names of its own. `MEASURED` is what the training tells its loss on: where
        several instruments name it, the first one's counts for all.
        """
        ...

    def begin(self, snapshots: Sequence[Snapshot]) -> Coordinates:
        """Values along its dims, chosen before training from one snapshot a seed."""
        ...

    def watch(self, snapshot: Snapshot) -> None:
        """A cheap look at every epoch that is not measured, so that crossings are exact.

        The snapshot has the outputs of `watches` and nothing else. Where each step takes all
        samples these come from the step itself, and are seen when the next epoch has begun; not
        with batch normalisation or bfloat16, where a step computes something else.
        """
        ...

    def read(self, snapshot: Snapshot) -> Mapping[str, NDArray[Any]]:
        """What is measured, under the names of its schema."""
        ...

    def facts(self) -> Mapping[str, JsonValue]:
        """What is true of the whole run, told with its first measurement."""
        ...

    def state(self) -> State:
        """Everything that `begin` and `watch` left behind, as arrays."""
        ...

    def restore(self, state: State) -> None:
        """Continue from such a state."""
        ...

    def cost(self, sizes: Sizes) -> float:
        """Floating-point operations of one `read` for one seed, the network's pass not counted."""
        ...

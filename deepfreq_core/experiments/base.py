"""What every experiment is: a stream of measurements that can be left and taken up again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.records import Measurement, Progress

State: TypeAlias = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True)
class Loading(Progress):
    """A sign of life before training, with what is going on in words.

    Attributes:
        note: For example "downloading train-images-idx3-ubyte.gz: 34 %"; may be empty.
    """

    note: str = ""


class Experiment(Protocol):
    """One experiment on one config, made by `catalogue.create(config)`.

    It writes no files, draws nothing, and does not know that it can be stopped: whoever pulls
    from `events` may take a `state` between two pulls and simply not pull again.
    """

    slug: ClassVar[str]

    def events(self) -> Iterator[Measurement | Progress]:
        """Measurements in order, with `Progress` in between at least a few times a second.

        After `restore`, the stream continues where the state was taken: the same numbers follow
        as if it had never been interrupted.
        """
        ...

    def state(self) -> State:
        """Everything needed to continue from here; plain arrays by name, no objects.

        Empty before the first measurement: there is nothing to continue yet.
        """
        ...

    def restore(self, state: State) -> None:
        """Continue from a state taken from an experiment on the same config."""
        ...

"""An experiment for tests of whatever carries runs out: no torch, quick, and it fails as told.

Its numbers depend on everything before them, so a resumed run that gives the same ones has truly
gone on where it was. It has the form of a training that the layers are measured in. The
fixture `rehearsals` puts it into the catalogue, `python -m tests.rehearsal VERB` into that of a
process of its own.
"""

from __future__ import annotations

from deepfreq_core.config import RunConfig
from deepfreq_core.experiments import catalogue, reading

NAME, PACKAGE = "rehearsal", "tests.rehearsal"


def register() -> None:
    """Put it into the catalogue of this process."""
    catalogue.EXPERIMENTS[NAME] = PACKAGE


def rehearsal(
    *, steps: int = 3, pause_s: float = 0.001, fault: str = "none", seed: int = 0
) -> RunConfig:
    """Settings of a rehearsal, which must be registered."""
    return reading.from_dict({
        **{"experiment": NAME, "version": 2, "seed": seed},
        **{"steps": steps, "pause_s": pause_s, "fault": fault},
    })

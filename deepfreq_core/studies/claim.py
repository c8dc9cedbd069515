"""What a claim is: words of the paper, runs of ours, and how the runs answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from deepfreq_core.records import JsonValue, Measurement
from deepfreq_core.schema import Coordinates
from deepfreq_core.studies.finding import Finding
from deepfreq_core.studies.plan import Planned


class Evidence(Protocol):
    """How finished runs are read for a claim, and kept in its record."""

    def read(
        self,
        case: Mapping[str, str],
        seed: int,
        measurements: Sequence[Measurement],
        coordinates: Coordinates,
        facts: Mapping[str, JsonValue],
    ) -> Any:
        """What counts of a finished run."""
        ...

    def to_dict(self, one: Any) -> dict[str, Any]:
        """JSON values, with "case" and "seed" among them."""
        ...

    def from_dict(self, value: Mapping[str, Any]) -> Any:
        """What counts of a recorded run."""
        ...

    def left_out(self, runs: Sequence[Any]) -> str:
        """How many runs do not count, and why; "" where all do."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of a paper that runs here can support or refute.

    Attributes:
        slug: Name on the command line, in addresses and of the recorded file.
        title: One line.
        paper: What the paper says, in our words, and where.
        settings: Ours, and which of them are our reading; never the paper's where they are not.
        refuted_by: What would speak against it.
        data: Data set it needs ("" for none).
        minutes: About how long its runs take on two CPU cores, together; None where they are
            meant for a GPU.
        plan: The runs; empty where the claim is computed without training.
        reads: How its runs are read and recorded.
        find: What the runs say; takes what was read of any subset of the plan, at least one, or
            none at all where the plan is empty.
        evidence: Slug of the claim whose recorded runs these are too; "" for its own.
    """

    slug: str
    title: str
    paper: str
    settings: str
    refuted_by: str
    data: str
    minutes: float | None
    plan: Callable[[], list[Planned]]
    reads: Evidence
    find: Callable[[Sequence[Any]], Finding]
    evidence: str = ""

    def answer(self, runs: Sequence[Any]) -> Finding:
        """What the runs say, and how many of them do not count."""
        finding = self.find(runs)
        note = self.reads.left_out(runs)
        return replace(finding, sentence=f"{finding.sentence} {note}") if note else finding

    @property
    def takes(self) -> str:
        """What its runs take, in a few words: "about 12 min"."""
        return "for a GPU" if self.minutes is None else f"about {self.minutes:g} min"

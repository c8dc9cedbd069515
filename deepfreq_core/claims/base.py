"""What a claim is: words of the paper, runs of ours, and how the runs answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from deepfreq_core.analysis.finding import Finding
from deepfreq_core.analysis.learning import left_out
from deepfreq_core.claims.evidence import Trace
from deepfreq_core.experiments.sweep import Planned


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
        find: What the runs say; takes the traces of any subset of the plan, at least one, or
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
    find: Callable[[Sequence[Trace]], Finding]
    evidence: str = ""

    def answer(self, traces: Sequence[Trace]) -> Finding:
        """What the runs say, and how many of them do not count."""
        finding = self.find(traces)
        note = left_out(one.learning for one in traces)
        return replace(finding, sentence=f"{finding.sentence} {note}") if note else finding

    @property
    def takes(self) -> str:
        """What its runs take, in a few words: "about 12 min"."""
        return "for a GPU" if self.minutes is None else f"about {self.minutes:g} min"

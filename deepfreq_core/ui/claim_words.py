"""Verdicts and progress in words, with a mark that does not rest on colour alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from deepfreq_core.runs.state import RunState
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.verdict import Verdict
from deepfreq_core.ui import texts
from deepfreq_core.ui.fields import in_words


def runs(n: int) -> str:
    """So many runs, in words."""
    return "1 run" if n == 1 else f"{n} runs"


@dataclass(frozen=True, slots=True)
class _Mark:
    word: str
    icon: str
    color: Literal["green", "orange", "gray", "blue"]


_MARKS = {
    Verdict.HOLDS: _Mark("holds", ":material/check_circle:", "green"),
    Verdict.FAILS: _Mark("does not hold", ":material/cancel:", "orange"),
    Verdict.UNCLEAR: _Mark("unclear", ":material/help:", "blue"),
}
_NO_DATA = {"", "digits", "cosines"}  # sets that are there without a download


def mark(verdict: Verdict | None, *, is_partial: bool = False) -> None:
    """The verdict as a badge; a quiet line where there is none yet.

    Args:
        verdict: What the runs say, or None.
        is_partial: Whether runs of the plan are still missing.
    """
    if verdict is None:
        st.badge("no runs yet", icon=":material/radio_button_unchecked:", color="gray")
        return
    one = _MARKS[verdict]
    word = f"so far {one.word}" if is_partial else one.word
    st.badge(word, icon=one.icon, color=one.color)


def awaited() -> None:
    """In the place of a verdict that is still being worked out."""
    st.badge("coming", icon=":material/more_horiz:", color="gray")


def headline(verdict: Verdict, *, is_partial: bool) -> None:
    """The verdict in words, large.

    Args:
        verdict: What the runs say.
        is_partial: Whether runs of the plan are still missing.
    """
    one = _MARKS[verdict]
    words = f"So far it {verdict.value}" if is_partial else f"It {verdict.value}"
    if verdict is Verdict.UNCLEAR:
        words = words.replace("it ", "it is ").replace("It ", "It is ")
    st.markdown(f"#### :{one.color}[{one.icon}] {words}")


def counted(verdicts: Counter[Verdict | None]) -> str:
    """How many claims have which verdict, in one sentence."""
    parts = []
    for verdict, one, many in (
        (Verdict.HOLDS, "holds", "hold"),
        (Verdict.FAILS, "does not hold here", "do not hold here"),
        (Verdict.UNCLEAR, "is unclear", "are unclear"),
        (None, "has no runs yet", "have no runs yet"),
    ):
        if verdicts[verdict]:
            parts.append(f"{verdicts[verdict]} {one if verdicts[verdict] == 1 else many}")
    return f"Of {verdicts.total()} claims {', '.join(parts)}."


def states(found: Counter[RunState], n_planned: int) -> str:
    """For example "7 of 18 runs finished: 2 running, 9 waiting"."""
    words = texts.table("words")["states"]
    rest = [
        f"{found[state]} {words[state]['word']}"
        for state in RunState
        if found[state] and state is not RunState.DONE
    ]
    missing = n_planned - found.total()
    if missing:
        rest.append(f"{missing} not launched")
    line = f"{found[RunState.DONE]} of {n_planned} runs finished"
    return f"{line}: {', '.join(rest)}" if rest else line


def cost(claim: Claim, n_missing: int, n_planned: int) -> str:
    """What it takes to do the missing runs."""
    line = "meant for a GPU"
    if claim.minutes is not None:
        minutes = max(1, round(claim.minutes * n_missing / n_planned))
        line = f"about {minutes} {'minute' if minutes == 1 else 'minutes'} on two free cores"
    if claim.data not in _NO_DATA:
        line += f"; needs {in_words(claim.data)}, downloaded once"
    return line


def provenance(made: dict[str, Any]) -> str:
    """When, on what and with which versions recorded runs were made."""
    versions = ", ".join(f"{name} {version}" for name, version in made["versions"].items())
    by = f" (filter: {made['backend']})" if made["backend"] != "unknown" else ""
    return f"Recorded {made['date']} on {made['machine']}{by}. {versions}."

"""One claim: what the paper says, how it is tested here, what the runs say, and "reproduce"."""

from __future__ import annotations

import streamlit as st

from deepfreq_core.runs import dispatcher
from deepfreq_core.studies import claim_runs
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.claim_runs import Status
from deepfreq_core.studies.finding import Finding
from deepfreq_core.ui import act, cache, claim_results, claim_words, finding_view, owner, texts
from deepfreq_core.ui.claim_results import Result

_MOST_NAMED = 3
_RECORDED, _HERE = "recorded", "done here"


def show(claim: Claim, here: Status) -> None:
    """The card of a claim."""
    for place, heading, text in zip(
        st.columns(3, gap="medium"),
        ("The paper says", "Here", "It would be refuted by"),
        (claim.paper, claim.settings, claim.refuted_by),
        strict=True,
    ):
        place.markdown(f"**{heading}**\n\n{text}")
    chosen = _choose(claim, here)
    if here.n_planned and not here.is_complete:
        _progress(claim, here)
    source = claim_results.done_here if chosen == _HERE else claim_results.recorded
    result = source(claim, here).result()
    finding = result.finding
    if finding is None:
        _say_there_is_none(chosen, here)
        return
    is_partial = chosen == _HERE and bool(here.n_planned) and not here.is_complete
    _verdict(finding, is_partial)
    finding_view.charts(finding.charts, key=f"claims.{claim.slug}.{chosen}")
    finding_view.table(finding.rows)
    st.caption(_provenance(here, result, finding, chosen))


def _choose(claim: Claim, here: Status) -> str:
    """Which runs are on show; a switch where there are both."""
    if not here.n_planned or not here.launched:
        return _RECORDED
    if claim_results.recorded(claim, here).result().finding is None:
        return _HERE
    chosen: str = st.segmented_control(
        "Runs",
        [_HERE, _RECORDED],
        default=_HERE,
        required=True,
        key=f"claims.source.{claim.slug}",
        persist_state="session",
        label_visibility="collapsed",
    )
    return chosen


def _progress(claim: Claim, here: Status) -> None:
    """How far the runs done here are, what failed, and the buttons."""
    n_missing = here.n_planned - here.n_done - sum(run.state.is_active for _, run in here.launched)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if n_missing:
            label = "Reproduce here" if not here.launched else f"Start the {n_missing} missing runs"
            act.button(
                label, lambda: _launch(claim), key=f"claims.launch.{claim.slug}", kind="primary"
            )
        if any(run.state.is_active and run.owner == owner.current() for _, run in here.launched):
            act.button("Stop", lambda: _stop(claim), key=f"claims.stop.{claim.slug}")
        line = claim_words.states(here.states, here.n_planned) if here.launched else ""
        if n_missing:
            missing = claim_words.cost(claim, n_missing, here.n_planned)
            line = (
                f"{line}. The missing: {missing}"
                if line
                else f"{claim_words.runs(here.n_planned)}, {missing}"
            )
        st.caption(f"{line}." if line else "")
    if here.is_active:
        st.progress(here.n_done / here.n_planned)
    if here.broken:
        _name_failures(here)


def _name_failures(here: Status) -> None:
    lines = [
        f"- {planned.label}, seed {planned.config.seed}: "
        f"{texts.plain(run.error or 'no reason was given')}"
        for planned, run in here.broken[:_MOST_NAMED]
    ]
    more = len(here.broken) - _MOST_NAMED
    if more > 0:
        lines.append(f"- and {more} more, on the page “Runs”")
    n = len(here.broken)
    head = f"{n} {'run' if n == 1 else 'runs'} failed and will be missing from the verdict."
    st.warning("\n".join([head, "", *lines]), icon=":material/error:")


def _verdict(finding: Finding, is_partial: bool) -> None:
    claim_words.headline(finding.verdict, is_partial=is_partial)
    st.markdown(texts.plain(finding.sentence))


def _say_there_is_none(chosen: str, here: Status) -> None:
    if chosen == _HERE and here.is_active:
        text = "The verdict and its curves appear with the first finished run."
    elif chosen == _HERE:
        text = "None of the runs launched here has finished, so there is no verdict."
    else:
        text = "No runs are recorded for this claim yet. “Reproduce here” does them now."
    st.info(text, icon=":material/info:")


def _provenance(here: Status, result: Result, finding: Finding, chosen: str) -> str:
    if not here.n_planned:
        return "Computed here and now from the formula; nothing is trained."
    if chosen == _RECORDED:
        return f"{finding.n_runs} runs. {claim_words.provenance(result.made)}"
    return f"{finding.n_runs} of {claim_words.runs(here.n_planned)}, done here."


def _launch(claim: Claim) -> None:
    claim_runs.launch(cache.store(), claim, owner=owner.required())
    dispatcher.ensure_running()


def _stop(claim: Claim) -> None:
    claim_runs.stop(cache.store(), claim, owner=owner.current())

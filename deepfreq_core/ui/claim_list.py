"""All claims in one list: title, verdict, runs. One of them is open and shows its card.

Session keys: `claims.open`, the slug of the open one, kept in the address bar as `?claim=`;
`claims.linked`, the one that a link named, which comes first because nobody would find it below.
"""

from __future__ import annotations

from collections import Counter

import streamlit as st

from deepfreq_core.analysis.order import Verdict
from deepfreq_core.claims import catalog
from deepfreq_core.claims.base import Claim
from deepfreq_core.ui import claim_card, claim_results, claim_words, ticking

_OPEN, _LINKED = "claims.open", "claims.linked"
_WIDTHS = (11, 3, 4)


def show() -> None:
    """The list with its open card, looked at again while runs are under way."""
    _read_address()
    active = any(claim_results.here(claim).is_active for claim in catalog.claims().values())
    ticking.show(_draw, active=active)


def _draw() -> bool:
    linked = st.session_state[_LINKED]
    claims = sorted(catalog.claims().values(), key=lambda claim: claim.slug != linked)
    found = {
        claim.slug: (claim_results.here(claim), claim_results.recorded(claim)) for claim in claims
    }
    verdicts = {claim.slug: _verdict(claim, *found[claim.slug]) for claim in claims}
    st.markdown(claim_words.counted(Counter(verdict for verdict, _ in verdicts.values())))
    with st.container(key="claims", gap="xsmall"):
        for place, heading in zip(st.columns(_WIDTHS), ("Claim", "Verdict", "Runs"), strict=True):
            place.caption(f"**{heading}**")
        for claim in claims:
            _row(claim, *verdicts[claim.slug], *found[claim.slug])
            if st.session_state.get(_OPEN) == claim.slug:
                with st.container(border=True, key=f"claims.card.{claim.slug}"):
                    claim_card.show(claim, *found[claim.slug])
    return any(here.is_active for here, _ in found.values())


def _verdict(
    claim: Claim, here: claim_results.Here, recorded: claim_results.Recorded
) -> tuple[Verdict | None, bool]:
    """Of all runs done here; else of those recorded; else of the runs done so far."""
    if recorded.finding is not None and (not here.is_complete or not here.n_planned):
        return recorded.finding.verdict, False
    finding = claim_results.finding_here(claim, here)
    return (finding.verdict if finding else None), not here.is_complete


def _row(
    claim: Claim,
    verdict: Verdict | None,
    is_partial: bool,
    here: claim_results.Here,
    recorded: claim_results.Recorded,
) -> None:
    is_open = st.session_state.get(_OPEN) == claim.slug
    title, mark, source = st.columns(_WIDTHS, vertical_alignment="center")
    title.button(
        claim.title,
        key=f"claims.row.{claim.slug}",
        type="tertiary",
        icon=":material/expand_more:" if is_open else ":material/chevron_right:",
        on_click=_toggle,
        args=(claim.slug,),
    )
    with mark:
        claim_words.mark(verdict, is_partial=is_partial and verdict is not None)
    source.caption(_source(claim, here, recorded))


def _source(claim: Claim, here: claim_results.Here, recorded: claim_results.Recorded) -> str:
    if not here.n_planned:
        return "computed here, no runs"
    if here.is_active:
        return f"{here.n_done} of {here.n_planned} runs here"
    if here.is_complete:
        return f"{here.n_planned} runs, done here"
    if recorded.finding is not None:
        return f"{recorded.finding.n_runs} runs, recorded"
    if here.n_done:
        return f"{here.n_done} of {here.n_planned} runs here"
    return f"{here.n_planned} runs, {claim.takes}"


def _toggle(slug: str) -> None:
    is_open = st.session_state.get(_OPEN) == slug
    st.session_state[_OPEN] = None if is_open else slug
    if is_open:
        st.query_params.pop("claim", None)
    else:
        st.query_params["claim"] = slug


def _read_address() -> None:
    asked = st.query_params.get("claim")
    if _OPEN not in st.session_state:
        known = asked in catalog.claims()
        st.session_state[_OPEN] = st.session_state[_LINKED] = asked if known else None
        if asked is not None and not known:
            st.toast("This link names a claim that is not here.", icon=":material/link_off:")
    opened = st.session_state[_OPEN]
    if opened is not None and asked != opened:
        st.query_params["claim"] = opened

"""All claims by chapter: title, verdict, runs. One of them is open and shows its card.

The list is there at once; verdicts whose runs have to be read first come into their rows after it.

Session keys: `claims.open`, the slug of the open one, kept in the address bar as `?claim=`;
`claims.linked`, the one that a link named, which comes first because nobody would find it below.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from deepfreq_core.chapters import catalogue
from deepfreq_core.studies import claim_runs
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.claim_runs import Status
from deepfreq_core.studies.finding import Finding
from deepfreq_core.studies.verdict import Verdict
from deepfreq_core.ui import cache, claim_card, claim_results, claim_words, ticking

_OPEN, _LINKED = "claims.open", "claims.linked"
_WIDTHS = (11, 3, 4)


class _Row(NamedTuple):
    """Places of a row that its runs fill; the card only where the claim is open."""

    mark: DeltaGenerator
    source: DeltaGenerator
    card: DeltaGenerator | None


def show() -> None:
    """The list with its open card, looked at again while runs are under way."""
    _read_address()
    ticking.show(_draw, active=_is_any_active(_statuses()))


def _statuses() -> dict[str, Status]:
    return claim_runs.statuses(cache.store(), catalogue.claims().values())


def _is_any_active(statuses: dict[str, Status]) -> bool:
    return any(here.is_active for here in statuses.values())


def _draw() -> bool:
    statuses = _statuses()
    linked, opened = st.session_state[_LINKED], st.session_state.get(_OPEN)
    chapters = _chapters(linked)
    claims = [claim for _, found in chapters for claim in found]
    verdicts: dict[str, Verdict | None] = {}
    rows: dict[str, _Row] = {}
    counted = st.empty()
    with st.container(key="claims", gap="xsmall"):
        for place, heading in zip(st.columns(_WIDTHS), ("Claim", "Verdict", "Runs"), strict=True):
            place.caption(f"**{heading}**")
        for title, found in chapters:
            if title:
                st.markdown(f"###### {title}")
            for claim in found:
                row = rows[claim.slug] = _row(claim, is_open=claim.slug == opened)
                if _is_known(claim, statuses[claim.slug]):
                    verdicts[claim.slug] = _fill(row, claim, statuses[claim.slug])
                else:
                    _say_it_comes(row, statuses[claim.slug])
    if len(verdicts) < len(claims):
        counted.markdown(f"{len(claims)} claims; their runs are being read …")
    # The open one first; last what is computed, for which loops may have to be compiled.
    comes_last = {slug: slug != opened and not here.n_planned for slug, here in statuses.items()}
    for claim in sorted(claims, key=lambda claim: (claim.slug != opened, comes_last[claim.slug])):
        here, row = statuses[claim.slug], rows[claim.slug]
        if claim.slug not in verdicts:
            verdicts[claim.slug] = _fill(row, claim, here)
        if row.card is not None:
            with row.card:
                claim_card.show(claim, here)
    counted.markdown(claim_words.counted(Counter(verdicts.values())))
    return _is_any_active(statuses)


def _chapters(linked: str | None) -> list[tuple[str, list[Claim]]]:
    """Claims under the titles of their chapters; the one that a link named above all of them."""
    every = catalogue.claims()
    first = [("", [every[linked]])] if linked in every else []
    rest = [
        (title, [claim for claim in found if claim.slug != linked])
        for title, found in catalogue.claims_by_chapter().items()
    ]
    return first + [(title, found) for title, found in rest if found]


def _row(claim: Claim, *, is_open: bool) -> _Row:
    title, mark, source = st.columns(_WIDTHS, vertical_alignment="center")
    title.button(
        claim.title,
        key=f"claims.row.{claim.slug}",
        type="tertiary",
        icon=":material/expand_more:" if is_open else ":material/chevron_right:",
        on_click=_toggle,
        args=(claim.slug,),
    )
    card = st.container(border=True, key=f"claims.card.{claim.slug}") if is_open else None
    return _Row(mark.empty(), source.empty(), card)


def _is_known(claim: Claim, here: Status) -> bool:
    """Whether `_fill` has nothing to read and nothing to compute."""
    if not here.is_complete:
        recorded = claim_results.recorded(claim, here)
        if not recorded.is_known:
            return False
        if recorded.result().finding is not None:
            return True
    return claim_results.done_here(claim, here).is_known


def _fill(row: _Row, claim: Claim, here: Status) -> Verdict | None:
    """Write the verdict: of all runs done here; else of those recorded; else of those so far."""
    recorded = None if here.is_complete else claim_results.recorded(claim, here).result().finding
    finding = recorded or claim_results.done_here(claim, here).result().finding
    verdict = finding.verdict if finding else None
    is_partial = finding is not recorded and not here.is_complete
    with row.mark:
        claim_words.mark(verdict, is_partial=is_partial)
    row.source.caption(_source(claim, here, recorded))
    return verdict


def _say_it_comes(row: _Row, here: Status) -> None:
    with row.mark:
        claim_words.awaited()
    row.source.caption(
        claim_words.runs(here.n_planned) if here.n_planned else "computed here, no runs"
    )


def _source(claim: Claim, here: Status, recorded: Finding | None) -> str:
    if not here.n_planned:
        return "computed here, no runs"
    if here.is_active:
        return f"{here.n_done} of {here.n_planned} runs here"
    if here.is_complete:
        return f"{claim_words.runs(here.n_planned)}, done here"
    if recorded is not None:
        return f"{claim_words.runs(recorded.n_runs)}, recorded"
    if here.n_done:
        return f"{here.n_done} of {here.n_planned} runs here"
    return f"{claim_words.runs(here.n_planned)}, {claim.takes}"


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
        known = asked in catalogue.claims()
        st.session_state[_OPEN] = st.session_state[_LINKED] = asked if known else None
        if asked is not None and not known:
            st.toast("This link names a claim that is not here.", icon=":material/link_off:")
    opened = st.session_state[_OPEN]
    if opened is not None and asked != opened:
        st.query_params["claim"] = opened

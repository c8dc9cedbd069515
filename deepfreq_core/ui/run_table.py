"""All runs as a table; the row chosen gets the buttons of its run."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.ui import cache, owner, state_words, ticking

_ROWS = 500
# Widths in pixels; the title takes what is left of 1024.
_COLUMNS = {
    "state": st.column_config.TextColumn("State", width=85),
    "title": st.column_config.TextColumn("Title", width=330),
    "owner": st.column_config.TextColumn("Whose", width=65),
    "progress": st.column_config.ProgressColumn(
        "Progress", format="%d%%", min_value=0, max_value=100, width=110
    ),
    "n": st.column_config.NumberColumn("Points", help="Measurements taken", width=65),
    "launched": st.column_config.DatetimeColumn("Launched", format="calendar", width=150),
    "id": st.column_config.TextColumn("In links", width=105),
}


def choose(key: str) -> Run | None:
    """The table with its filter, kept up to date while runs are under way.

    Args:
        key: Session key.

    Returns:
        The run of the chosen row, or None; its id is in session state, `<key>.chosen`.
    """
    choices = ["mine", "everybody's"]
    at_first = choices[owner.current() == owner.NOBODY]
    whose = st.segmented_control(
        "Show", choices, default=at_first, key=f"{key}.whose", required=True
    )
    mine_only = owner.current() if whose == "mine" else None
    runs = _runs(mine_only)
    ticking.show(lambda: _table(key, mine_only), active=_is_any_active(runs))
    chosen: str | None = st.session_state.get(f"{key}.chosen")
    return next((run for run in runs if run.id == chosen), None)


def _runs(whose: str | None) -> list[Run]:
    return cache.store().list(owner=whose, limit=_ROWS)


def _is_any_active(runs: list[Run]) -> bool:
    return any(run.state.is_active for run in runs)


def _table(key: str, whose: str | None) -> bool:
    """Draw the table as it is now; a change of choice draws the whole page anew."""
    runs = _runs(whose)
    if not runs:
        st.info(
            "No runs yet. “Run it now” on the first page, or “Launch” in the lab, starts one.",
            icon=":material/info:",
        )
        return False
    event = st.dataframe(
        [_row(run) for run in runs],
        key=f"{key}.table",
        column_config=_COLUMNS,
        hide_index=True,
        on_select="rerun",
        selection_mode=["single-row", "single-cell"],
        alt="All runs; choose one to see it below",
    )
    rows = [*event["selection"]["rows"], *(row for row, _ in event["selection"]["cells"])]
    before = st.session_state.get(f"{key}.chosen")
    if _chosen_id(key, rows, [run.id for run in runs]) != before:
        st.rerun()
    return _is_any_active(runs)


def _chosen_id(key: str, rows: list[int], ids: list[str]) -> str | None:
    """The run of a chosen row: of the table as it was when the row was chosen.

    A selection is a place, and places shift when somebody launches a run.
    """
    state = st.session_state
    if rows != state.get(f"{key}.rows"):
        seen = state.get(f"{key}.ids", ids)
        state[f"{key}.rows"] = rows
        state[f"{key}.chosen"] = seen[rows[0]] if rows and rows[0] < len(seen) else None
    state[f"{key}.ids"] = ids
    chosen: str | None = state[f"{key}.chosen"]
    return chosen


def _row(run: Run) -> dict[str, object]:
    progress = run.progress or {}
    at, end = progress.get("at", 0.0), progress.get("end") or run.config.planned_end()[0]
    share = 1.0 if run.state is RunState.DONE else at / end if end else 0.0
    return {
        "state": state_words.word(run),
        "title": run.title,
        "owner": "mine" if owner.is_mine(run) else "other",
        "progress": 100 * min(1.0, share),
        "n": run.n_measurements,
        "launched": datetime.fromtimestamp(run.created, tz=UTC),
        "id": run.id,
    }

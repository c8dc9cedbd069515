"""Charts and table of a finding, as every page shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from deepfreq_core.studies import figure as finding
from deepfreq_core.studies.finding import Chart
from deepfreq_core.ui.texts import plain

_AT_ONCE = 4
_FIGURES = 128  # made ones that are kept: several pages of charts
_CONFIG = {"displayModeBar": False, "responsive": True, "scrollZoom": False}


def charts(
    shown: Sequence[Chart],
    *,
    key: str,
    leads: bool = False,
    why_empty: str = finding.NO_RUNS,
) -> None:
    """Charts in two columns; those beyond the first few are folded away.

    Args:
        shown: The charts.
        key: Session key.
        leads: Whether the first one answers the page's question: it is as wide as the page, and
            nothing is folded away.
        why_empty: What stands in a chart without a point.
    """
    if leads:
        _row(shown[:1], 0, key, why_empty)
        _grid(shown[1:], 1, key, why_empty)
        return
    _grid(shown[:_AT_ONCE], 0, key, why_empty)
    rest = shown[_AT_ONCE:]
    if rest:
        with st.expander(f"{len(rest)} more {'chart' if len(rest) == 1 else 'charts'}"):
            _grid(rest, _AT_ONCE, key, why_empty)


def table(rows: Sequence[Mapping[str, str]]) -> None:
    """The rows as a quiet table; nothing where there are none."""
    if rows:
        cells = [{name: plain(value) for name, value in row.items()} for row in rows]
        st.table(cells, border="horizontal", hide_index=True)


def _grid(shown: Sequence[Chart], first: int, key: str, why_empty: str) -> None:
    for i in range(0, len(shown), 2):
        _row(shown[i : i + 2], first + i, key, why_empty, n_columns=2)


def _row(
    shown: Sequence[Chart], first: int, key: str, why_empty: str, *, n_columns: int = 1
) -> None:
    for i, (place, record) in enumerate(zip(st.columns(n_columns), shown, strict=False)):
        place.plotly_chart(
            _figure(record, why_empty),
            key=f"{key}.chart{first + i}",
            config=_CONFIG,
            alt=f"{record.title}: {record.y_title} against {record.x_title}",
        )


@lru_cache(maxsize=_FIGURES)
def _figure(record: Chart, why_empty: str) -> go.Figure:
    """The figure of a chart, made once however many look at it."""
    return finding.chart(record, why_empty=why_empty)

"""Which run is on show: one's own newest runs, to choose from."""

from __future__ import annotations

from deepfreq_core.ui import cache, owner, picker

_MOST = 30


def pick(run_key: str) -> None:
    """A selection of this browser's newest runs; the choice goes to session state `run_key`."""
    runs = cache.store().list(owner=owner.current(), limit=_MOST)
    picker.pick(
        "Run on show",
        {run.id: picker.line(run.created, run.title, run.id) for run in runs},
        shown_key=run_key,
        widget=f"{run_key}.picker",
        help="Your newest runs. All runs of everybody are on the page “Runs”.",
    )

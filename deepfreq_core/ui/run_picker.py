"""Which run is on show: one's own newest runs, to choose from."""

from __future__ import annotations

from deepfreq_core.runs.state import Run
from deepfreq_core.ui import cache, owner, picker

_MOST = 30


def pick(run_key: str, shown: Run | None) -> None:
    """A selection of this browser's newest runs; the choice goes to session state `run_key`.

    Args:
        run_key: Session key of the id of the run on show.
        shown: That run, which may be somebody else's; None where there is none.
    """
    runs = cache.store().list(owner=owner.current(), limit=_MOST)
    if shown is not None and all(run.id != shown.id for run in runs):
        runs = [shown, *runs]
    picker.pick(
        "Run on show",
        {run.id: picker.line(run.created, run.title, run.id) for run in runs},
        shown_key=run_key,
        widget=f"{run_key}.picker",
        help="Your newest runs. All runs of everybody are on the page “Runs”.",
    )

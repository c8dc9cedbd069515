"""What `doctor --deep` looks at: whether every run is as it was written."""

from __future__ import annotations

from collections.abc import Iterator

from deepfreq_core.cli.checks import Check, Level
from deepfreq_core.errors import DeepFreqError
from deepfreq_core.runs import checkpoints, inspection
from deepfreq_core.runs.integrity import REMEDY
from deepfreq_core.runs.store import RunStore

_NAME = "stored data"


def stored_data() -> Iterator[Check]:
    """Is the database sound, and every measurement and checkpoint whole?

    Yields:
        A problem for each damage, then how much is whole.
    """
    try:
        store = RunStore()
        n_whole = n_unchecked = 0
        for complaint in inspection.complaints(store):
            yield Check(_NAME, Level.PROBLEM, complaint, REMEDY)
        for run_id in inspection.ids(store):
            inspected = inspection.inspect(store, run_id)
            n_whole, n_unchecked = n_whole + inspected.n_whole, n_unchecked + inspected.n_unchecked
            for damage in inspected.damage:
                yield Check(_NAME, Level.PROBLEM, damage, REMEDY)
            _, note = checkpoints.load(run_id)
            if note:
                found = f"run {run_id}: {note}"
                yield Check(_NAME, Level.PROBLEM, found, "Resume begins it anew; delete it if done")
    except (DeepFreqError, OSError) as error:
        yield Check(_NAME, Level.PROBLEM, str(error))
        return
    found = f"measurements that are whole: {n_whole}"
    if n_unchecked:
        found += f"; of an older DeepFreq, so without a checksum: {n_unchecked}"
    yield Check(_NAME, Level.OK, found)

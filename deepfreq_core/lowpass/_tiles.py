"""Which thread takes which tile next, so that the result does not depend on their speed."""

from __future__ import annotations

import threading
from collections.abc import Sequence


class TileList:
    """Hands out tiles; each panel gets its tiles in list order and by one thread at a time."""

    def __init__(self, pairs: Sequence[tuple[int, int]], n_panels: int) -> None:
        self._waiting = list(pairs)
        self._changed = threading.Condition()
        self._busy: set[int] = set()
        self._n_panels = n_panels

    def take(self) -> tuple[int, int] | None:
        """First tile whose panels are free and have no earlier tile waiting; None at the end."""
        with self._changed:
            while self._waiting:
                blocked = set(self._busy)
                for place, (i, j) in enumerate(self._waiting):
                    if i not in blocked and j not in blocked:
                        del self._waiting[place]
                        self._busy |= {i, j}
                        return i, j
                    blocked |= {i, j}
                    if len(blocked) >= self._n_panels:
                        break
                self._changed.wait()
            return None

    def done(self, pair: tuple[int, int]) -> None:
        """Free the panels of a tile."""
        with self._changed:
            self._busy -= set(pair)
            self._changed.notify_all()

"""Signs of life from work that cannot be cut into steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from deepfreq_core.data.base import Report

T = TypeVar("T")


class BackgroundTask(threading.Thread, Generic[T]):
    """Work done in a thread while its starter shows how it goes.

    Args:
        work: Takes a function that it may call with a line of text.
    """

    def __init__(self, work: Callable[[Report], T]) -> None:
        super().__init__(daemon=True)  # a starter that leaves does not wait for a download
        self._work = work
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._note = ""

    def run(self) -> None:
        """Do the work and keep how it ended."""
        try:
            self._results.append(self._work(self._report))
        except BaseException as error:  # raised again in `result`, by the thread that waits
            self._error = error

    def notes(self, every_s: float) -> Iterator[str]:
        """Start, and wait for the end.

        Args:
            every_s: Seconds between two notes.

        Yields:
            What the work last reported; empty at first.
        """
        self.start()
        while self.is_alive():
            self.join(every_s)
            if self.is_alive():
                yield self._note

    def result(self) -> T:
        """What the work returned; what it raised is raised here."""
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _report(self, note: str) -> None:
        self._note = note

"""Waiting for runs that the dispatcher carries out, with a bar on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

_POLL_S = 0.5


def wait(label: str, n_planned: int, look: Callable[[], tuple[int, bool]]) -> None:
    """Look again and again until no run can come any more.

    Args:
        label: What stands before the bar.
        n_planned: Runs there will be.
        look: How many are done, and whether more can come.
    """
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} runs"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(label, total=n_planned)
        n_done, is_active = look()
        while is_active:
            bar.update(task, completed=n_done)
            time.sleep(_POLL_S)
            n_done, is_active = look()

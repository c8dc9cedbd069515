"""A data folder of its own for every test of the command line."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _own_folder(home: Path) -> None:
    """Whatever a command does, it does there."""

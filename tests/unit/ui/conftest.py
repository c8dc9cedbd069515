"""An instrument that the form's texts do not know."""

import pytest

from tests import hostile as instruments


@pytest.fixture
def hostile(monkeypatch):
    instruments.register(monkeypatch)

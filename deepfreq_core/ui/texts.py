"""Texts for people, kept under assets/texts: sentences as JSON, pages as Markdown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from deepfreq_core import settings


def page(name: str) -> str:
    """The text of a page."""
    return (settings.assets() / "texts" / f"{name}.md").read_text("utf-8")


@lru_cache(maxsize=8)
def table(name: str) -> Mapping[str, Any]:
    """Short texts by name, e.g. "words"."""
    path = settings.assets() / "texts" / f"{name}.json"
    loaded: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
    return loaded


def style_sheet() -> Path:
    """The style sheet of the pages, for `st.html`."""
    return settings.assets() / "css" / "page.css"


def plain(text: str) -> str:
    """Text that somebody or something else wrote, without Markdown in it."""
    return "".join(f"\\{char}" if char in r"\`*_{}[]<>()#+-.!|$:~" else char for char in text)

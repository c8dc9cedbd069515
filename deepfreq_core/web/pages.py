"""The document of every page: Streamlit's own, told where its server is.

Streamlit's script does not know whether /claims is a page or the folder that the whole app is
served under, so on every page but the first it asks /claims/_stcore/health and …/host-config
before it asks the root: two answers 404 and two errors in the browser's log, and a page that
starts a round trip late. It asks at once where its document says where the server is.
"""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from deepfreq_core.web.answers import answer

# Ours is the root of a host name (docs/server.md), whatever name and port it is reached by.
_SERVER = '<script>window.__streamlit = {BACKEND_BASE_URL: location.origin + "/"}</script>'
_HEAD = "<head>"


def page_routes(paths: Iterable[str]) -> list[Route]:
    """Routes that answer these paths with the document.

    Args:
        paths: Paths of the pages, each with its leading slash.
    """
    return [Route(path, document) for path in paths]


def document(request: Request) -> Response:
    """The document, the same for all pages."""
    return answer(request, _document(), "text/html; charset=utf-8")


@functools.lru_cache(maxsize=1)
def _document() -> bytes:
    spec = importlib.util.find_spec("streamlit")  # found, not imported
    assert spec is not None and spec.origin is not None
    text = (Path(spec.origin).parent / "static" / "index.html").read_text("utf-8")
    assert _HEAD in text
    return text.replace(_HEAD, _HEAD + _SERVER, 1).encode()

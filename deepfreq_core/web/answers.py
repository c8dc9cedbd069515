"""Answers that cost little when asked often: an ETag, and compression done once."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import Response

_COMPRESS_FROM = 16_384  # smaller answers are left to the server's own middleware
_LEVEL = 5
_KEPT = 32

_lock = threading.Lock()
_compressed: OrderedDict[str, bytes] = OrderedDict()


def answer(
    request: Request,
    body: bytes,
    media_type: str,
    *,
    cache: str = "no-cache",
    status: int = 200,
) -> Response:
    """A response, or 304 when the client has it already; call it in a thread, it may compress."""
    tag = hashlib.blake2b(body, digest_size=12).hexdigest()
    headers = {"etag": f'W/"{tag}"', "cache-control": cache, "vary": "Accept-Encoding"}
    if status == 200 and _has(request, tag):
        return Response(status_code=304, headers=headers)
    if len(body) >= _COMPRESS_FROM and "gzip" in request.headers.get("accept-encoding", ""):
        body = _compress(tag, body)
        headers["content-encoding"] = "gzip"
    return Response(body, status, headers, media_type=media_type)


def _has(request: Request, tag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return any(part.strip().removeprefix("W/").strip('"') == tag for part in known.split(","))


def _compress(tag: str, body: bytes) -> bytes:
    # Under the lock: thirty browsers that open one page at once wait for one compression.
    with _lock:
        if tag not in _compressed:
            _compressed[tag] = gzip.compress(body, _LEVEL, mtime=0)
            if len(_compressed) > _KEPT:
                _compressed.popitem(last=False)
        _compressed.move_to_end(tag)
        return _compressed[tag]

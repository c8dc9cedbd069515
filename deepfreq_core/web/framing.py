"""Whose pages may show ours in a frame.

A foreign page that could would lay our buttons under its own, to be pressed by whoever has an
owner's cookie (clickjacking). Browsers hold to what `frame-ancestors` says.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "content-security-policy"


class FrameAncestors:
    """Says with every answer who may show it in a frame; answers that are no page do not care.

    Args:
        app: What answers.
        origins: Who may, besides our own pages.
    """

    def __init__(self, app: ASGIApp, origins: Collection[str] = ()) -> None:
        self._app = app
        self._policy = " ".join(["frame-ancestors", "'self'", *origins])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, with the header."""

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append(HEADER, self._policy)
            await send(message)

        await self._app(scope, receive, send_with_policy if scope["type"] == "http" else send)

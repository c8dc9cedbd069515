"""Which browser asks: a random id in a cookie, so that it finds its runs again."""

from __future__ import annotations

import re
import secrets
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "deepfreq_owner"
_BYTES = 24
_ID = re.compile(r"[A-Za-z0-9_-]{32}")  # what 24 random bytes are in base 64: nothing else is ours
_YEAR_S = 365 * 86_400


def owner_id(text: object) -> str | None:
    """The text where it has the form of the ids given here, else None."""
    return text if isinstance(text, str) and _ID.fullmatch(text) else None


def owner_of(headers: Headers) -> str | None:
    """The id that a request carries, or None."""
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return owner_id(cookie.value) if cookie is not None else None


class OwnerCookie:
    """Gives every browser an id with the first page it gets; touches nothing else.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; websockets and requests with an id as they are."""
        if scope["type"] != "http" or owner_of(Headers(scope=scope)) is not None:
            await self._app(scope, receive, send)
            return

        # A page from the browser's own cache is answered by 304 without a content type.
        asks_for_page = "text/html" in Headers(scope=scope).get("accept", "")

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_page = headers.get("content-type", "").startswith("text/html")
                if is_page or (asks_for_page and message["status"] == 304):
                    secure = "; Secure" if scope["scheme"] == "https" else ""
                    headers.append(
                        "set-cookie",
                        f"{COOKIE}={secrets.token_urlsafe(_BYTES)}; Path=/; Max-Age={_YEAR_S}; "
                        f"HttpOnly; SameSite=Lax{secure}",
                    )
            await send(message)

        await self._app(scope, receive, send_with_cookie)

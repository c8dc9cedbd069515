"""While the server is away the pages say so themselves, instead of Streamlit's dialog.

Its "Connection error" covers the charts, speaks of `streamlit run yourscript.py`, and makes the
page under it inert. Streamlit's browser part leaves such dialogs to the page where the answer of
`/_stcore/host-config` says so; it has no setting for that answer.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATH = "/_stcore/host-config"
_SHOWN, _LEFT_TO_US = b'"blockErrorDialogs":false', b'"blockErrorDialogs":true '  # as long


class NoErrorDialogs:
    """Changes that one answer, and lets everything else pass.

    Args:
        app: What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        if scope["type"] != "http" or not scope["path"].endswith(_PATH):
            await self._app(scope, receive, send)
            return

        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.body":
                message["body"] = message.get("body", b"").replace(_SHOWN, _LEFT_TO_US)
            await send(message)

        await self._app(scope, receive, send_changed)

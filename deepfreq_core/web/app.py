"""What the dashboard's ASGI app takes from here beside the routes: lifespan and middleware.

App("main.py", routes=routes(), lifespan=lifespan, middleware=middleware())
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware

from deepfreq_core import settings
from deepfreq_core.errors import DeepFreqError
from deepfreq_core.runs import dispatcher
from deepfreq_core.web.framing import FrameAncestors
from deepfreq_core.web.host_config import NoErrorDialogs
from deepfreq_core.web.owner import OwnerCookie

_LOOK_AFTER_S = 10.0

_log = logging.getLogger(__name__)


def middleware() -> list[Middleware]:
    """The middleware of the dashboard; compression is Streamlit's own, and ours in `answers`."""
    return [
        Middleware(FrameAncestors, origins=settings.frame_ancestors()),
        Middleware(OwnerCookie),
        Middleware(NoErrorDialogs),
    ]


@asynccontextmanager
async def lifespan(_app: object) -> AsyncGenerator[dict[str, Any], None]:
    """While the dashboard is up, keep a dispatcher up and tell it that somebody serves.

    Args:
        _app: The app; not used.

    Yields:
        No state.
    """
    await run_in_threadpool(look_after_dispatcher)
    task = asyncio.create_task(_keep_looking())
    try:
        yield {}
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _keep_looking() -> None:
    while True:
        await asyncio.sleep(_LOOK_AFTER_S)
        await run_in_threadpool(look_after_dispatcher)


def look_after_dispatcher() -> None:
    """Touch HOME/serving, so that the dispatcher stays, and start one where none lives."""
    try:
        dispatcher.serving_path().touch()
        dispatcher.ensure_running()
    except (DeepFreqError, OSError) as error:
        _log.warning("the dispatcher cannot be looked after: %s", error)

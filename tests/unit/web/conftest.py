"""The routes asked without a server, and a run that has been carried out."""

import asyncio
import importlib
from collections.abc import Callable

import httpx
import pytest
from starlette.applications import Starlette

from deepfreq_core import web
from deepfreq_core.runs.launchers.inline import InlineLauncher
from deepfreq_core.runs.state import Run
from deepfreq_core.runs.store import RunStore
from deepfreq_core.web.series import SeriesCache
from tests.rehearsal import rehearsal


@pytest.fixture
def store(home, monkeypatch, rehearsals):
    store = RunStore()
    # The routes look at the store for every request here, so that a test need not wait.
    cache = SeriesCache(store, fresh_s=0.0)
    monkeypatch.setattr(
        importlib.import_module("deepfreq_core.web.routes"), "_series", lambda _: cache
    )
    yield store
    store.close()


@pytest.fixture
def get(home) -> Callable[..., httpx.Response]:
    app = Starlette(routes=web.routes(), middleware=web.middleware())

    def ask(path: str, **headers: str) -> httpx.Response:
        async def request() -> httpx.Response:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url="http://lab") as client:
                return await client.get(path, headers=headers)

        return asyncio.run(request())

    return ask


@pytest.fixture
def carried_out(store) -> Run:
    run = store.create(rehearsal(steps=3, seed=1), owner="A" * 32, title='Depth, "two"')
    InlineLauncher(store).submit(run.id)
    return store.get(run.id)

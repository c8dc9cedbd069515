"""The JSON and download routes; all of them only read.

    GET /api/runs                               runs, newest first; ?limit=, ?mine=1
    GET /api/runs/{id}                          one run
    GET /api/runs/{id}/series                   its measurements; ?since=SEQ&attempt=A: what is new
    GET /api/runs/{id}/export.{csv,json,npz,nc}   all of it, every digit
    GET /api/recorded/{slug}/series             a recorded run, in the same form
    GET /healthz                                database, dispatcher, queue; 503 if one is off
    GET /assets/plotly.min.js                   the plotly.js inside plotly.py; no network needed

Errors are {"error": sentence}.
"""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from deepfreq_core import config as configs
from deepfreq_core import exports, settings
from deepfreq_core.errors import DeepFreqError, RunNotFound, readable
from deepfreq_core.exports import numbers
from deepfreq_core.runs.errors import RunDamaged, StoreUnavailable
from deepfreq_core.runs.state import describe
from deepfreq_core.runs.store import RunStore
from deepfreq_core.web import recorded as recordings
from deepfreq_core.web.answers import answer
from deepfreq_core.web.owner import owner_of
from deepfreq_core.web.series import SeriesCache

_JSON = "application/json"
_MAX_RUNS = 1_000
_FOR_EVER = "public, max-age=31536000, immutable"


class BadRequest(DeepFreqError):
    """A parameter of the address cannot be used."""


def routes() -> list[Route]:
    """All routes, ready for `App(routes=…)`; starlette calls each in a thread of its pool."""
    return [
        Route("/api/runs", _told(list_runs)),
        Route("/api/runs/{run_id}", _told(show_run)),
        Route("/api/runs/{run_id}/series", _told(series)),
        Route("/api/runs/{run_id}/export.{kind}", _told(export)),
        Route("/api/recorded/{slug}/series", _told(recorded)),
        Route("/healthz", _told(health)),
        Route("/assets/plotly.min.js", _told(plotly_js)),
    ]


def list_runs(request: Request) -> Response:
    """Runs, newest first."""
    owner = owner_of(request.headers)
    limit = _whole_number(request, "limit", 200)
    mine_only = request.query_params.get("mine") == "1"
    found = _store().list(owner=(owner or "") if mine_only else None, limit=min(limit, _MAX_RUNS))
    told = [_about(run, owner) for run in found]
    return _json(request, {"runs": told, "waiting": _store().queue_length()})


def show_run(request: Request) -> Response:
    """One run with its config and facts."""
    run = _store().get(request.path_params["run_id"])
    return _json(request, _about(run, owner_of(request.headers)) | {"facts": dict(run.facts)})


def series(request: Request) -> Response:
    """What is new in a run."""
    since = _whole_number(request, "since", 0)
    attempt = _whole_number(request, "attempt", -1)
    found = _series(settings.database_url()).answer(
        request.path_params["run_id"], since=since, attempt=attempt if attempt >= 0 else None
    )
    return answer(request, found, _JSON)


def export(request: Request) -> Response:
    """A run as a file.

    Raises:
        RunNotFound: There is no such run or kind of file.
    """
    run_id, kind = request.path_params["run_id"], request.path_params["kind"]
    if kind not in exports.MEDIA_TYPES:
        raise RunNotFound(f"no export {kind!r}. There are: {', '.join(exports.MEDIA_TYPES)}")
    run, measurements = _store().read(run_id)
    content = exports.content(run, measurements, _store().coordinates(run_id))
    media_type = exports.MEDIA_TYPES[kind]
    headers = {
        "content-disposition": f'attachment; filename="deepfreq-{run.id}.{kind}"',
        "cache-control": "no-store",
    }
    if kind == "csv":
        parts = exports.as_csv(content, request.query_params.get("table"))
        return StreamingResponse(parts, 200, headers, media_type)
    if kind == "json":
        return StreamingResponse(exports.as_json(content), 200, headers, media_type)
    return StreamingResponse(exports.as_file(content, kind), 200, headers, media_type)


def recorded(request: Request) -> Response:
    """A recorded run, whole."""
    found = recordings.series(request.path_params["slug"])
    return answer(request, found, _JSON, cache="public, max-age=300")


def health(request: Request) -> Response:
    """Whether runs can be launched and will be carried out."""
    told: dict[str, Any] = {"status": "ok", "database": "ok"}
    try:
        status = _store().dispatcher_status()
        told["queue_length"] = _store().queue_length()
        told["dispatcher"] = {
            "alive": status.is_alive,
            "age_s": None if status.age_s is None else round(status.age_s, 1),
            "slots": status.slots,
        }
        if not status.is_alive:
            told["status"] = "no dispatcher"
    except DeepFreqError as error:
        told |= {"status": "no database", "database": str(error)}
    is_well = told["status"] == "ok"
    body = json.dumps(told).encode()
    return answer(request, body, _JSON, cache="no-store", status=200 if is_well else 503)


def plotly_js(request: Request) -> Response:
    """plotly.js, the same file for a year."""
    tag, plain, compressed = _plotly_js()
    headers = {"etag": tag, "cache-control": _FOR_EVER, "vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(compressed, 200, headers, "text/javascript")
    return Response(plain.read_bytes(), 200, headers, "text/javascript")


def _told(endpoint: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The endpoint with our errors told as JSON; a plain function, so it runs in a thread."""

    @functools.wraps(endpoint)
    def tell(request: Request) -> Response:
        try:
            return endpoint(request)
        except DeepFreqError as error:
            status = 400
            if isinstance(error, RunNotFound):
                status = 404
            elif isinstance(error, StoreUnavailable):
                status = 503
            elif isinstance(error, RunDamaged):
                status = 500
            body = json.dumps({"error": readable(error)}).encode()
            return answer(request, body, _JSON, cache="no-store", status=status)

    return tell


def _about(run: Any, owner: str | None) -> dict[str, Any]:
    return describe(run) | {
        "mine": owner is not None and run.owner == owner,
        "preset": run.preset,
        "group": run.group,
        "n_measurements": run.n_measurements,
        "config": configs.to_dict(run.config),
    }


def _json(request: Request, value: Any) -> Response:
    return answer(request, json.dumps(numbers.plain(value)).encode(), _JSON)


def _whole_number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 12:
        raise BadRequest(f"{name} is {text!r}. Give a whole number of at least 0")
    return int(text)


def _store() -> RunStore:
    return _store_of(settings.database_url())


@functools.lru_cache(maxsize=4)
def _store_of(url: str) -> RunStore:
    return RunStore(url)


@functools.lru_cache(maxsize=4)
def _series(url: str) -> SeriesCache:
    return SeriesCache(_store_of(url))


@functools.lru_cache(maxsize=1)
def _plotly_js() -> tuple[str, Path, bytes]:
    spec = importlib.util.find_spec("plotly")  # found, not imported: it is large
    assert spec is not None and spec.origin is not None
    path = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    plain = path.read_bytes()
    return f'"{len(plain):x}-{int(path.stat().st_mtime):x}"', path, gzip.compress(plain, 6, mtime=0)

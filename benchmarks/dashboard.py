"""A dashboard of its own to measure, with a filled store, and visitors without a browser.

A visitor speaks Streamlit's own protocol over a websocket, as a browser does, but draws nothing:
what is measured is the server alone.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from deepfreq_core.chapters import catalogue
from deepfreq_core.instruments.layers.trace import OWNER as OF_LAYERS
from deepfreq_core.instruments.layers.trace import Trace
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.schema import qualified
from deepfreq_core.studies import claim_runs, records
from deepfreq_core.studies.plan import Planned

ROOT = Path(__file__).resolve().parents[1]
OWNER = secrets.token_urlsafe(24)  # whose browser the visitors are
_PATIENCE_S = 60.0


@dataclass(frozen=True)
class Server:
    """A dashboard that answers at `host:port`."""

    port: int
    pid: int

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        """Processor time of its process so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Memory of its process that is in use now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@contextmanager
def served(home: Path, *, numba_cache: Path | None = None) -> Generator[Server]:
    """A freshly started dashboard and its dispatcher, both ended afterwards.

    Args:
        home: Its data folder.
        numba_cache: Where compiled loops are kept; an empty folder is a machine that has none.

    Yields:
        The server, once it answers.
    """
    port = _free_port()
    environment = os.environ | {"DEEPFREQ_HOME": str(home), "PYTHONPATH": str(ROOT)}
    if numba_cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(numba_cache)
    address = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    commands = (
        ["-m", "deepfreq_core.runs.dispatcher"],  # ours to end, not one that the server starts
        ["-m", "streamlit", "run", "app.py", *address],
    )
    started: list[subprocess.Popen[bytes]] = []
    with (home / "benchmark.log").open("ab") as log:
        try:
            for command in commands:
                arguments = [sys.executable, *command]
                started.append(
                    subprocess.Popen(arguments, cwd=ROOT, env=environment, stdout=log, stderr=log)
                )
            server = Server(port, started[-1].pid)
            _wait_until_up(server)
            yield server
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(30)


@dataclass(frozen=True)
class Look:
    """How long one look at a page took, from the question on.

    Attributes:
        seen_s: Until the text asked for was there; infinity where it never was.
        seen_cpu_s: Processor time of the server until then: what it takes on a free core.
        whole_s: Until the page was whole.
        n_bytes: What was sent.
    """

    seen_s: float
    seen_cpu_s: float
    whole_s: float
    n_bytes: int


def address(server: Server) -> dict[str, object]:
    """What a visitor connects with."""
    return {
        "uri": f"ws://127.0.0.1:{server.port}/_stcore/stream",
        "subprotocols": ["streamlit"],
        "additional_headers": {"Cookie": f"deepfreq_owner={OWNER}"},
        "max_size": None,
    }


@contextmanager
def visitor(server: Server) -> Generator[ClientConnection]:
    """One visitor's connection.

    Yields:
        The connection, for `look`.
    """
    with connect(**address(server)) as connection:  # type: ignore[arg-type]
        yield connection


def question(page: str, query: str = "") -> bytes:
    """What a browser sends to see a page."""
    asked = BackMsg()
    asked.rerun_script.page_name = page
    asked.rerun_script.query_string = query
    return asked.SerializeToString()


def is_whole(message: bytes) -> bool:
    """Whether this is the last message of a page."""
    return ForwardMsg.FromString(message).WhichOneof("type") == "script_finished"


def look(
    server: Server, connection: ClientConnection, page: str, query: str = "", text: str = ""
) -> Look:
    """See a page once.

    Args:
        server: Whose page.
        connection: The visitor's.
        page: Name in its address.
        query: Query string.
        text: What to look for.

    Returns:
        When that was there, and when everything was.
    """
    began, cpu = time.perf_counter(), server.cpu_s()
    connection.send(question(page, query))
    seen, n_bytes = (float("inf"), float("inf")), 0
    while True:
        message = connection.recv(_PATIENCE_S)
        assert isinstance(message, bytes)
        n_bytes += len(message)
        now = time.perf_counter() - began
        if text.encode() in message:
            seen = min(seen, (now, server.cpu_s() - cpu))
        if is_whole(message):
            return Look(*seen, now, n_bytes)


def fill(home: Path, n_runs: int) -> RunStore:
    """A store with finished runs: those of all recorded claims first, then copies of them.

    Args:
        home: Data folder.
        n_runs: Runs in all.

    Returns:
        The store.
    """
    home.mkdir(parents=True, exist_ok=True)
    store = RunStore(f"sqlite:///{home / 'runs.sqlite'}")
    told = [
        (planned.config, claim_runs.group_of(claim), trace)
        for claim in catalogue.claims().values()
        if not claim.evidence
        for planned, trace in _recorded(claim.slug)
    ]
    for i in range(n_runs):
        config, group, trace = told[i % len(told)]
        is_of_claim = i < len(told)
        run = store.create(
            config, owner=OWNER, title=f"run {i}", group=group if is_of_claim else None
        )
        store.start(run.id, worker="w")
        for measurement in _measurements(trace):
            store.append(run.id, measurement, worker="w")
        store.finish(run.id, RunState.DONE, worker="w")
    return store


def percentile(values: Iterable[float], share: float) -> float:
    """For example the 99th of 100 of `values` for 0.99."""
    return float(np.quantile(list(values), share))


def _recorded(slug: str) -> list[tuple[Planned, Trace]]:
    claim = catalogue.claim(slug)
    traces, _ = records.recorded(claim)
    # Evidence of other kinds has no curves to make a run of.
    curves = [one for one in traces if isinstance(one, Trace)]
    of = {(tuple(sorted(one.case.items())), one.seed): one for one in curves}
    planned = [(one, (tuple(sorted(one.case.items())), one.config.seed)) for one in claim.plan()]
    return [(one, of[key]) for one, key in planned if key in of]


def _measurements(trace: Trace) -> Generator[Measurement]:
    """Those of which curves were kept; the last has the last scalars."""
    kept = np.searchsorted(trace.scalar_epoch, trace.epoch)
    for i, at in enumerate(kept):
        yield Measurement(
            at=float(trace.epoch[i]),
            scalars={name: float(values[at]) for name, values in trace.scalars.items()},
            arrays={
                qualified(OF_LAYERS, name): getattr(trace, name)[i]
                for name in ("lfr", "rdf", "gradient_norm")
            },
            coordinates={} if i else {qualified(OF_LAYERS, "inverse_delta"): trace.inverse_delta},
            facts={} if i else trace.facts,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_up(server: Server) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=2):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)

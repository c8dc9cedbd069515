"""Thirty viewers of one live run and of the page of claims: what they cost the server.

python -m benchmarks.load [--viewers 30] [--seconds 20] [--markdown]

Viewers of the run ask for what is new in it as the live chart does; those of the claims look again
as the page does while a run of a claim is under way. The run is made up: twice a second it gets a
measurement of six layers at 100 values of 1/δ, so that training takes no part in the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import numpy as np
from websockets.asyncio.client import connect

from benchmarks.dashboard import (
    OWNER,
    Server,
    address,
    fill,
    is_whole,
    percentile,
    question,
    served,
)
from benchmarks.filter import machine, table
from deepfreq_core.chapters import catalogue
from deepfreq_core.instruments.layers.trace import OWNER as OF_LAYERS
from deepfreq_core.records import Measurement
from deepfreq_core.runs.store import RunStore
from deepfreq_core.schema import qualified
from deepfreq_core.studies import claim_runs
from deepfreq_core.ui.ticking import SECONDS

_POLL_S = 1.0  # of the live chart
_PAUSE_S = 0.5
_LAYERS, _GRID = 6, np.linspace(0.0, 40.0, 100)


def keep_alive(store: RunStore, over: threading.Event) -> str:
    """Start a run that gets a measurement twice a second until it is over; its id."""
    claim = catalogue.claim("layers-digits")
    run = store.create(claim.plan()[0].config, owner=OWNER, group=claim_runs.group_of(claim))
    store.start(run.id, worker="w", place="benchmark")

    def feed() -> None:
        random, epoch = np.random.default_rng(0), 0
        while not over.wait(_PAUSE_S):
            curves = random.random((_LAYERS, _GRID.size))
            told = {"lfr": curves, "rdf": curves, "gradient_norm": curves[:, 0]}
            measurement = Measurement(
                at=float(epoch),
                scalars={"train_loss": 0.1},
                arrays={qualified(OF_LAYERS, name): array for name, array in told.items()},
                coordinates={} if epoch else {qualified(OF_LAYERS, "inverse_delta"): _GRID},
            )
            store.append(run.id, measurement, worker="w")
            epoch += 1

    threading.Thread(target=feed, daemon=True).start()
    return run.id


async def follow_run(server: Server, run_id: str, until: float, taken: list[float]) -> None:
    """One viewer of a live run."""
    seq = attempt = 0
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        while time.monotonic() < until:
            began = time.perf_counter()
            query = f"since={seq}&attempt={attempt}" if seq else ""
            answer = await client.get(f"/api/runs/{run_id}/series?{query}")
            taken.append(time.perf_counter() - began)
            told = json.loads(answer.raise_for_status().text)
            seq, attempt = told["seq"], told["attempt"]
            await asyncio.sleep(_POLL_S)


async def follow_claims(server: Server, query: str, until: float, taken: list[float]) -> None:
    """One viewer of the page of claims."""
    async with connect(**address(server)) as connection:  # type: ignore[arg-type]
        while time.monotonic() < until:
            began = time.perf_counter()
            await connection.send(question("claims", query))
            async for message in connection:
                assert isinstance(message, bytes)
                if is_whole(message):
                    break
            taken.append(time.perf_counter() - began)
            await asyncio.sleep(SECONDS)


Follow = Callable[[float, list[float]], Awaitable[None]]


async def crowd(follow: Follow, n_viewers: int, seconds: float) -> list[float]:
    """Seconds of every answer; viewers come one after the other within one turn."""
    taken: list[float] = []
    until = time.monotonic() + seconds

    async def one(i: int) -> None:
        await asyncio.sleep(i * SECONDS / n_viewers)
        await follow(until, taken)

    await asyncio.gather(*(one(i) for i in range(n_viewers)))
    return taken


def measure(server: Server, name: str, follow: Follow, n_viewers: int, seconds: float) -> list[str]:
    """A row: answers, their times, the server's processor share and memory."""
    asyncio.run(crowd(follow, 1, 1.0))  # what is read and made once
    cpu, began = server.cpu_s(), time.perf_counter()
    taken = asyncio.run(crowd(follow, n_viewers, seconds))
    share = (server.cpu_s() - cpu) / (time.perf_counter() - began)
    return [
        name,
        str(len(taken)),
        f"{1000 * percentile(taken, 0.5):.0f}",
        f"{1000 * percentile(taken, 0.99):.0f}",
        f"{share:.0%}",
        f"{server.memory_mb():.0f}",
    ]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--viewers", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20, help="of each trial")
    parser.add_argument("--runs", type=int, default=700, help="in the store")
    parser.add_argument("--markdown", action="store_true", help="a table for docs/")
    asked = parser.parse_args()
    over = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = fill(home, asked.runs)
        run_id = keep_alive(store, over)
        print(f"{asked.viewers} viewers, {asked.runs} runs in the store; {machine(2)}\n")
        with served(home) as server:
            trials: dict[str, Follow] = {
                "a live run": lambda until, taken: follow_run(server, run_id, until, taken),
                "claims": lambda until, taken: follow_claims(server, "", until, taken),
                "claims, the live one open": lambda until, taken: follow_claims(
                    server, "claim=layers-digits", until, taken
                ),
            }
            rows = [
                measure(server, name, follow, asked.viewers, asked.seconds)
                for name, follow in trials.items()
            ]
        over.set()
        store.close()
    head = ["page", "answers", "ms, median", "ms, 99 %", "of one core", "MB"]
    print(table(head, rows, asked.markdown))


if __name__ == "__main__":
    main()

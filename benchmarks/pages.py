"""What a page costs the server: time until it is seen when cold, processor time of every look.

python -m benchmarks.pages [--runs 700] [--looks 20] [--markdown]

Two minutes at most. The store holds the runs of every recorded claim, then copies of them outside
the claims. "Cold" is the first look at a server that has just been started, once on a machine on
which the filter's loops were never compiled and once where they were.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.dashboard import fill, look, percentile, served, visitor
from benchmarks.filter import machine, table
from deepfreq_core.chapters import catalogue

# The list is there when its last row is; one that a link opens comes first.
*_, _BEFORE, _LAST = (claim.title for claim in catalogue.claims().values())
_PAGES = {  # name: page, query string, what to look for
    "claims": ("claims", "", _LAST),
    "claims, one open": ("claims", "claim=objections", _BEFORE),
    "runs": ("runs", "", "arrow_data_frame"),
    "sweep": ("sweep", "", "RDF"),
}


def cold(home: Path, numba_cache: Path, page: str) -> list[str]:
    """A row: seconds until the list is there and until the page is whole, each with its CPU."""
    name, query, text = _PAGES[page]
    with served(home, numba_cache=numba_cache) as server, visitor(server) as one:
        before = server.cpu_s()
        first = look(server, one, name, query, text)
        found = (first.seen_s, first.seen_cpu_s, first.whole_s, server.cpu_s() - before)
        return [f"{seconds:.2f}" for seconds in found]


def warm(home: Path, n_looks: int) -> list[list[str]]:
    """A row a page: milliseconds of processor time and of waiting a look, kilobytes sent."""
    rows = []
    with served(home) as server:
        for page, (name, query, text) in _PAGES.items():
            with visitor(server) as one:
                for _ in range(2):
                    look(server, one, name, query, text)
                before = server.cpu_s()
                looks = [look(server, one, name, query, text) for _ in range(n_looks)]
                cpu = (server.cpu_s() - before) / n_looks
            whole = [one.whole_s for one in looks]
            rows.append([
                page,
                f"{1000 * cpu:.0f}",
                f"{1000 * percentile(whole, 0.5):.0f}",
                f"{1000 * percentile(whole, 0.99):.0f}",
                f"{looks[-1].n_bytes / 1000:.0f}",
            ])
    return rows


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--runs", type=int, default=700, help="in the store")
    parser.add_argument("--looks", type=int, default=20, help="at each page")
    parser.add_argument("--markdown", action="store_true", help="tables for docs/")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        fill(home, asked.runs).close()
        print(f"{asked.runs} runs in the store; {machine(2)}\n")
        rows = [
            [page, where, *cold(home, Path(folder) / page, page)]
            for page in ("claims", "claims, one open")
            for where in ("never compiled", "compiled before")
        ]
        head = ["cold", "loops", "s to the list", "CPU s", "s to the whole", "CPU s"]
        print(table(head, rows, asked.markdown), "\n")
        head = ["warm", "CPU ms a look", "ms, median", "ms, 99 %", "kB sent"]
        print(table(head, warm(home, asked.looks), asked.markdown))


if __name__ == "__main__":
    main()

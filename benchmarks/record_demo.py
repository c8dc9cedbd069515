"""Records the run that the first page replays: `python -m benchmarks.record_demo RUN.json`.

RUN.json is what `deepfreq run digits-demo --json` wrote. Numbers are rounded to what charts show:
LFR to four decimals, RDF and gradients to three digits, others to four. The file says on which
machine and with which versions they were made. What charts derive is derived when the page asks.
"""

from __future__ import annotations

import gzip
import json
import math
import sys
from pathlib import Path
from typing import Any

from deepfreq_core import settings
from deepfreq_core.chapters import catalogue

_DECIMALS = {"layers/lfr": 4}  # of an array; others have digits
_DIGITS = {"layers/rdf": 3, "layers/gradient_norm": 3}
_USUAL_DIGITS = 4
_HEAD = (
    *("state", "is_active", "can_resume", "request", "attempt", "progress"),
    *("eta_s", "error", "created", "started", "finished", "config", "facts", "coordinates"),
)
_SCALARS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy")


def main(path: str) -> None:
    """Write the recorded run beside those that ship."""
    run = json.loads(Path(path).read_text("utf-8"))
    slug = "digits-demo"
    rows = [_row(one) for one in run["measurements"]]
    head = {name: run[name] for name in _HEAD} | {"title": catalogue.preset(slug).title}
    head = {"run": slug, **head, "measurements": rows}
    target = settings.assets() / "recorded" / f"{slug}.json.gz"
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    target.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{target}: {len(rows)} measurements, {target.stat().st_size} bytes")


def _row(one: dict[str, Any]) -> dict[str, Any]:
    scalars = one.get("scalars", one)
    return {
        **{name: one[name] for name in ("seq", "epoch", "step")},
        "scalars": {name: _rounded(scalars[name], name) for name in _SCALARS},
        **{name: _rounded(value, name) for name, value in one.items() if "/" in name},
    }


def _rounded(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return [_rounded(inner, name) for inner in value]
    if value is None or isinstance(value, int) or not math.isfinite(value):
        return value
    if name in _DECIMALS:
        return round(value, _DECIMALS[name])
    return float(f"{value:.{_DIGITS.get(name, _USUAL_DIGITS)}g}")


if __name__ == "__main__":
    main(sys.argv[1])

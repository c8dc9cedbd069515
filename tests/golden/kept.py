"""What was kept: one file for each golden, compared with, or written anew.

`python -m tests.golden.renew` runs the same tests and lets each write what it sees.
"""

import gzip
import json
import os
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RENEW = "GOLDEN_RENEW"


def is_renewed() -> bool:
    return os.environ.get(RENEW) == "1"


def kept(name: str, seen: Any) -> Any:
    """The golden of that name; `seen` itself, written to its file, where goldens are renewed."""
    path = HERE / name
    if is_renewed():
        write(path, seen)
    data = path.read_bytes()
    return json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)


def write(path: Path, value: Any) -> None:
    if path.suffix == ".gz":
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    else:
        path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")

"""All claims, in the order in which the page shows them, and what is recorded of them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from deepfreq_core import settings
from deepfreq_core.claims import layers, mechanism, objections, one_dimension, resnets
from deepfreq_core.claims.base import Claim
from deepfreq_core.claims.evidence import Trace, from_dict, to_dict
from deepfreq_core.errors import ConfigError

_ALL = (
    *layers.CLAIMS,
    *one_dimension.CLAIMS,
    *resnets.CLAIMS,
    *mechanism.CLAIMS,
    *objections.CLAIMS,
)


def claims() -> dict[str, Claim]:
    """All claims by slug, in the page's order."""
    return {claim.slug: claim for claim in _ALL}


def claim(slug: str) -> Claim:
    """The claim of this name.

    Raises:
        ConfigError: There is none; the message lists those there are.
    """
    try:
        return claims()[slug]
    except KeyError:
        raise ConfigError(f"no claim {slug!r}. There are: {', '.join(claims())}") from None


def recorded(one: Claim) -> tuple[list[Trace], dict[str, Any]]:
    """Recorded runs of a claim that ship with the project, and how they were made.

    Runs of cases that the plan does not have (any more) are left out.

    Returns:
        The traces, none where nothing is recorded, and {"date", "machine", "versions", …}.
    """
    path = recorded_path(one)
    if not path.is_file():
        return [], {}
    document = json.loads(gzip.decompress(path.read_bytes()))
    planned = [(dict(run.case), run.config.seed) for run in one.plan()]
    traces = [from_dict(value) for value in document["runs"]]
    fitting = [trace for trace in traces if (dict(trace.case), trace.seed) in planned]
    return fitting, document["made"] if fitting else {}


def recorded_path(one: Claim) -> Path:
    """Where a claim's recorded runs are kept; claims on the same runs share a file."""
    return settings.assets() / "recorded" / "claims" / f"{one.evidence or one.slug}.json.gz"


def write_record(one: Claim, traces: Iterable[Trace], made: dict[str, Any]) -> Path:
    """Keep these runs as the record of a claim.

    Args:
        one: The claim.
        traces: Its runs.
        made: When and with what they were made.

    Returns:
        The file.
    """
    path = recorded_path(one)
    path.parent.mkdir(parents=True, exist_ok=True)
    runs: Sequence[dict[str, Any]] = [to_dict(trace) for trace in traces]
    text = json.dumps({"made": made, "runs": runs}, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))  # the same runs, the same bytes
    return path

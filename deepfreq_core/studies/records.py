"""Runs of claims that ship with the project: one file a claim, or several on the same runs."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from deepfreq_core import config as configs
from deepfreq_core import settings
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.plan import Planned

_Case: TypeAlias = tuple[tuple[str, str], ...]


def recorded(one: Claim) -> tuple[list[Any], dict[str, Any]]:
    """Recorded runs of a claim that ship with the project, and how they were made.

    Runs whose settings the plan does not have (any more) are left out.

    Returns:
        The traces, none where nothing is recorded, and {"date", "machine", "versions", …}.
    """
    path = recorded_path(one)
    if not path.is_file():
        return [], {}
    document = json.loads(gzip.decompress(path.read_bytes()))
    planned = {(_case(run.case), run.config.seed): run.config for run in one.plan()}
    fitting = {
        _case(entry["case"])
        for entry in document["configs"]
        if (config := _readable(entry["config"])) is not None
        and planned.get((_case(entry["case"]), config.seed)) == config
    }
    traces = [
        one.reads.from_dict(value)
        for value in document["runs"]
        if _case(value["case"]) in fitting and (_case(value["case"]), value["seed"]) in planned
    ]
    return traces, document["made"] if traces else {}


def recorded_path(one: Claim) -> Path:
    """Where a claim's recorded runs are kept; claims on the same runs share a file."""
    return settings.assets() / "recorded" / "claims" / f"{one.evidence or one.slug}.json.gz"


def write_record(one: Claim, traces: Iterable[Any], made: dict[str, Any]) -> Path:
    """Keep these runs as the record of a claim.

    Args:
        one: The claim.
        traces: Runs of its plan.
        made: When and with what they were made.

    Returns:
        The file.
    """
    path = recorded_path(one)
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = [one.reads.to_dict(trace) for trace in traces]
    cases = {_case(run["case"]) for run in runs}
    configs_of: dict[_Case, Planned] = {}  # of the first seed; others differ in it alone
    for planned in one.plan():
        if _case(planned.case) in cases:
            configs_of.setdefault(_case(planned.case), planned)
    document = {
        "made": made,
        "configs": [
            {"case": dict(planned.case), "config": configs.to_dict(planned.config)}
            for planned in configs_of.values()
        ],
        "runs": runs,
    }
    text = json.dumps(document, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), mtime=0))  # the same runs, the same bytes
    return path


def _case(case: Mapping[str, str]) -> _Case:
    return tuple(sorted(case.items()))


def _readable(config: dict[str, Any]) -> configs.RunConfig | None:
    try:
        return reading.from_dict(config)
    except ConfigError:
        return None

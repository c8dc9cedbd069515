"""A run to take away: CSV for spreadsheets, JSON and NPZ for programs, and what gets recorded."""

from __future__ import annotations

import csv
import io
import itertools
import json
import platform
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core import config as configs
from deepfreq_core.records import Measurement
from deepfreq_core.runs.state import Run
from deepfreq_core.runs.store import RunStore
from deepfreq_core.version import __version__
from deepfreq_core.web import numbers
from deepfreq_core.web.series import SeriesCache, head_of, measurement_json

MEDIA_TYPES = {"csv": "text/csv", "json": "application/json", "npz": "application/octet-stream"}


def record(run_id: str, store: RunStore | None = None) -> dict[str, Any]:
    """A run as the series route tells it, whole, with versions: what assets/recorded holds."""
    answer: dict[str, Any] = json.loads(SeriesCache(store or RunStore()).answer(run_id))
    return answer | {"versions": _versions(answer["facts"])}


def as_csv(run: Run, measurements: list[tuple[int, Measurement]]) -> Iterator[str]:
    """Long form: one row a measurement, layer and value of 1/δ, its scalars repeated.

    Args:
        run: The run.
        measurements: All of them.

    Yields:
        The heading, then the lines of one measurement after the other.
    """
    scalars = list(dict.fromkeys(name for _, m in measurements for name in m.scalars))
    # What each of several seeds found is in the JSON and npz exports; a table holds their means.
    curves = list(
        dict.fromkeys(
            name
            for _, m in measurements
            for name, array in m.arrays.items()
            if array.ndim == 2 and not name.endswith("_seeds")
        )
    )
    fixed = ["epoch", "step", "layer", "layer_name", "inverse_delta"]
    yield _csv_lines([[*fixed, *curves, *scalars]])
    for _, m in measurements:
        if not curves:
            yield _csv_lines([[m.epoch, m.step, "", "", "", *_scalars(m, scalars)]])
            continue
        grid = m.arrays.get("inverse_delta")
        shape = next(m.arrays[name].shape for name in curves if name in m.arrays)
        rows = []
        for layer, k in itertools.product(range(shape[0]), range(shape[1])):
            name = run.layer_names[layer]
            values = [_text(m.arrays[c][layer, k]) if c in m.arrays else "" for c in curves]
            at = "" if grid is None else _text(grid[k])
            rows.append([m.epoch, m.step, layer, name, at, *values, *_scalars(m, scalars)])
        yield _csv_lines(rows)


def as_json(run: Run, measurements: list[tuple[int, Measurement]]) -> Iterator[str]:
    """Config, facts and every measurement with all its digits.

    Args:
        run: The run.
        measurements: All of them.

    Yields:
        Parts of one JSON document.
    """
    grid = measurements[0][1].arrays.get("inverse_delta") if measurements else None
    head = head_of(run) | {
        "config": configs.to_dict(run.config),
        "facts": dict(run.facts),
        "versions": _versions(run.facts),
        "layers": run.layer_names,
    }
    yield json.dumps(numbers.plain(head))[:-1]
    yield f', "inverse_delta": {"[]" if grid is None else numbers.array(grid, numbers.EXACT)}'
    yield ', "measurements": ['
    for index, (seq, measurement) in enumerate(measurements):
        yield ",\n" if index else "\n"
        yield measurement_json(seq, measurement, numbers.EXACT)
    yield "\n]}\n"


def as_npz(run: Run, measurements: list[tuple[int, Measurement]]) -> bytes:
    """Arrays by name, measurements first: lfr (t, L+1, m); scalars (t,); config as JSON text.

    An array whose shape changes within the run is left as one array a measurement, `name/seq`.
    """
    arrays: dict[str, NDArray[Any]] = {
        "seq": np.array([seq for seq, _ in measurements]),
        "epoch": np.array([m.epoch for _, m in measurements]),
        "step": np.array([m.step for _, m in measurements]),
        "config": np.array(configs.to_json(run.config)),
        "facts": np.array(json.dumps(numbers.plain(dict(run.facts)))),
    }
    every = [m for _, m in measurements]
    for name in dict.fromkeys(name for m in every for name in m.scalars):
        arrays[name] = np.array([m.scalars.get(name, np.nan) for m in every])
    for name in dict.fromkeys(name for m in every for name in m.arrays):
        found = {seq: m.arrays[name] for seq, m in measurements if name in m.arrays}
        if name == "inverse_delta":
            arrays[name] = next(iter(found.values()))
        elif len(found) == len(every) and len({array.shape for array in found.values()}) == 1:
            arrays[name] = np.stack(list(found.values()))
        else:
            arrays |= {f"{name}/{seq}": array for seq, array in found.items()}
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def _versions(facts: Any) -> dict[str, Any]:
    """Versions of the run where its facts tell them, else ours."""
    return dict(facts.get("versions") or {}) or {
        "deepfreq": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def _scalars(measurement: Measurement, names: list[str]) -> list[str]:
    return [_text(measurement.scalars.get(name, np.nan)) for name in names]


def _text(value: Any) -> str:
    return "" if value != value else repr(float(value))  # NaN: no value


def _csv_lines(rows: list[list[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()

"""Settings of older versions, brought to today's form: dict to dict, one step a version.

A config is migrated whenever it is read: from the store, from links, presets, files and records.
What is stored is never rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

VERSION: Final = 2

# Settings that moved: where links and `--set` of older versions find them now.
_MOVED = {
    **{
        f"measure.{name}": f"instruments.layers.{name}"
        for name in (
            *("n_samples", "samples", "normalize", "n_grid", "lower", "upper", "spacing"),
            *("backend", "budget_s"),
        )
    },
}

# Arrays of version 1, which had one instrument and no names before theirs; and its grid, which it
# kept with every measurement.
BARE_ARRAYS = frozenset({
    *("lfr", "rdf", "lfr_se", "rdf_se", "gradient_norm"),
    *("lfr_seeds", "rdf_seeds", "gradient_norm_seeds"),
})
BARE_GRID = "inverse_delta"


def migrated(value: Mapping[str, Any]) -> dict[str, Any]:
    """A config in the form of the current version; unknown forms are left for the check to name."""
    plain = dict(value)
    if _is_version_1(plain):
        plain = _from_1(plain)
    return plain


def moved(path: str) -> str:
    """Where a setting is now that an older version called so."""
    return _MOVED.get(path, path)


def bare_array_owner(value: Mapping[str, Any]) -> str:
    """Owner of the arrays that a run with this stored config kept without an owner's name."""
    return "layers" if _is_version_1(value) else ""


def _is_version_1(plain: Mapping[str, Any]) -> bool:
    return (plain.get("experiment", "layers"), plain.get("version", 1)) == ("layers", 1)


def _from_1(plain: dict[str, Any]) -> dict[str, Any]:
    """The one experiment `layers` became `train`, and what it measured an instrument of it."""
    measure = plain.pop("measure", None) or {}
    if not isinstance(measure, Mapping):  # left for the check to name
        return plain | {"experiment": "train", "version": 2, "measure": measure}
    measure = dict(measure)
    layers = {name: measure.pop(name) for name in list(measure) if _MOVED.get(f"measure.{name}")}
    return plain | {
        "experiment": "train",
        "version": 2,
        "measure": measure,
        "instruments": {"layers": layers},
    }

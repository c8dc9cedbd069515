"""What a series and the files of a run hold, in words that do not depend on how they are laid out.

The only file here that knows the keys of a series answer and of `run --json`.
"""

from typing import Any

ARRAYS = ("lfr", "rdf", "gradient_norm")


def reduced(answer: dict[str, Any]) -> dict[str, Any]:
    """A series answer (`/api/…/series`): names, grid, and columns over all measurements."""
    measurements = answer["measurements"]
    scalars = measurements[0]["scalars"]
    columns = {name: [m["scalars"][name] for m in measurements] for name in scalars}
    return {
        "layers": answer["dims"]["layers/layer"]["labels"],
        "inverse_delta": answer["dims"]["layers/inverse_delta"]["values"],
        "epoch": [m["epoch"] for m in measurements],
        "step": columns.pop("step"),
        "scalars": columns,
        **{name: [m[f"layers/{name}"] for m in measurements] for name in ARRAYS},
    }


def structure(document: dict[str, Any]) -> dict[str, Any]:
    """What `run --json` gives: which keys, of which kind, arrays of which shape."""
    measurements = document["measurements"]
    return {
        "document": {key: kind(value) for key, value in document.items()},
        "epochs": [m["epoch"] for m in measurements],
        "measurement": {key: kind(value) for key, value in measurements[-1].items()},
        "layers": document["layers"],
        # Names of layers are coordinates, no fact any more.
        "facts": sorted({*document["facts"], "layer_names"}) if document["layers"] else [],
    }


def untrained(document: dict[str, Any]) -> dict[str, Any]:
    """The numbers of a run that depend on no training."""
    first = document["measurements"][0]
    return {"inverse_delta": document["inverse_delta"], "lfr": first["lfr"]}


def kind(value: Any) -> Any:
    """The shape of nested lists of numbers and nulls, else the name of a JSON type."""
    if isinstance(value, list) and value and isinstance(value[0], list | int | float | None):
        inner = kind(value[0])
        return [len(value), *(inner if isinstance(inner, list) else [])]
    names = {bool: "yes or no", int: "number", float: "number", str: "text"}
    return names.get(type(value), "null" if value is None else type(value).__name__)

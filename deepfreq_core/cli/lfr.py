"""`lfr`: LFR and RDF of arrays in a file, without any network."""

from __future__ import annotations

import argparse
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepfreq_core.cli.arguments import add_json
from deepfreq_core.cli.output import print_json, print_table, say
from deepfreq_core.errors import ConfigError, ShapeError
from deepfreq_core.lowpass import NORMALIZATIONS
from deepfreq_core.records import Float64, RatioCurve

_MAX_GRID = 10_000
_GRID_HELP = "Give A:B:K, K values evenly from A to B, e.g. 0:2:50, or a list, e.g. 0.1,0.5,2"
_FILE_HELP = "Write it with numpy.savez(file, x=x, y=y), x (n, d) and y (n, c)"

# What numpy and zipfile raise on files that are damaged, foreign or made up.
_UNREADABLE = (
    OSError,
    EOFError,
    KeyError,
    ValueError,
    SyntaxError,
    RuntimeError,
    MemoryError,
    OverflowError,
    zipfile.BadZipFile,
    zlib.error,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `lfr FILE.npz --inverse-delta GRID`."""
    parser.add_argument("file", metavar="FILE.npz", help="arrays x (n, d) and y (n, c)")
    parser.add_argument(
        "--inverse-delta",
        metavar="GRID",
        required=True,
        help="values of 1/δ: A:B:K is K values evenly from A to B; a comma list also goes",
    )
    parser.add_argument(
        "--normalize",
        choices=tuple(NORMALIZATIONS),
        default="max_abs",
        help="how x is scaled before distances are taken (default: max_abs, as in the paper)",
    )
    parser.add_argument(
        "--backend",
        choices=("auto", "cpu", "cuda"),
        default="auto",
        help="who computes; auto takes the GPU where there is one (default)",
    )
    add_json(parser)
    parser.set_defaults(call=_lfr)


def _lfr(options: argparse.Namespace) -> int:
    from deepfreq_core.lowpass import ratio_curve

    grid = parse_grid(options.inverse_delta)
    x, y = read_samples(Path(options.file))
    curve = ratio_curve(x, y, grid, normalize=options.normalize, backend=options.backend)
    if options.json:
        shape = {"n": x.shape[0], "d": x.shape[1], "c": y.shape[1]}
        print_json(shape | {"normalize": options.normalize} | to_dict(curve))
        return 0
    say(
        f"n = {x.shape[0]} samples, d = {x.shape[1]}, c = {y.shape[1]}; "
        f"normalize {options.normalize}, backend {curve.backend}\n"
    )
    columns = (curve.inverse_delta, curve.low_frequency_ratio, curve.ratio_density)
    rows = [[f"{value:.6g}" for value in row] for row in np.column_stack([*columns]).tolist()]
    print_table(["1/δ", "LFR", "RDF"], rows)
    return 0


def parse_grid(text: str) -> Float64:
    """Grid of 1/δ from `A:B:K` or a comma list.

    Args:
        text: What stood behind --inverse-delta.

    Returns:
        The values, (m,), increasing.

    Raises:
        ConfigError: It is neither, or not finite, not increasing, below 0 or too long.
    """
    try:
        values = _grid_values(text)
    except ValueError:
        raise ConfigError(f"--inverse-delta {text!r} is no grid. {_GRID_HELP}") from None
    if not all(math.isfinite(value) and value >= 0 for value in values):
        raise ConfigError(
            f"--inverse-delta {text!r}: every 1/δ must be finite and at least 0. {_GRID_HELP}"
        )
    for before, after in zip(values, values[1:], strict=False):
        if after <= before:
            raise ConfigError(
                f"--inverse-delta {text!r} must be increasing; got {after:g} after {before:g}. "
                f"{_GRID_HELP}"
            )
    return np.array(values, dtype=np.float64)


def _grid_values(text: str) -> list[float]:
    if ":" not in text:
        return [float(part) for part in text.split(",")]
    first, last, number = text.split(":")
    lower, upper, count = float(first), float(last), int(number)
    if not 1 <= count <= _MAX_GRID:
        raise ConfigError(
            f"--inverse-delta {text!r}: K is {count}; allowed is 1 to {_MAX_GRID}. {_GRID_HELP}"
        )
    if count == 1 and lower != upper:
        raise ConfigError(f"--inverse-delta {text!r}: K is 1, but A is not B. {_GRID_HELP}")
    if not (math.isfinite(lower) and math.isfinite(upper)):
        return [lower, upper]
    values: list[float] = np.linspace(lower, upper, count).tolist()
    return values


def read_samples(path: Path) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
    """Samples and labels of an .npz file; nothing in it is unpickled.

    Args:
        path: The file.

    Returns:
        x (n, d) and y (n, c).

    Raises:
        ConfigError: The file is missing, damaged or no .npz file, or lacks x or y, or one of them
            is no table of real numbers.
    """
    if not path.is_file():
        raise ConfigError(f"there is no file {str(path)!r}. {_FILE_HELP}")
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ConfigError(
                    f"{str(path)!r} is one .npy array, not an .npz file. {_FILE_HELP}"
                )
            return _member(archive, "x", path), _member(archive, "y", path)
    except _UNREADABLE as error:
        raise ConfigError(
            f"{str(path)!r} cannot be read as .npz ({error}). {_FILE_HELP}"
        ) from error


def _member(archive: np.lib.npyio.NpzFile, name: str, path: Path) -> NDArray[np.generic]:
    if name not in archive.files:
        found = ", ".join(archive.files) or "nothing"
        raise ConfigError(f"{str(path)!r} holds {found}, but no array {name!r}. {_FILE_HELP}")
    try:
        array: NDArray[np.generic] = archive[name]
    except _UNREADABLE as error:
        raise ConfigError(
            f"the array {name!r} in {str(path)!r} cannot be read ({error}). {_FILE_HELP}"
        ) from error
    if array.dtype.kind not in "buif":
        raise ConfigError(
            f"{name} has dtype {array.dtype}; allowed are real numbers. Convert it to float64"
        )
    if array.ndim != 2:
        raise ShapeError(f"{name} has shape {array.shape}; it must have two axes. {_FILE_HELP}")
    return array


def to_dict(curve: RatioCurve) -> dict[str, Any]:
    """A curve as JSON values."""
    from deepfreq_core.exports import numbers

    error = curve.standard_error
    told: dict[str, Any] = numbers.plain({
        "backend": curve.backend,
        "n_rows": curve.n_rows,
        "inverse_delta": curve.inverse_delta.tolist(),
        "lfr": curve.low_frequency_ratio.tolist(),
        "rdf": curve.ratio_density.tolist(),
        "standard_error": error
        and {
            "lfr": error["low_frequency_ratio"].tolist(),
            "rdf": error["ratio_density"].tolist(),
        },
    })
    return told

"""`runs export`: all that a run measured, as the file that the dashboard also offers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from deepfreq_core import exports
from deepfreq_core.cli.arguments import add_json
from deepfreq_core.cli.output import print_json, say
from deepfreq_core.errors import ConfigError
from deepfreq_core.runs.store import RunStore

_FORMATS = tuple(exports.MEDIA_TYPES)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `runs export ID`."""
    parser.add_argument("run", metavar="ID")
    parser.add_argument(
        "--format", choices=_FORMATS, help="default: as the name of --output ends, else csv"
    )
    parser.add_argument(
        "--output", metavar="FILE", help="where to; - is stdout (default: deepfreq-ID.FORMAT here)"
    )
    add_json(parser)
    parser.set_defaults(call=_export)


def _export(options: argparse.Namespace) -> int:
    store = RunStore()
    run, measured = store.read(options.run)
    content = exports.content(run, measured, store.coordinates(run.id))
    if options.json and options.output is None and options.format in {None, "json"}:
        options.format, options.output = "json", "-"  # the run itself is the document
    elif options.json and options.output == "-" and options.format != "json":
        raise ConfigError(
            "--json and the file cannot both go to stdout. Give --output a name, or drop --json"
        )
    kind = options.format or _kind_of(options.output)
    parts = _parts(kind, content)
    if options.output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.writelines(parts)
        return 0
    path = Path(options.output or f"deepfreq-{run.id}.{kind}")
    _write(path, parts)
    written = [path]
    if kind == "csv":  # a table for each set of dims, beside the first
        for table in exports.table_names(content)[1:]:
            beside = path.with_name(f"{path.stem}.{table}{path.suffix}")
            _write(beside, (part.encode() for part in exports.as_csv(content, table)))
            written.append(beside)
    if options.json:
        files = [str(one.resolve()) for one in written]
        print_json({"run": run.id, "format": kind, "file": files[0], "files": files})
    else:
        names = ", ".join(map(str, written))
        say(f"{names}: {len(measured)} measurements of run {run.id}")
    return 0


def _kind_of(output: str | None) -> str:
    suffix = Path(output or "").suffix.removeprefix(".")
    return suffix if suffix in _FORMATS else "csv"


def _parts(kind: str, content: exports.Content) -> Iterable[bytes]:
    if kind in {"npz", "nc"}:
        return exports.as_file(content, kind)
    text = exports.as_csv if kind == "csv" else exports.as_json
    return (part.encode() for part in text(content))


def _write(path: Path, parts: Iterable[bytes]) -> None:
    """Write beside and move into place: the file is there whole or not at all.

    Raises:
        ConfigError: It cannot be written.
    """
    if path.exists() and not path.is_file():
        raise ConfigError(f"{str(path)!r} is no ordinary file. Give --output another place")
    part = path.parent / f".{path.name}.part"
    try:
        with part.open("wb") as file:
            file.writelines(parts)
        part.replace(path.resolve())  # what a link points to, not the link
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise ConfigError(
            f"{str(path)!r} cannot be written ({error.strerror}). Give --output another place"
        ) from error

"""`run`: one run here, watched until it ends.

The run is a worker process like any other, only started by us and not by the dispatcher: the
dashboard sees it, can stop it, and keeps what it measured. This process just reads the store.
"""

from __future__ import annotations

import argparse
import json
import math
import secrets
from pathlib import Path
from typing import Any

from deepfreq_core import config as configs
from deepfreq_core import exports
from deepfreq_core.chapters import catalogue
from deepfreq_core.cli import watch
from deepfreq_core.cli.arguments import add_assignments, add_json
from deepfreq_core.cli.output import print_json, say
from deepfreq_core.cli.summary import print_summary
from deepfreq_core.errors import ConfigError, RunFailed
from deepfreq_core.experiments import reading
from deepfreq_core.runs import files
from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.runs.store import RunStore

_START = "To start from: deepfreq presets show NAME --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `run PRESET|CONFIG.json [--set a.b=v …]`."""
    parser.add_argument(
        "what", metavar="PRESET|CONFIG.json", help="a preset's name, or a file with settings"
    )
    add_assignments(parser)
    parser.add_argument(
        "--at",
        "--inverse-delta",
        metavar="VALUE",
        type=_cursor,
        help="where the cursor stands, e.g. the 1/δ of the table; default: where rows differ most",
    )
    parser.add_argument("--title", default="", help="one line to find the run again by")
    add_json(parser)
    parser.set_defaults(call=_run)


def _cursor(text: str) -> float:
    """A value of the cursor; argparse turns the error into a line of ours.

    Raises:
        ArgumentTypeError: It is no number, not finite, or below 0.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is no finite number of at least 0")
    return value


def _run(options: argparse.Namespace) -> int:
    config, preset = read_config(options.what)
    config = reading.override(config, options.assignments)
    store = RunStore()
    claim = secrets.token_hex(8)  # ours from its first moment, and with our environment
    title = options.title or (catalogue.preset(preset).title if preset else "")
    run = store.create(config, title=title, preset=preset, claim=claim)
    interrupted = watch.launch_and_watch(store, run.id, claim)
    run, rows = store.read(run.id)
    content = exports.content(run, rows, store.coordinates(run.id))
    if options.json:
        print_json(to_dict(content))
    elif rows:
        print_summary(content, options.at)
    if run.state in {RunState.FAILED, RunState.LOST}:
        raise RunFailed(
            f"run {run.id} {'is lost' if run.state is RunState.LOST else 'failed'}: "
            f"{run.error or 'no reason was given'} (log: {files.log_path(run.id)})"
        )
    if not options.json:
        say(f"\nRun {run.id} is {run.state.value}. {_next_step(run)}")
    return 130 if interrupted else 0


def read_config(what: str) -> tuple[configs.RunConfig, str | None]:
    """The settings that a name stands for.

    Args:
        what: A preset, or a JSON file: a config alone, or any document with one under "config",
            such as `presets show --json`, `runs show --json` and `run --json` print.

    Returns:
        The config, and the preset's name where it is one.

    Raises:
        ConfigError: There is no such preset or file, or the file holds no config.
    """
    path = Path(what)
    if path.suffix != ".json" and "/" not in what:
        return catalogue.preset(what).config, what
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"{what!r} cannot be read ({reason}). Give a JSON file with settings, or a preset: "
            f"{', '.join(catalogue.presets())}"
        ) from error
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{what!r} is not JSON ({error}). {_START}") from error
    if isinstance(value, dict) and isinstance(value.get("config"), dict):
        value = value["config"]
    try:
        return reading.from_dict(value), None
    except ConfigError as error:
        raise ConfigError(f"{what!r}: {error}. {_START}") from error


def _next_step(run: Run) -> str:
    if run.state is RunState.DONE:
        return f"All its curves: deepfreq runs export {run.id}"
    return f"To go on: deepfreq runs resume {run.id}"


def to_dict(content: exports.Content) -> dict[str, Any]:
    """The JSON export of a run, with the scalars of a measurement beside its arrays."""
    told: dict[str, Any] = json.loads("".join(exports.as_json(content)))
    for measurement in told["measurements"]:
        measurement |= measurement.pop("scalars")
    return told

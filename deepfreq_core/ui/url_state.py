"""What the address bar holds: a preset, what was changed in it, and the run on show.

    ?v=2&preset=mnist-paper&net.depth=8&training.optimizer.learning_rate=0.001&run=abcdefghij

Names are paths into the config, from a whitelist; values go through the same checks as
`--set path=value` on the command line. Nothing here is ever evaluated. A link holds what differs
from its preset, so it keeps its meaning when the form's defaults change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from deepfreq_core import config as configs
from deepfreq_core.config import RunConfig
from deepfreq_core.config.migrations import moved
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.ui import parts

VERSION = "2"
_READABLE = {"1", VERSION}  # settings that were called otherwise are found by `moved`
_RUN_ID = re.compile(r"[a-z2-7]{10}")
_LONGEST = 1_200  # characters of one value; the longest real one is a list of 50 points


@dataclass(frozen=True, slots=True)
class UrlState:
    """What a link asks for.

    Attributes:
        preset: Slug of a preset that exists.
        config: The preset with the link's changes.
        run: Id of the run to show, or None; it may not exist any more.
        notices: One sentence for each part of the link that was ignored.
    """

    preset: str
    config: RunConfig
    run: str | None
    notices: tuple[str, ...]


def decode(
    query: Mapping[str, str], presets: Mapping[str, RunConfig], default: str, paths: Collection[str]
) -> UrlState:
    """Read a query string; what cannot be used is left out, with a notice.

    Args:
        query: Names and values as the browser sent them.
        presets: Configs of the presets by slug.
        default: Slug to start from where the link names none.
        paths: Settings that a link may change; names of parts (`….name`) before their details.
    """
    notices = []
    if query.get("v", VERSION) not in _READABLE:
        notices.append("This link was made by another version; settings may have other names.")
    preset = query.get("preset", default)
    if preset not in presets:
        notices.append(f"There is no preset {_short(preset)} here; starting from {default}.")
        preset = default
    query = {moved(name): value for name, value in query.items()}
    asked = {path: query[path] for path in paths if path in query}
    config, ignored = _apply(presets[preset], asked)
    notices += [f"{path} cannot be {_short(asked[path])}; left as it was." for path in ignored]
    run = run_id(query.get("run"))
    if run is None and "run" in query:
        notices.append(f"{_short(query['run'])} is not the name of a run.")
    return UrlState(preset=preset, config=config, run=run, notices=tuple(notices))


def run_id(text: str | None) -> str | None:
    """The text where it can be the id of a run, else None."""
    return text if text is not None and _RUN_ID.fullmatch(text) else None


def encode(
    config: RunConfig, preset: str, base: RunConfig, run: str | None, paths: Collection[str]
) -> dict[str, str]:
    """Query of a link to these settings and this run; `decode` gives them back.

    Args:
        config: The settings.
        preset: Slug of the preset they started from.
        base: That preset's config.
        run: Id of the run on show, or None.
        paths: Settings that a link may change, as for `decode`.
    """
    query = {"v": VERSION, "preset": preset}
    wanted, reached = configs.to_dict(config), configs.to_dict(base)
    for path in paths:
        value = configs.lookup(wanted, path)
        if value is configs.ABSENT or value == configs.lookup(reached, path):
            continue
        query[path] = value if isinstance(value, str) else json.dumps(value)
        if path.endswith(".name"):  # decode starts a changed part from its own defaults
            parts.replace(reached, path, str(value))
    if run:
        query["run"] = run
    return query


def _apply(base: RunConfig, asked: Mapping[str, str]) -> tuple[RunConfig, list[str]]:
    """Config with all that was asked, or with as much of it as can be used, and the rest."""
    short = [path for path, text in asked.items() if len(text) <= _LONGEST]
    too_long = [path for path in asked if path not in short]

    def attempt(paths: Collection[str]) -> RunConfig | None:
        try:
            return reading.override(base, [f"{path}={asked[path]}" for path in paths])
        except ConfigError:
            return None

    if (all_of_them := attempt(short)) is not None:
        return all_of_them, too_long
    for bad in short:  # most often exactly one value is wrong
        rest = [path for path in short if path != bad]
        if (without := attempt(rest)) is not None:
            return without, [*too_long, bad]
    kept: list[str] = []
    for path in short:
        if attempt([*kept, path]) is not None:
            kept.append(path)
    config = attempt(kept) or base
    return config, [path for path in asked if path not in kept]


def _short(text: str) -> str:
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"

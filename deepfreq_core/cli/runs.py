"""`runs`: what the store holds, and what can be asked of it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from deepfreq_core import config as configs
from deepfreq_core.cli import export
from deepfreq_core.cli.arguments import add_json
from deepfreq_core.cli.output import age, print_json, print_table, say
from deepfreq_core.experiments import catalogue
from deepfreq_core.exports import numbers
from deepfreq_core.records import Measurement
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.errors import RunDamaged
from deepfreq_core.runs.state import Request, Run, RunState, describe
from deepfreq_core.runs.store import RunStore

_STATES = tuple(state.value for state in RunState)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `runs` and its actions."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    listing = actions.add_parser("list", help="the newest runs")
    listing.add_argument("--state", choices=_STATES, help="only runs in this state")
    listing.add_argument("--group", help="only runs that were started together")
    listing.add_argument("--limit", type=_positive, default=20, help="how many (default: 20)")
    _finish(listing, _list)

    show = actions.add_parser("show", help="one run whole: settings, state, what was measured")
    show.add_argument("run", metavar="ID")
    _finish(show, _show)

    out = actions.add_parser("export", help="all measurements of a run as a file")
    export.add_arguments(out)

    rename = actions.add_parser("rename", help="give a run another title")
    rename.add_argument("run", metavar="ID")
    rename.add_argument("title", metavar="TITLE")
    _finish(rename, _rename)

    for name, call, help_text in (
        ("stop", _stop, "end runs; what was measured is kept, and they can be resumed"),
        ("pause", _pause, "set runs aside, with a checkpoint, and give their slot to others"),
        ("resume", _resume, "put runs that were stopped, paused, failed or lost back in the queue"),
        ("delete", _delete, "remove runs with all that was measured, for good"),
    ):
        action = actions.add_parser(name, help=help_text)
        action.add_argument("runs", metavar="ID", nargs="+")
        if name == "delete":
            action.add_argument("--stop", action="store_true", help="also while they run")
        _finish(action, call)


def _finish(parser: argparse.ArgumentParser, call: Callable[[argparse.Namespace], int]) -> None:
    parser.set_defaults(call=call)
    add_json(parser)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 1")
    return int(text)


def _list(options: argparse.Namespace) -> int:
    found = RunStore().list(
        group=options.group,
        states=None if options.state is None else [RunState(options.state)],
        limit=options.limit,
    )
    if options.json:
        print_json({"runs": [to_dict(run) for run in found]})
        return 0
    if not found:
        say("No runs yet. Start one with: deepfreq run digits-demo")
        return 0
    now = time.time()
    print_table(
        ["run", "state", "title", "done", "points", "age"],
        [
            [
                run.id,
                run.state.value,
                run.title,
                how_far(run),
                str(run.n_measurements),
                age(now - run.created),
            ]
            for run in found
        ],
        n_text=3,
    )
    return 0


def _show(options: argparse.Namespace) -> int:
    store = RunStore()
    run, damage = store.get(options.run), None
    measured: list[tuple[int, Measurement]] = []
    try:
        run, measured = store.read(options.run)
    except RunDamaged as error:  # its settings are whole, and with them it can be launched again
        damage = str(error)
    last = measured[-1][1] if measured else None
    if options.json:
        latest = None if last is None else {_clock(run): last.at, **last.scalars}
        told = to_dict(run) | {"latest": numbers.plain(latest)}
        print_json(told | ({"damage": damage} if damage else {}))
        return 0
    facts = dict(run.facts)
    say(f"{run.id}  {run.title}  ({run.state.value})")
    if run.error:
        say(f"reason     {run.error}")
    if damage:
        say(f"DAMAGED    {damage}")
    say(f"launched   {time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(run.created))}")
    say(
        f"{_clock(run):<11}{how_far(run)}, attempt {run.attempt}, {run.n_measurements} measurements"
    )
    if last is not None:
        scalars = ", ".join(f"{name} {value:.4g}" for name, value in last.scalars.items())
        say(f"{_clock(run)} {last.at:<5g}{scalars}")
    for name in ("device", "backend"):
        if name in facts:
            say(f"{name:<11}{facts[name]}")
    say("settings")
    say(json.dumps(configs.to_dict(run.config), indent=2))
    return 0


def _rename(options: argparse.Namespace) -> int:
    store = RunStore()
    store.rename(options.run, options.title)
    run = store.get(options.run)
    if options.json:
        print_json(to_dict(run))
    else:
        say(f"{run.id}  {run.title}")
    return 0


def _stop(options: argparse.Namespace) -> int:
    return _each(options, lambda store, run_id: store.request(run_id, Request.STOP), "stopping")


def _pause(options: argparse.Namespace) -> int:
    return _each(options, lambda store, run_id: store.request(run_id, Request.PAUSE), "pausing")


def _resume(options: argparse.Namespace) -> int:
    status = _each(options, lambda store, run_id: store.resume(run_id), "waiting for a slot")
    dispatcher.ensure_running()
    return status


def _delete(options: argparse.Namespace) -> int:
    def delete(store: RunStore, run_id: str) -> None:
        store.delete(run_id, stop=options.stop)

    return _each(options, delete, "deleted")


def _each(options: argparse.Namespace, act: Callable[[RunStore, str], None], done: str) -> int:
    """Do one thing to each of the runs named; the first that refuses ends it with its reason."""
    store = RunStore()
    wanted = list(dict.fromkeys(options.runs))
    for run_id in wanted:
        with suppress(RunDamaged):  # which can be deleted all the same
            store.get(run_id)  # a misspelt id must not leave the others half done
    for run_id in wanted:
        act(store, run_id)
        if not options.json:
            say(f"{run_id}  {done}")
    if options.json:
        left = [] if options.action == "delete" else [to_dict(store.get(name)) for name in wanted]
        print_json({"runs": left, "action": options.action, "ids": wanted})
    return 0


def how_far(run: Run) -> str:
    """How far a run is: 3/20."""
    done = 0.0 if run.progress is None else run.progress["at"]
    return f"{done:.0f}/{run.config.planned_end()[0]:.0f}"


def _clock(run: Run) -> str:
    return catalogue.reader(run.config).schema.clock.name


def to_dict(run: Run) -> dict[str, Any]:
    """A run as JSON values, as the routes tell it; its owner's id is a secret here too."""
    told: dict[str, Any] = numbers.plain(
        describe(run)
        | {
            "preset": run.preset,
            "group": run.group,
            "n_measurements": run.n_measurements,
            "facts": dict(run.facts),
            "config": configs.to_dict(run.config),
        }
    )
    return told

"""`sweep`: depths × seeds × one more setting, together; speed and frequency against depth.

With `--outcome`, a second `--vary`, or settings without a network: `cli/sweep_outcome.py`.
"""

from __future__ import annotations

import argparse
from typing import Any

from deepfreq_core.chapters.deep_frequency import depth
from deepfreq_core.chapters.deep_frequency.depth import DepthRun
from deepfreq_core.cli import sweep_outcome
from deepfreq_core.cli.arguments import add_assignments, add_json, axis, split
from deepfreq_core.cli.output import print_json, print_table, say
from deepfreq_core.cli.run import read_config
from deepfreq_core.cli.waiting import wait
from deepfreq_core.experiments import reading
from deepfreq_core.exports import numbers
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import sweep_plan, sweep_runs
from deepfreq_core.studies.sweep_runs import Sweep


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `sweep PRESET|CONFIG.json [--depths …] [--vary …]` and `sweep ID`."""
    parser.add_argument(
        "what",
        metavar="PRESET|CONFIG.json|ID",
        help="what does not vary: a preset's name or a file; or a sweep's id, to see it again",
    )
    parser.add_argument("--depths", help="separated by commas; default: the first five there are")
    parser.add_argument("--seeds", type=int, default=6, help="runs of each network (default: 6)")
    parser.add_argument(
        "--vary",
        metavar="a.b=v,w",
        action="append",
        default=[],
        help="one more axis, for example net.width=50,100; with --outcome, any two settings",
    )
    parser.add_argument(
        "--outcome",
        metavar="NAME",
        help="what is read off the runs, for example epochs_to_loss or frequency; depth varies "
        "only if --depths is given",
    )
    parser.add_argument(
        "--target", type=float, help="loss to reach; default: the preset's, or ours"
    )
    parser.add_argument("--epochs", type=int, help="at most; default: twice those of the settings")
    add_assignments(parser)
    add_json(parser)
    parser.set_defaults(call=_sweep)


def _sweep(options: argparse.Namespace) -> int:
    store = RunStore()
    known = sweep_runs.find(store, options.what)
    base = known.runs[0].config if known else read_config(options.what)[0]
    if sweep_outcome.is_meant(known, options) or not depth.can_read(base):
        return sweep_outcome.sweep(store, known, options)
    begun = known or _launch(store, options)
    wait(begun.title, len(begun.runs), lambda: sweep_outcome.look(store, begun.id))
    sweep = sweep_runs.find(store, begun.id) or begun
    found = [depth.read(store, run, sweep.second) for run in sweep.done]
    name = sweep_plan.called(sweep.second) if sweep.second else ""
    if options.json:
        print_json(_to_dict(sweep, found, name))
    else:
        _print(sweep, found, name)
    sweep_outcome.say_broken(sweep)
    return 0


def _launch(store: RunStore, options: argparse.Namespace) -> Sweep:
    start, preset = read_config(options.what)
    base: sweep_plan.Networked = reading.override(start, options.assignments)
    depths = (
        split(options.depths)
        if options.depths
        else list(sweep_plan.depths(base)[: sweep_plan.AT_FIRST])
    )
    others = [sweep_plan.vary(*axis(text)) for text in options.vary]
    target, epochs = sweep_plan.ends(base, is_speed=True)
    planned = sweep_plan.plan(
        base,
        [sweep_plan.vary_depth(base, depths), *others],
        n_seeds=options.seeds,
        target=target if options.target is None else options.target,
        epochs=epochs if options.epochs is None else options.epochs,
    )
    title = f"{base.data.name}, depths {', '.join(depths)}"
    return sweep_outcome.start(
        store,
        planned,
        options,
        preset=preset,
        title=", ".join([title, *(one.name for one in others)]),
        is_depth=True,
    )


def _print(sweep: Sweep, found: list[DepthRun], other_name: str) -> None:
    rows = depth.table(found, other_name)
    if not rows:
        say(f"No run of sweep {sweep.id} has finished.")
        return
    print_table(list(rows[0]), [list(row.values()) for row in rows], n_text=1)
    say(f"\n{depth.sentence(found, other_name)}")
    say(f"Loss to reach: {sweep.target:g}. Charts: page “Sweeps”, ?sweep={sweep.id}")


def _to_dict(sweep: Sweep, found: list[DepthRun], other_name: str) -> dict[str, Any]:
    told: dict[str, Any] = numbers.plain({
        "sweep": sweep.id,
        "title": sweep.title,
        "target": sweep.target,
        "n_runs": len(sweep.runs),
        "n_done": len(sweep.done),
        "sentence": depth.sentence(found, other_name),
        "networks": depth.table(found, other_name),
        "rows": depth.rows_by_run(found, other_name),
    })
    return told

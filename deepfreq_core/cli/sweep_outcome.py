"""`sweep` of any settings: one outcome of the runs against what varies in them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from deepfreq_core.cli.arguments import axis, split
from deepfreq_core.cli.output import print_json, print_table, say
from deepfreq_core.cli.run import read_config
from deepfreq_core.cli.waiting import wait
from deepfreq_core.errors import ConfigError, RunFailed
from deepfreq_core.experiments import reading
from deepfreq_core.exports import numbers
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import outcome_report, outcomes, sweep_plan, sweep_runs
from deepfreq_core.studies.finding import Chart
from deepfreq_core.studies.outcomes import Outcomes
from deepfreq_core.studies.plan import Planned
from deepfreq_core.studies.sweep_runs import Sweep

_MOST_AXES = 2


def is_meant(sweep: Sweep | None, options: argparse.Namespace) -> bool:
    """Whether these options, or the sweep that they name, ask for more than depth and speed."""
    if options.outcome is not None or len(options.vary) > 1:
        return True
    return sweep is not None and not sweep.is_depth


def sweep(store: RunStore, sweep: Sweep | None, options: argparse.Namespace) -> int:
    """Start the runs, or find them again; wait; tell the outcome."""
    begun = sweep or _launch(store, options)
    base = begun.runs[0].config
    name = outcomes.whole_name(base, options.outcome or outcomes.usual(base))
    wait(begun.title, len(begun.runs), lambda: look(store, begun.id))
    sweep = sweep_runs.find(store, begun.id) or begun
    found = outcomes.collect(
        sweep.runs,
        name,
        lambda run: outcomes.of_run(store, run),
        called=lambda path: sweep_plan.called(path, base),
    )
    if options.json:
        print_json(_to_dict(sweep, name, found))
    else:
        _print(sweep, found)
    say_broken(sweep)
    return 0


def start(
    store: RunStore,
    planned: Sequence[Planned],
    options: argparse.Namespace,
    *,
    preset: str | None,
    title: str,
    is_depth: bool,
) -> Sweep:
    """Put the runs of a sweep into the queue and say how to come back to it."""
    sweep_id = sweep_runs.launch(
        store, planned, owner="local", preset=preset, title=title, is_depth=is_depth
    )
    dispatcher.ensure_running()
    if not options.json:
        say(f"{len(planned)} runs; they go on without this. Again: deepfreq sweep {sweep_id}")
    sweep = sweep_runs.find(store, sweep_id)
    assert sweep is not None
    return sweep


def look(store: RunStore, sweep_id: str) -> tuple[int, bool]:
    """How many runs of a sweep are done, and whether more can come."""
    sweep = sweep_runs.find(store, sweep_id)
    return (len(sweep.done), sweep.is_active) if sweep else (0, False)


def say_broken(sweep: Sweep) -> None:
    """End with an error where runs failed.

    Raises:
        RunFailed: Some did; the first is named with its reason.
    """
    if sweep.broken:
        first = sweep.broken[0]
        raise RunFailed(
            f"{len(sweep.broken)} of {len(sweep.runs)} runs failed; {first.id}: "
            f"{first.error or 'no reason was given'}"
        )


def _launch(store: RunStore, options: argparse.Namespace) -> Sweep:
    base, preset = read_config(options.what)
    base = reading.override(base, options.assignments)
    varied = [sweep_plan.vary(*axis(text), base) for text in options.vary]
    if options.depths is not None:
        depths = split(options.depths)
        varied.insert(0, sweep_plan.vary(sweep_plan.depth_path(base), depths, base))
    if len(varied) > _MOST_AXES:
        raise ConfigError(
            f"{len(varied)} settings vary: {', '.join(one.path for one in varied)}. Choose at most "
            f"{_MOST_AXES}; --depths is one"
        )
    target, epochs = options.target, options.epochs
    if options.outcome in {None, outcomes.SPEED}:
        usual_target, usual_epochs = sweep_plan.ends(base, is_speed=True)
        target = usual_target if target is None else target
        epochs = usual_epochs if epochs is None else epochs
    planned = sweep_plan.plan(base, varied, n_seeds=options.seeds, target=target, epochs=epochs)
    if options.outcome is not None:  # before anything is started
        outcomes.whole_name(base, options.outcome)
    names = [one.name for one in varied] or ["seeds"]
    return start(
        store,
        planned,
        options,
        preset=preset,
        title=f"{preset or base.experiment}, {' × '.join(names)}",
        is_depth=False,
    )


def _print(sweep: Sweep, found: Outcomes) -> None:
    rows = outcome_report.table(found)
    if not rows:
        say(f"No run of sweep {sweep.id} has finished.")
        return
    print_table(list(rows[0]), [list(row.values()) for row in rows], n_text=len(rows[0]) - 6)
    others = ", ".join(outcomes.names(sweep.runs[0].config))
    units = f" ({found.outcome.units})" if found.outcome.units else ""
    say(
        f"\n{found.outcome.long_name}{units}; {len(found.runs)} of {len(sweep.runs)} runs are done."
    )
    say(f"Another: deepfreq sweep {sweep.id} --outcome NAME, of: {others}")
    say(f"Charts: page “Sweeps”, ?sweep={sweep.id}")


def _to_dict(sweep: Sweep, name: str, found: Outcomes) -> dict[str, Any]:
    told: dict[str, Any] = numbers.plain({
        "sweep": sweep.id,
        "title": sweep.title,
        "n_runs": len(sweep.runs),
        "n_done": len(found.runs),
        "outcome": name,
        "long_name": found.outcome.long_name,
        "units": found.outcome.units,
        "axes": list(found.axes),
        "table": outcome_report.table(found),
        "rows": outcome_report.rows_by_run(found),
        "charts": [_chart(chart) for chart in outcome_report.charts(found)],
    })
    return told


def _chart(chart: Chart) -> dict[str, Any]:
    def values(array: Any) -> Any:
        return None if array is None else array.tolist()

    return {
        "title": chart.title,
        "x_title": chart.x_title,
        "y_title": chart.y_title,
        "x_ticks": None if chart.x_ticks is None else list(chart.x_ticks),
        "curves": [
            {"name": curve.name}
            | {key: values(getattr(curve, key)) for key in ("x", "y", "low", "high")}
            for curve in chart.curves
            if not curve.is_faint  # "rows" has the single runs
        ],
    }

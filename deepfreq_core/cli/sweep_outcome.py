"""`sweep` of any settings: one outcome of the runs against what varies in them."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from deepfreq_core.cli.arguments import axis, split
from deepfreq_core.cli.output import print_json, print_table, say
from deepfreq_core.cli.run import read_config
from deepfreq_core.cli.waiting import wait
from deepfreq_core.config import RunConfig
from deepfreq_core.errors import ConfigError, RunFailed
from deepfreq_core.experiments import reading
from deepfreq_core.exports import numbers
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.state import Run, RunState
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import outcome_report, outcomes, sweep_plan, sweep_runs
from deepfreq_core.studies.finding import Chart
from deepfreq_core.studies.outcomes import Outcomes

_USUAL = "epochs_to_loss"
_MOST_AXES = 2


def is_meant(store: RunStore, options: argparse.Namespace) -> bool:
    """Whether these options, or the runs that they name, ask for more than a sweep of depths."""
    if options.outcome is not None or len(options.vary) > 1:
        return True
    runs = sweep_runs.runs_together(store, options.what)
    if runs:
        return sweep_runs.is_free(runs[0])
    base, _ = read_config(options.what)
    return not sweep_plan.has_network(base)


def sweep(store: RunStore, options: argparse.Namespace) -> int:
    """Start the runs, or find them again; wait; tell the outcome.

    Raises:
        RunFailed: Some runs did; the first is named with its reason.
    """
    runs = sweep_runs.runs_together(store, options.what)
    sweep_id = options.what if runs else _launch(store, options)
    runs = runs or sweep_runs.runs_together(store, sweep_id)
    name = _outcome(runs[0].config, options.outcome)

    def look() -> tuple[int, bool]:
        now = Counter(run.state for run in sweep_runs.runs_together(store, sweep_id))
        return now[RunState.DONE], any(state.is_active for state in now)

    wait(sweep_runs.title_of(runs), len(runs), look)
    runs = sweep_runs.runs_together(store, sweep_id)
    called = {one.path: one.name for one in sweep_plan.OTHERS}
    if sweep_plan.has_network(runs[0].config) and sweep_plan.can_sweep(runs[0].config):
        called[sweep_plan.depth_path(runs[0].config)] = "depth"
    found = outcomes.collect(store, runs, name, called)
    if options.json:
        print_json(_to_dict(sweep_id, runs, name, found))
    else:
        _print(sweep_id, runs, found)
    broken = [run for run in runs if run.state in {RunState.FAILED, RunState.LOST}]
    if broken:
        raise RunFailed(
            f"{len(broken)} of {len(runs)} runs failed; {broken[0].id}: "
            f"{broken[0].error or 'no reason was given'}"
        )
    return 0


def _launch(store: RunStore, options: argparse.Namespace) -> str:
    base, preset = read_config(options.what)
    base = reading.override(base, options.assignments)
    vary = [axis(text) for text in options.vary]
    if options.depths is not None:
        vary.insert(0, (sweep_plan.depth_path(base), split(options.depths)))
    if len(vary) > _MOST_AXES:
        raise ConfigError(
            f"{len(vary)} settings vary: {', '.join(path for path, _ in vary)}. Choose at most "
            f"{_MOST_AXES}; --depths is one"
        )
    base = reading.override(base, _ends(base, options))
    _outcome(base, options.outcome)  # before anything is started
    planned = sweep_plan.free_plan(base, vary, options.seeds)
    names = [sweep_plan.called(path) for path, _ in vary] or ["seeds"]
    sweep_id = sweep_runs.launch(
        store,
        planned,
        owner="local",
        preset=preset,
        title=f"{preset or base.experiment}, {' × '.join(names)}",
        is_free=True,
    )
    dispatcher.ensure_running()
    if not options.json:
        say(f"{len(planned)} runs; they go on without this. Again: deepfreq sweep {sweep_id}")
    return sweep_id


def _ends(base: RunConfig, options: argparse.Namespace) -> list[str]:
    """Where runs end: as the settings say, unless a loss to reach or epochs are asked for."""
    ends = []
    is_speed = options.outcome in {None, _USUAL} and sweep_plan.has_network(base)
    if options.target is not None or is_speed:
        target = sweep_plan.target(base) if options.target is None else options.target
        ends.append(f"training.stop_loss={target}")
    if options.epochs is not None or is_speed:
        epochs = sweep_plan.epochs(base) if options.epochs is None else options.epochs
        ends.append(f"training.epochs={epochs}")
    return ends


def _outcome(config: RunConfig, name: str | None) -> str:
    """The outcome asked for, else the usual one, else the first that the runs declare."""
    declared = outcomes.names(config)
    usual = _USUAL if _USUAL in declared else next(iter(declared), _USUAL)
    return outcomes.whole_name(config, usual if name is None else name)


def _print(sweep_id: str, runs: tuple[Run, ...], found: Outcomes) -> None:
    rows = outcome_report.table(found)
    if not rows:
        say(f"No run of sweep {sweep_id} has finished.")
        return
    print_table(list(rows[0]), [list(row.values()) for row in rows], n_text=len(rows[0]) - 6)
    others = ", ".join(outcomes.names(runs[0].config))
    units = f" ({found.outcome.units})" if found.outcome.units else ""
    say(f"\n{found.outcome.long_name}{units}; {len(found.runs)} of {len(runs)} runs are done.")
    say(f"Another: deepfreq sweep {sweep_id} --outcome NAME, of: {others}")


def _to_dict(sweep_id: str, runs: tuple[Run, ...], name: str, found: Outcomes) -> dict[str, Any]:
    told: dict[str, Any] = numbers.plain({
        "sweep": sweep_id,
        "title": sweep_runs.title_of(runs),
        "n_runs": len(runs),
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
        ],
    }

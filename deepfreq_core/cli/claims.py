"""`claims`: what the papers say, the runs that test it here, and what those runs say."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from deepfreq_core.chapters import catalogue
from deepfreq_core.cli.arguments import add_json
from deepfreq_core.cli.output import print_json, print_table, say
from deepfreq_core.cli.waiting import wait
from deepfreq_core.errors import ConfigError, RunFailed
from deepfreq_core.runs import dispatcher
from deepfreq_core.runs.store import RunStore
from deepfreq_core.studies import claim_runs, records
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.finding import Finding

_ALL = "all"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `claims [list]`, `claims show|run|record NAME`."""
    add_json(parser)
    parser.set_defaults(call=_list)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    add_json(actions.add_parser("list", help="all claims and their recorded verdicts"))
    for name, call, text in (
        ("show", _show, "what it says, and the verdict of the runs done here or recorded"),
        ("run", _each(_run), "do the runs that are missing here, then show the verdict"),
        ("record", _each(_record), "keep the runs done here as the recorded ones, in assets/"),
    ):
        action = actions.add_parser(name, help=text)
        also = "" if name == "show" else f"; {_ALL} for every one that needs no GPU"
        action.add_argument("claim", metavar="NAME", help=f"name of a claim{also}")
        action.set_defaults(call=call)
        add_json(action)


def _each(act: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """The action for one claim, or for all one by one; what fails does not keep others back."""

    def acts(options: argparse.Namespace) -> int:
        if options.claim != _ALL:
            return act(options)
        if options.json:
            raise ConfigError("--json prints one document, and all is several. Name one claim")
        failed: list[str] = []
        planned = [c for c in catalogue.claims().values() if c.plan() and c.minutes is not None]
        for claim in planned:
            try:
                act(argparse.Namespace(**{**vars(options), "claim": claim.slug}))
            except (ConfigError, RunFailed) as error:
                failed.append(f"{claim.slug}: {error}")
        if failed:
            raise RunFailed(f"{len(failed)} of {len(planned)} claims failed. {' | '.join(failed)}")
        return 0

    return acts


def _list(options: argparse.Namespace) -> int:
    rows = []
    for chapter, claims in catalogue.claims_by_chapter().items():
        for claim in claims:
            traces, _ = records.recorded(claim)
            finding = _finding(claim, traces)
            rows.append((chapter, claim, finding.verdict.value if finding else "not recorded"))
    if options.json:
        print_json({
            "claims": [
                _to_dict(claim) | {"chapter": chapter, "recorded": text}
                for chapter, claim, text in rows
            ]
        })
        return 0
    print_table(
        ["claim", "what it says", "recorded runs say", "chapter"],
        [[claim.slug, claim.title, text, chapter] for chapter, claim, text in rows],
        n_text=4,
    )
    say("\nMore of one:  deepfreq claims show NAME     Do it here:  deepfreq claims run NAME")
    return 0


def _show(options: argparse.Namespace) -> int:
    claim = catalogue.claim(options.claim)
    store = RunStore()
    now = _status(store, claim)
    source = "done here"
    traces, made = ([], {}) if now.is_complete else records.recorded(claim)
    if traces:  # whole, where those done here are not
        source = f"recorded {made['date']} on {made['machine']}"
    else:
        traces = _traces(store, claim, now)
    _report(options, claim, _finding(claim, traces), source)
    return 0


def _run(options: argparse.Namespace) -> int:
    claim = catalogue.claim(options.claim)
    store = RunStore()
    new = claim_runs.launch(store, claim, owner="local")
    dispatcher.ensure_running()

    def look() -> tuple[int, bool]:
        now = _status(store, claim)
        return now.n_done, now.is_active

    wait(claim.slug, len(claim.plan()), look)
    now = _status(store, claim)
    if not options.json:
        say(f"{len(new)} new runs, {now.n_planned - len(new)} were there already.\n")
    _report(options, claim, _finding(claim, _traces(store, claim, now)), "done here")
    if now.broken:
        _, first = now.broken[0]
        raise RunFailed(
            f"{len(now.broken)} of {now.n_planned} runs failed; the first, {first.id}: "
            f"{first.error or 'no reason was given'}"
        )
    return 0


def _record(options: argparse.Namespace) -> int:
    claim = catalogue.claim(options.claim)
    store = RunStore()
    now = _status(store, claim)
    if not now.is_complete:
        raise ConfigError(
            f"{claim.slug} has {now.n_done} of its {now.n_planned} runs here. "
            f"Do the rest first: deepfreq claims run {claim.slug}"
        )
    traces = _traces(store, claim, now)
    path = records.write_record(claim, traces, _made(traces))
    if options.json:
        print_json({"claim": claim.slug, "file": str(path)})
    else:
        say(f"{path}: {len(traces)} runs, {path.stat().st_size / 1000:.0f} kB")
    return 0


def _status(store: RunStore, claim: Claim) -> claim_runs.Status:
    return claim_runs.statuses(store, [claim])[claim.slug]


def _traces(store: RunStore, claim: Claim, now: claim_runs.Status) -> list[Any]:
    return [claim_runs.read(store, claim, planned, run) for planned, run in now.done]


def _made(traces: list[Any]) -> dict[str, Any]:
    def most(name: str) -> Any:
        return Counter(str(one.facts.get(name, "unknown")) for one in traces).most_common(1)[0][0]

    facts = traces[0].facts
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{most('device_name')}, threads: {most('threads')}",
        "versions": facts.get("versions", {}),
        "backend": most("backend"),
    }


def _finding(claim: Claim, traces: list[Any]) -> Finding | None:
    return claim.answer(traces) if traces or not claim.plan() else None


def _report(
    options: argparse.Namespace, claim: Claim, finding: Finding | None, source: str
) -> None:
    if options.json:
        print_json(_to_dict(claim) | {"runs": source, "finding": _finding_dict(finding)})
        return
    say(f"{claim.slug}: {claim.title}\n\nThe paper: {claim.paper}\nHere: {claim.settings}")
    say(f"It would be refuted by: {claim.refuted_by}\n")
    if finding is None:
        say(f"No runs yet. Do them ({claim.takes}): deepfreq claims run {claim.slug}")
        return
    print_table(list(finding.rows[0]), [list(row.values()) for row in finding.rows], n_text=1)
    say(f"\n{finding.sentence}\nVerdict of {finding.n_runs} runs ({source}): {finding.verdict}.")


def _to_dict(claim: Claim) -> dict[str, Any]:
    return {
        "claim": claim.slug,
        "title": claim.title,
        "paper": claim.paper,
        "settings": claim.settings,
        "refuted_by": claim.refuted_by,
        "n_runs": len(claim.plan()),
        "minutes": claim.minutes,
    }


def _finding_dict(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "verdict": finding.verdict.value,
        "sentence": finding.sentence,
        "n_runs": finding.n_runs,
        "rows": [dict(row) for row in finding.rows],
    }

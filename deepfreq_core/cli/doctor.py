"""`doctor`: what this machine has, and what to do about what it lacks."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from itertools import chain

from deepfreq_core.cli.arguments import add_json
from deepfreq_core.cli.checks import Check, Level, all_checks
from deepfreq_core.cli.output import print_json, say
from deepfreq_core.cli.stored import stored_data

_MARKS = {Level.OK: "ok     ", Level.NOTE: "note   ", Level.PROBLEM: "PROBLEM"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `doctor`."""
    parser.add_argument(
        "--deep", action="store_true", help="also whether all that is stored is as it was written"
    )
    add_json(parser)
    parser.set_defaults(call=_doctor)


def _doctor(options: argparse.Namespace) -> int:
    checks: list[Check] = []
    for check in chain(all_checks(), stored_data() if options.deep else ()):
        checks.append(check)
        if not options.json:
            say(f"{_MARKS[check.level]}  {check.name:<15} {check.found}")
            if check.advice:
                say(f"{'':25}→ {check.advice}")
    problems = list(dict.fromkeys(c.name for c in checks if c.level is Level.PROBLEM))
    if options.json:
        print_json({"ok": not problems, "checks": [asdict(check) for check in checks]})
    else:
        say(f"\nTo mend: {', '.join(problems)}" if problems else "\nDeepFreq can run here.")
    return 1 if problems else 0

"""`presets`: which there are, and what each of them sets."""

from __future__ import annotations

import argparse
import json
from typing import Any

from deepfreq_core import config as configs
from deepfreq_core.chapters import catalogue
from deepfreq_core.cli.arguments import add_json
from deepfreq_core.cli.output import print_json, print_table, say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare `presets [list]` and `presets show NAME`."""
    add_json(parser)
    parser.set_defaults(call=_list)
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    add_json(actions.add_parser("list", help="all presets (the default)"))
    show = actions.add_parser("show", help="one preset whole: its story and its settings")
    show.add_argument("preset", metavar="NAME")
    show.set_defaults(call=_show)
    add_json(show)


def _list(options: argparse.Namespace) -> int:
    presets = list(catalogue.presets().values())
    if options.json:
        print_json({"presets": [_to_dict(preset) for preset in presets]})
        return 0
    print_table(
        ["preset", "what it is"], [[preset.slug, preset.title] for preset in presets], n_text=2
    )
    say("\nRun one:  deepfreq run NAME     See its settings:  deepfreq presets show NAME")
    return 0


def _show(options: argparse.Namespace) -> int:
    preset = catalogue.preset(options.preset)
    if options.json:
        print_json(_to_dict(preset))
        return 0
    say(f"{preset.slug}: {preset.title}\n\n{preset.summary}\n\nSource: {preset.source}\n")
    if preset.paper:
        say(f"The paper's: {', '.join(preset.paper)}\n")
    say(json.dumps(configs.to_dict(preset.config), indent=2))
    return 0


def _to_dict(preset: catalogue.Preset) -> dict[str, Any]:
    return {
        "slug": preset.slug,
        "title": preset.title,
        "summary": preset.summary,
        "source": preset.source,
        "paper": list(preset.paper),
        "config": configs.to_dict(preset.config),
    }

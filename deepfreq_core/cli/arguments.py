"""What all verbs share in reading their arguments."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from deepfreq_core.errors import ConfigError

_NEGATIVE = re.compile(r"-[\d.]")


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are a `ConfigError`: one line, with the next step."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and leaving.

        Raises:
            ConfigError: Always.
        """
        raise ConfigError(f"{message}. See: {self.prog} --help")


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add `--json`; at whichever of two nested parsers it is given, it counts."""
    parser.set_defaults(json=False)
    parser.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print one JSON document on stdout and nothing else there",
    )


def add_assignments(parser: argparse.ArgumentParser) -> None:
    """Add `--set`, which gathers changes for `config.override`."""
    parser.add_argument(
        "--set",
        dest="assignments",
        metavar="a.b=v",
        action="append",
        default=[],
        help="replace one setting, e.g. training.epochs=3; may be given often",
    )


def axis(text: str) -> tuple[str, list[str]]:
    """A setting and its values from `a.b=v,w`.

    Raises:
        ConfigError: There is no setting or no value in it.
    """
    path, sign, values = text.partition("=")
    if not sign or not path or not split(values):
        raise ConfigError(f"--vary is {text!r}. Give a setting and its values: net.width=50,100")
    return path, split(values)


def split(text: str) -> list[str]:
    """The parts between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def join_negative_values(arguments: Sequence[str]) -> list[str]:
    """Write `--option -1:2:3` as `--option=-1:2:3`; argparse would take -1:2:3 for an option."""
    joined: list[str] = []
    for word in arguments:
        if _NEGATIVE.match(word) and joined and joined[-1].startswith("--"):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined

"""The command line: `python -m deepfreq_core VERB …`, installed also as `deepfreq`.

One file a verb, and only the one that was asked for is imported: `--help`, `presets` and `lfr`
answer at once and never load torch. Exit status: 0 done, 1 a run failed or the doctor found a
problem, 2 bad input, 130 interrupted. Bad input gets one line on stderr, never a traceback.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

from deepfreq_core.cli.arguments import Parser, join_negative_values
from deepfreq_core.errors import ConfigError, DeepFreqError, RunFailed, quoted, readable
from deepfreq_core.version import __version__

# verb -> (module, what --help says of it)
_VERBS = {
    "serve": ("serve", "the dashboard and its dispatcher, in the foreground"),
    "run": ("run", "one run here: progress bar, table of LFR by layer at the end"),
    "lfr": ("lfr", "LFR and RDF of the arrays x and y in an .npz file"),
    "runs": ("runs", "list, show, export, stop, pause, resume, delete runs"),
    "presets": ("presets", "the presets, and what each of them sets"),
    "claims": ("claims", "what the papers say, tested: list, show, run, record"),
    "sweep": ("sweep", "depth, or any two settings, × seeds: an outcome against them"),
    "doctor": ("doctor", "what this machine has, and what to do about what it lacks"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: Arguments after the program's name; None takes those of the process.

    Returns:
        The exit status.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a δ must not end a run on an ASCII terminal
    try:
        options = parse(arguments)
        status: int = options.call(options)
        sys.stdout.flush()
        return status
    except DeepFreqError as error:
        print(f"deepfreq: {readable(error)}", file=sys.stderr)
        return 1 if isinstance(error, RunFailed) else 2
    except BrokenPipeError:
        # The reader left (`| head`). Keep the interpreter from complaining while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What was typed, checked; `call` is the function that does it.

    Args:
        arguments: Arguments after the program's name.

    Returns:
        The options of the verb. Only that verb's module has been imported.

    Raises:
        ConfigError: There is no such verb or option, or a value is not allowed.
    """
    parser = Parser(
        prog="deepfreq",
        description="See why deeper networks learn faster: the deep frequency principle.",
    )
    parser.add_argument("--version", action="version", version=f"deepfreq {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    asked = next((word for word in arguments if not word.startswith("-")), None)
    if asked is not None and asked not in _VERBS:
        raise ConfigError(
            f"no command {quoted(asked)}. There are: {', '.join(_VERBS)}. See: deepfreq --help"
        )
    for verb, (module, help_text) in _VERBS.items():
        subparser = verbs.add_parser(verb, help=help_text)
        if verb == asked:
            importlib.import_module(f"deepfreq_core.cli.{module}").add_arguments(subparser)
    return parser.parse_args(join_negative_values(arguments))

"""The error rule: exit status 2, one line on stderr, never a traceback; and quick answers."""

import os
import subprocess
import sys

import pytest

from deepfreq_core.cli import _VERBS, main
from deepfreq_core.version import __version__


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "VERB"),
        (["launch"], "'launch'"),
        (["--loud"], "VERB"),
        (["presets", "--loud"], "--loud"),
        (["presets", "remove"], "'remove'"),
        (["presets", "show"], "NAME"),
        (["presets", "show", "nope"], "'nope'"),
        (["run", "digits-demo", "--title", "x" * 200_000], "has 200000 characters"),
        (["run", "digits-demo", "--set", f"net.depth={'9' * 9_000}"], "net.depth is '99"),
        (["x" * 9_000], "no command 'xxx"),
        (["presets", "show", "x" * 9_000], "digits-demo"),
        (["serve", "--port", "x" * 9_000], "--port"),
        (["serve", "--port", "http"], "'http'"),
        (["serve", "--port", "70000"], "'70000'"),
        (["run"], "PRESET"),
        (["run", "nope"], "'nope'"),
        (["run", "nope.json"], "'nope.json'"),
        (["run", "/"], "'/'"),
        (["run", "digits-demo", "--inverse-delta", "-1"], "'-1'"),
        (["run", "digits-demo", "--inverse-delta", "nan"], "'nan'"),
        (["lfr", "x.npz"], "--inverse-delta"),
        (["lfr", "x.npz", "--inverse-delta", "0:1:3", "--normalize", "loud"], "'loud'"),
        (["runs"], "ACTION"),
        (["runs", "show", "nope"], "'nope'"),
        (["runs", "list", "--state", "odd"], "'odd'"),
        (["runs", "list", "--limit", "0"], "'0'"),
        (["runs", "stop"], "ID"),
        (["runs", "stop", "aaaaaaaaaa"], "'aaaaaaaaaa'"),
        (["runs", "delete", "../../etc"], "'../../etc'"),
        (["doctor", "now"], "now"),
    ],
)
def test_bad_input(capsys, arguments, named):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("deepfreq: ")
    assert captured.err.count("\n") == 1
    assert named in captured.err


@pytest.mark.parametrize("verb", [None, *_VERBS])
def test_help(capsys, verb):
    with pytest.raises(SystemExit) as left:
        main([*filter(None, [verb]), "--help"])
    assert left.value.code == 0
    assert "usage: deepfreq" in capsys.readouterr().out


def test_version(capsys):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"deepfreq {__version__}\n"


def test_a_reader_that_leaves_early_is_no_error():
    program = [sys.executable, "-m", "deepfreq_core", "presets", "--json"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_an_ascii_terminal_loses_letters_and_nothing_else():
    program = [sys.executable, "-m", "deepfreq_core", "presets", "show", "mnist-paper"]
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(program, capture_output=True, env=ascii_only, check=True)
    assert done.stderr == b""
    assert b"784-500?5-10" in done.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEEPFREQ_HOME", "/proc/none"),
        ("DEEPFREQ_DATABASE_URL", "nonsense"),
        ("DEEPFREQ_DATABASE_URL", "sqlite:////proc/none/x.sqlite"),
        ("DEEPFREQ_DATABASE_URL", "postgresql+psycopg://me:secret@127.0.0.1:1/none"),
    ],
)
def test_a_place_that_cannot_be_used(capsys, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert main(["runs", "list"]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert "secret" not in captured.err

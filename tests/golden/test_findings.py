"""The verdicts that the recorded runs give, word for word.

Asked through the command line alone and with no run done here: only the files in assets/ speak.
"""

import gzip
import json
from pathlib import Path

import pytest

from deepfreq_core.cli import main
from tests.golden.kept import kept

RECORDS = Path(__file__).resolve().parents[2] / "assets" / "recorded" / "claims"
GOLDEN = "findings.json"
FROZEN = ("n_runs", "runs", "finding")  # planned, where they come from, what they say


@pytest.fixture
def told(home, capsys):
    def tell(*arguments):
        assert main([*arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return tell


@pytest.fixture
def seen(told):
    names = [claim["claim"] for claim in told("claims", "list")["claims"]]
    claims = {name: told("claims", "show", name) for name in names}
    return {
        "recorded_runs": {
            path.name.removesuffix(".json.gz"): len(
                json.loads(gzip.decompress(path.read_bytes()))["runs"]
            )
            for path in sorted(RECORDS.glob("*.json.gz"))
        },
        "claims": {name: {key: told[key] for key in FROZEN} for name, told in claims.items()},
    }


def test_the_recorded_runs_say_what_they_said(seen):
    golden = kept(GOLDEN, seen)
    for name, claim in golden["claims"].items():
        assert name in seen["claims"], f"the claim {name} is gone"
        assert seen["claims"][name] == claim, name


def test_every_recorded_run_is_there(seen):
    golden = kept(GOLDEN, seen)["recorded_runs"]
    assert {name: seen["recorded_runs"].get(name) for name in golden} == golden
    assert sum(golden.values()) == 492

"""The charts on the cards of the claims, drawn from the recorded runs."""

import json

import pytest

from deepfreq_core.cli import main
from tests.golden import live_view
from tests.golden.differences import check

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def with_a_verdict(home, capsys):
    assert main(["claims", "list", "--json"]) == 0
    claims = json.loads(capsys.readouterr().out)["claims"]
    return [claim["claim"] for claim in claims if claim["recorded"] != "not recorded"]


def test_the_claims_show_the_charts_they_showed(page, dashboard, with_a_verdict):
    seen = {}
    for name in with_a_verdict:
        live_view.open_claim(page, dashboard.url, name)
        seen[name] = live_view.charts(page)
    check("claim_charts.json.gz", seen)

"""What is written twice, in Python and for the browser, gives the same."""

import itertools
import json
import math
import random

import numpy as np
import pytest

from deepfreq_core.analysis.frequency import is_logarithmic
from deepfreq_core.analysis.learning import Learning, learning
from deepfreq_core.figures import labels, words
from deepfreq_core.ui import texts
from deepfreq_core.ui.live_chart import assemble

pytestmark = pytest.mark.browser

WORDS = texts.table("words")
NAMES = [f"stage {k} $&" for k in range(1, 9)]  # $& means something to String.replace


@pytest.fixture(scope="module")
def script(browser):
    page = browser.new_page()
    page.goto("about:blank")
    source = assemble.script().replace("export default function", "function")
    twins = "sentenceOf, learningOf, spread, named, gridAxis, peakOn"
    page.evaluate(f"() => {{ {source}; window.twins = {{ {twins} }}; }}")
    yield page
    page.close()


def cases():
    rng = random.Random(0)
    for n, _ in itertools.product((1, 2, 3, 5, 8), range(60)):
        scale = rng.choice((0.004, 0.02, 0.5))
        before, now = ([0.3 + scale * rng.random() for _ in range(n)] for _ in range(2))
        errors = [rng.choice((0.0, 0.01)) for _ in range(n)] if rng.random() < 0.4 else None
        learned = rng.choice([*[Learning.LEARNED] * 8, *Learning])
        yield before, rng.choice((None, sorted(now), sorted(now)[::-1], now)), errors, learned


def test_sentences_agree(script):
    given = list(cases())
    ours = [
        words.sentence(
            WORDS, NAMES, before, now, before_errors=errors, now_errors=errors, learned=learned
        )
        for before, now, errors, learned in given
    ]
    theirs = script.evaluate(
        """([cases, names, rule, words]) => cases.map(([before, now, errors, learned]) =>
            twins.sentenceOf({ ratios: before, errors }, now && { ratios: now, errors },
                names, learned, rule, words))""",
        [given, NAMES, words.rule(), json.loads(json.dumps(dict(WORDS)))],
    )
    assert theirs == ours
    assert len(set(ours)) > 8  # the cases reach most of the table


def test_both_know_who_has_learned(script):
    values = (None, 0.0, 0.05, 0.0891, 0.09, 0.1, 9.9, 1e3, math.inf)
    cases = list(itertools.product(values, values, (None, 0.09, 1.0)))
    ours = [learning(*case) for case in cases]
    # null in JSON is a number that is not finite; not measured is what is not there
    theirs = script.evaluate(
        """([cases, rule]) => cases.map((values) => {
            const [before, now, mean] = values.map((v) => (v === null ? undefined : v));
            return twins.learningOf(before, now === "inf" ? null : now, mean, rule);
        })""",
        [[["inf" if v == math.inf else v for v in case] for case in cases], words.rule()],
    )
    assert theirs == ours
    assert set(ours) == set(Learning)


def test_labels_agree(script):
    rng = random.Random(1)
    given = [[100 * rng.random() for _ in range(n)] for n in (1, 2, 5, 9, 12) for _ in range(20)]
    ours = [labels.spread(case, 10, 5, 95) for case in given]
    theirs = script.evaluate("(cases) => cases.map((c) => twins.spread(c, 10, 5, 95))", given)
    for one, other in zip(ours, theirs, strict=True):
        assert other == pytest.approx(one, abs=1e-9)


def test_the_same_labels_are_written(script):
    cases = [[n, gap, room] for n in range(0, 66, 5) for gap in (14, 17.5) for room in (10, 200)]
    theirs = script.evaluate("(cases) => cases.map((c) => twins.named(...c))", cases)
    assert theirs == [labels.named(*case) for case in cases]


def test_both_know_a_grid_in_even_ratios(script):
    even = [np.linspace(0, 4, 50), np.linspace(0.9, 1, 50), np.linspace(0.1, 20, 8)]
    log = [np.geomspace(0.01, 2e7, 50), np.geomspace(0.1, 200, 60), np.geomspace(1, 2, 9)]
    rounded = [[float(f"{value:.4g}") for value in grid] for grid in (*even, *log)]
    theirs = script.evaluate("(grids) => grids.map((g) => twins.gridAxis(g).isLog)", rounded)
    ours = [is_logarithmic(np.array(grid)) for grid in rounded]
    assert ours == theirs == [False] * 3 + [True] * 3


def test_a_peak_is_found_between_the_values_of_a_grid(script):
    for grid in (np.linspace(0, 40, 41), np.geomspace(0.1, 1000, 60)):
        # sin 4x on the line: RDF is largest at 1/δ = 16 / 2; a parabola is good to a few percent
        with np.errstate(divide="ignore", invalid="ignore"):
            density = np.nan_to_num(16 / grid**2 * np.exp(-16 / grid))
        found = script.evaluate("(a) => twins.peakOn(...a)", [grid.tolist(), density.tolist()])
        assert found == pytest.approx(8, rel=0.03)

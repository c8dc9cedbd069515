"""What is written twice, in Python and for the browser, gives the same: sentence and labels."""

import itertools
import json
import random

import pytest

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
    page.evaluate(f"() => {{ {source}; window.twins = {{ sentenceOf, spread, named }}; }}")
    yield page
    page.close()


def cases():
    rng = random.Random(0)
    for n, _ in itertools.product((1, 2, 3, 5, 8), range(60)):
        scale = rng.choice((0.004, 0.02, 0.5))
        before, now = ([0.3 + scale * rng.random() for _ in range(n)] for _ in range(2))
        errors = [rng.choice((0.0, 0.01)) for _ in range(n)] if rng.random() < 0.4 else None
        yield before, rng.choice((None, sorted(now), sorted(now)[::-1], now)), errors


def test_sentences_agree(script):
    given = list(cases())
    ours = [
        words.sentence(WORDS, NAMES, before, now, before_errors=errors, now_errors=errors)
        for before, now, errors in given
    ]
    theirs = script.evaluate(
        """([cases, names, rule, words]) => cases.map(([before, now, errors]) => twins.sentenceOf(
            { ratios: before, errors }, now && { ratios: now, errors }, names, rule, words))""",
        [given, NAMES, words.rule(), json.loads(json.dumps(dict(WORDS)))],
    )
    assert theirs == ours
    assert len(set(ours)) > 8  # the cases reach most of the table


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

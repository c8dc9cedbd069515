"""Claims of the frequency principle: what counts as in order, and verdicts that may say no."""

import json
import math
from collections.abc import Sequence

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.chapters.frequency_principle import generalisation, images, order, targets
from deepfreq_core.chapters.frequency_principle.runs import SeedRun, SeedRuns
from deepfreq_core.instruments.spectra.config import THRESHOLDS
from deepfreq_core.records import Measurement
from deepfreq_core.studies.verdict import Verdict
from deepfreq_core.training.learning import MEAN_ANSWER

_COLUMN = THRESHOLDS.index(order.THRESHOLD)
_LOW_FIRST, _TOGETHER, _NOTHING = (20.0, 700.0, math.inf), (30.0, 25.0, 28.0), (math.inf,) * 3
_FAMILY = [
    *("f-principle-1d", "f-principle-activations", "f-principle-initialisation"),
    *("f-principle-losses", "f-principle-optimisers", "amplitude-does-not-decide"),
    *("higher-takes-longer", "projection-mnist", "projection-cifar10", "early-stopping"),
    *("smooth-whatever-the-depth", "parity-fails"),
]


def _run(axis: str, label: str, epochs: Sequence[Sequence[float]], losses=None) -> SeedRun:
    n, p = len(epochs), len(epochs[0])
    learned = np.full((n, p, len(THRESHOLDS)), np.inf)
    learned[:, :, _COLUMN] = epochs
    series = np.array([[1.0] * n, [0.01] * n]) if losses is None else losses
    return SeedRun(
        case={axis: label},
        seed=0,
        at=np.array([0.0, 100.0]),
        series={"train_loss": series},
        last={order.LEARNED: learned},
        fixed={order.PEAKS: np.arange(1.0, p + 1)},
        facts={MEAN_ANSWER: 1.0},
    )


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [(12, 0, "holds"), (10, 2, "holds"), (6, 6, "unclear"), (2, 10, "does not")],
)
def test_a_case_is_judged_by_the_share_of_seeds_in_order(good, bad, expected):
    run = _run("a", "one", [_LOW_FIRST] * good + [_TOGETHER] * bad)
    finding = order.finder("a")([run])
    assert finding.verdict.value.startswith(expected)
    assert f"one {good} of {good + bad}" in finding.sentence
    assert finding.rows[0]["seeds in order"] == f"{good} of {good + bad}"


def test_a_case_that_should_break_refutes_where_it_does_not():
    ordered, broken = _run("a", "kept", [_LOW_FIRST] * 12), _run("a", "lost", [_TOGETHER] * 12)
    assert order.finder("a", frozenset({"lost"}))([ordered, broken]).verdict is Verdict.HOLDS
    assert order.finder("a", frozenset({"kept"}))([ordered]).verdict is Verdict.FAILS
    assert order.finder("a")([ordered, broken]).verdict is Verdict.FAILS


def test_seeds_that_learned_nothing_are_no_evidence():
    losses = np.array([[1.0] * 12, [0.01] * 6 + [1.0] * 6])
    run = _run("a", "one", [_LOW_FIRST] * 6 + [_TOGETHER] * 6, losses)
    assert order.finder("a")([run]).rows[0]["seeds in order"] == "6 of 6"
    assert "6 of 12 runs have learned nothing" in order.READS.left_out([run])
    none = order.finder("a")([_run("a", "one", [_NOTHING] * 6)])
    assert none.verdict is Verdict.UNCLEAR and none.rows[0]["seeds in order"] == "0 of 0"


def test_no_runs_say_nothing():
    for claim in (catalogue.claim(slug) for slug in _FAMILY):
        assert claim.find([]).verdict is Verdict.UNCLEAR


def test_evidence_survives_its_record():
    run = _run("a", "one", [_LOW_FIRST, _NOTHING, (1.23456789, 2.0, 3.0)])
    text = json.dumps(order.READS.to_dict(run), allow_nan=False)
    back = order.READS.from_dict(json.loads(text))
    assert back.case == run.case and back.facts == run.facts
    assert np.array_equal(np.isinf(back.last[order.LEARNED]), np.isinf(run.last[order.LEARNED]))
    assert back.last[order.LEARNED][2, 0, _COLUMN] == pytest.approx(1.2346)
    assert order.finder("a")([back]).sentence == order.finder("a")([run]).sentence


def test_what_counts_is_read_seed_by_seed_or_of_one_alone():
    reads = SeedRuns(series=("test_loss",), last=("i/x",), fixed=("i/k",))
    together = Measurement(
        at=0.0,
        scalars={"train_loss": 1.5, "test_loss": 2.5},
        arrays={
            "train_loss_seeds": np.array([1.0, 2.0]),
            "test_loss_seeds": np.array([2.0, 3.0]),
            "i/x": np.zeros(3),
            "i/x_seeds": np.arange(6.0).reshape(2, 3),
        },
    )
    alone = Measurement(
        at=0.0, scalars={"train_loss": 1.5, "test_loss": 2.5}, arrays={"i/x": np.arange(3.0)}
    )
    coordinates = {"i/k": np.array([1.0, 2.0])}
    two, one = (reads.read({"c": "d"}, 0, [m], coordinates, {}) for m in (together, alone))
    assert two.series["test_loss"].tolist() == [[2, 3]] and two.last["i/x"].shape == (2, 3)
    assert one.series["test_loss"].tolist() == [[2.5]] and one.last["i/x"].shape == (1, 3)
    assert two.fixed["i/k"].tolist() == [1, 2]


@pytest.mark.parametrize("slug", _FAMILY)
def test_plans_have_labels_and_enough_seeds(slug):
    claim = catalogue.claim(slug)
    seeds: dict[str, int] = {}
    for planned in claim.plan():
        seeds[planned.label] = seeds.get(planned.label, 0) + planned.config.n_seeds
    assert min(seeds.values()) >= 6
    assert claim.paper and claim.settings and claim.refuted_by and claim.minutes


def test_frequencies_below_twice_the_noise_are_not_judged():
    run = _run("images", "one", [(3.0, 9.0, 5.0, math.inf)] * 6)
    learned = np.full((6, 4, len(THRESHOLDS)), np.inf)
    learned[:, :, THRESHOLDS.index(0.3)] = [3.0, 9.0, 5.0, math.inf]
    fixed = {
        order.PEAKS: np.array([0.0, 0.1, 0.2, 0.3]),
        "spectra/noise": np.full(5, 0.01),
        "spectra/peak_target": np.array([0.3, 0.05, 0.019, 0.001]),
    }
    run = SeedRun(run.case, 0, run.at, run.series, {order.LEARNED: learned}, fixed, run.facts)
    finding = images._find([run])
    assert [row["judged"] for row in finding.rows] == ["yes", "yes", "no", "no"]
    assert finding.verdict is Verdict.HOLDS  # the third, learned before the second, has no say
    assert "6 of 6 at 2 of 4 frequencies" in finding.sentence
    quiet = fixed | {"spectra/peak_target": np.array([0.3, 0.01, 0.01, 0.001])}
    run = SeedRun(run.case, 0, run.at, run.series, {order.LEARNED: learned}, quiet, run.facts)
    assert images._find([run]).verdict is Verdict.UNCLEAR


def _curves(label: str, variation: Sequence[float], losses: Sequence[float]) -> SeedRun:
    x = np.linspace(-np.pi, np.pi, 201)
    of_sine = np.abs(np.diff(np.sin(x))).sum()
    series = {"train_loss": np.array([[0.5] * len(losses), losses])}
    last = {"output/curve": np.sin(x)[None], "output/variation": of_sine * np.array(variation)}
    case, facts = {"hidden layers": label}, {MEAN_ANSWER: 0.5}
    return SeedRun(case, 0, np.array([0.0, 9.0]), series, last, {"output/x": x}, facts)


def test_wiggles_are_counted_in_networks_that_fit():
    find = catalogue.claim("smooth-whatever-the-depth").find
    smooth, rough = _curves("1", [1.0] * 6, [1e-5] * 6), _curves("7", [1.6] * 6, [1e-5] * 6)
    assert find([smooth]).verdict is Verdict.HOLDS
    assert find([smooth, rough]).verdict is Verdict.FAILS
    unfitted = _curves("7", [1.6] * 6, [0.1] * 6)
    finding = find([smooth, unfitted])
    assert finding.verdict is Verdict.UNCLEAR and finding.rows[1]["seeds that fit"] == "0 of 6"


def _noisy(test: Sequence[float], train: Sequence[float]) -> SeedRun:
    series = {"train_loss": np.tile(train, (6, 1)).T, "test_loss": np.tile(test, (6, 1)).T}
    at = np.array([0.0, 1_000, 5_000, 30_000])
    return SeedRun({"target": "t"}, 0, at, series, {}, {}, {MEAN_ANSWER: 0.5})


@pytest.mark.parametrize(
    ("test", "train", "expected"),
    [
        ([0.6, 0.05, 0.044, 0.07], [0.6, 0.04, 0.03, 0.0001], Verdict.HOLDS),
        ([0.6, 0.05, 0.044, 0.045], [0.6, 0.04, 0.03, 0.0001], Verdict.FAILS),  # does not rise
        ([0.6, 0.05, 0.044, 0.07], [0.6, 0.04, 0.01, 0.0001], Verdict.FAILS),  # noise learned
        ([0.6, 0.3, 0.2, 0.1], [0.6, 0.3, 0.2, 0.1], Verdict.FAILS),  # least at the end
    ],
)
def test_stopping_early_helps_only_where_the_test_loss_rises_late(test, train, expected):
    assert generalisation._find_early([_noisy(test, train)]).verdict is expected


def test_a_factor_that_does_not_rise_refutes():
    def runs(ratios):
        return [_run("k", str(k), [(10.0, 10.0 * r)] * 6) for k, r in ratios.items()]

    find = catalogue.claim("higher-takes-longer").find
    assert find(runs({2: 3.0, 3: 8.0, 4: 30.0})).verdict is Verdict.HOLDS
    assert find(runs({2: 3.0, 3: 8.0, 4: 5.0})).verdict is Verdict.FAILS
    assert find(runs({2: 1.1, 3: 8.0})).verdict is Verdict.FAILS  # together is not later


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ((10.0, 900.0), Verdict.HOLDS),
        ((10.0, math.inf), Verdict.HOLDS),  # later than the last epoch is later
        ((10.0, 40.0), Verdict.FAILS),
        ((math.inf, math.inf), Verdict.UNCLEAR),  # nothing to compare
    ],
)
def test_a_factor_that_no_run_shows_refutes_nothing(second, expected):
    runs = [_run("k", "2", [(10.0, 50.0)] * 12), _run("k", "3", [second] * 12)]
    finding = targets._find_frequency(runs)
    assert finding.verdict is expected
    assert "nan" not in finding.sentence
    assert "inf" not in finding.sentence


def test_a_chart_names_every_frequency_of_a_colour():
    one, other = _run("a", "one", [(1.0, 2.0)]), _run("a", "other", [(1.0, 2.0)])
    other.fixed[order.PEAKS][:] = (3, 10)
    (chart,) = order.finder("a")([one, other]).charts
    assert [curve.name for curve in chart.curves] == ["k = 1 or 3", "k = 2 or 10"]

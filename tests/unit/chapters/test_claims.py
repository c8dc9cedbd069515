"""Claims: their plans are possible, and their findings follow the runs either way."""

import dataclasses
import gzip
import itertools
import json

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.chapters.deep_frequency import layers, mechanism
from deepfreq_core.chapters.deep_frequency.layer_order import frequencies, order_at
from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments.layers.trace import Trace
from deepfreq_core.studies import records
from deepfreq_core.studies.verdict import Verdict, rank_correlation
from deepfreq_core.training.learning import Learning

GRID = np.linspace(0.0, 40.0, 401)
PLANNED = [claim for claim in catalogue.claims().values() if claim.plan()]


def pure_waves(frequencies_of_layers) -> np.ndarray:
    """LFR curves of layers whose targets are pure waves of these frequencies, (L+1, m)."""
    with np.errstate(divide="ignore"):
        return np.stack([np.exp(-(k**2) / GRID) for k in frequencies_of_layers])


def make_trace(case, seed, before, after, **scalars) -> Trace:
    lfr = np.stack([pure_waves(before), pure_waves(after)])
    n = len(before)
    return Trace(
        case=case,
        seed=seed,
        layers=("input", *(f"layer {i}" for i in range(1, n))),
        inverse_delta=GRID,
        epoch=np.array([0.0, 10.0]),
        lfr=lfr,
        rdf=np.gradient(lfr, GRID, axis=-1),
        gradient_norm=np.ones((2, n)),
        scalar_epoch=np.array([0.0, 10.0]),
        scalars={name: np.array(values, float) for name, values in scalars.items()},
        facts={"backend": "cpu"},
    )


RISING, FALLING = [3.0, 1.0, 1.5, 2.0], [3.0, 2.0, 1.5, 1.0]


def of_case(n_stuck, *, end=0.0899, mean_answer=0.09, after=RISING):
    """Six seeds in order, of which so many learned nothing and show the reverse."""
    runs = [
        make_trace({"init": "a"}, seed, RISING, after, train_loss=[0.1, end])
        if seed < n_stuck
        else make_trace({"init": "a"}, seed, RISING, FALLING, train_loss=[0.1, 0.02])
        for seed in range(6)
    ]
    return [dataclasses.replace(one, facts={"mean_answer_loss": mean_answer}) for one in runs]


@pytest.mark.parametrize(
    ("n_stuck", "end", "said"),
    [
        (2, 0.0899, "2 of 6 runs have learned nothing"),
        (1, 1.2e30, "1 of 6 runs diverged and is left out"),
    ],
)
def test_networks_that_learned_nothing_have_no_order(n_stuck, end, said):
    claim = catalogue.claim("layers-digits")
    runs = of_case(n_stuck, end=end)
    finding = claim.answer(runs)
    assert said in finding.sentence
    (row,) = finding.rows
    n = 6 - n_stuck
    assert f"{n} of {n} seeds" in row["order after"] and "6 seeds" in row["order before"]
    assert finding.verdict is Verdict.UNCLEAR  # because of them: too few are left
    assert claim.answer(of_case(0)).verdict is Verdict.HOLDS


def test_where_no_network_learned_anything_no_order_is_named():
    finding = catalogue.claim("layers-digits").answer(of_case(6))
    assert finding.rows[0]["order after"] == "nothing to compare"
    assert "no order" not in finding.sentence
    assert [curve.name for curve in finding.charts[0].curves] == ["before training"]


def test_a_grid_that_starts_high_does_not_reverse_the_order_of_layers():
    """Recorded runs without the first fifth of their grids, with and without the floor."""
    traces, _ = records.recorded(catalogue.claim("layers-digits"))
    reversed_ = {True: 0, False: 0}
    for one, knows in itertools.product(traces, (True, False)):
        first = one.inverse_delta.size // 5
        facts = {"lfr_floor": float(one.lfr[0, 1, 0])} if knows else {}  # at 1/δ = 0
        late = dataclasses.replace(
            one, inverse_delta=one.inverse_delta[first:], lfr=one.lfr[..., first:], facts=facts
        )
        whole, found = (rank_correlation(-frequencies(run)[-1, 1:]) for run in (one, late))
        reversed_[knows] += whole * found < 0
    assert reversed_[False] > 0 and reversed_[True] == 0


def test_what_was_recorded_without_the_bar_is_held_against_its_start():
    claim = catalogue.claim("layers-digits")
    for end, n in ((0.11, 2), (0.0899, 0)):  # the bar itself cannot be known any more
        runs = [dataclasses.replace(one, facts={}) for one in of_case(2, end=end)]
        assert ("2 of 6 runs" in claim.answer(runs).sentence) is bool(n)
    untrained = make_trace({"init": "a"}, 0, RISING, RISING, train_loss=[0.1])
    assert untrained.learning is Learning.LEARNED


def test_a_variant_that_learned_nothing_takes_its_seed_out_of_the_frequencies():
    comparison = "equal channels, scale-free"
    runs = [
        make_trace(
            {"comparison": comparison, "stages": str(stage)},
            seed,
            [3.0, 5.0],
            [3.0, 5.0 - stage],
            train_loss=[2.3, 2.31 if (seed, stage) == (0, 2) else 0.2],
        )
        for seed in range(6)
        for stage in (1, 2, 3, 4)
    ]
    finding = catalogue.claim("resnet-frequency").answer(runs)
    assert "5 of 5 seeds" in finding.sentence and "1 of 24 runs has" in finding.sentence
    assert finding.verdict is Verdict.UNCLEAR


@pytest.mark.parametrize("claim", PLANNED, ids=lambda claim: claim.slug)
def test_every_plan_has_at_least_six_seeds_of_every_case(claim):
    seeds: dict[str, set[int]] = {}
    for planned in claim.plan():
        first, together = planned.config.seed, getattr(planned.config, "n_seeds", 1)
        of_case = seeds.setdefault(planned.label, set())
        assert of_case.isdisjoint(range(first, first + together))
        of_case.update(range(first, first + together))
    assert {len(of_case) for of_case in seeds.values()} <= {6, 12}


@pytest.mark.parametrize("claim", catalogue.claims().values(), ids=lambda claim: claim.slug)
def test_every_claim_says_what_would_refute_it(claim):
    assert claim.paper and claim.settings and claim.refuted_by and claim.title


def test_frequency_of_a_pure_wave_is_read_off_and_beyond_the_grid_is_infinite():
    one = make_trace({}, 0, [2.0, 100.0], [2.0, 1.0])
    found = frequencies(one)
    # Linear interpolation on steps of 0.1 in 1/δ.
    assert found[0, 0] == pytest.approx(2.0, rel=1e-3)
    assert np.isinf(found[0, 1])


def test_what_the_grid_cannot_tell_apart_has_no_order():
    # The first cell ends at 1/δ = 0.1: pure waves below √(0.1 ln 2) ≈ 0.26 all pass within it.
    low = [make_trace({}, seed, [2.0, 0.05, 0.1, 0.2], [2.0, 0.2, 0.1, 0.05]) for seed in range(6)]
    assert (frequencies(low[0])[:, 1:] == 0).all()
    assert order_at(low, -1).verdict is Verdict.UNCLEAR


def test_order_of_layers_leaves_the_raw_input_out():
    runs = [make_trace({}, seed, RISING, FALLING) for seed in range(6)]
    assert order_at(runs, 0).mean == pytest.approx(-1)
    assert order_at(runs, -1).mean == pytest.approx(1)
    assert order_at(runs, -1).verdict is Verdict.HOLDS


@pytest.mark.parametrize(("after", "verdict"), [(FALLING, Verdict.HOLDS), (RISING, Verdict.FAILS)])
def test_layers_claim_follows_the_runs(after, verdict):
    runs = [make_trace({"init": "pytorch"}, seed, RISING, after) for seed in range(6)]
    finding = layers.find_orders("init", runs)
    assert finding.verdict is verdict
    assert finding.n_runs == 6
    assert finding.rows[0]["case"] == "pytorch"
    before = finding.charts[0].curves[0]
    np.testing.assert_allclose(before.y, RISING, rtol=1e-3)


def test_too_few_seeds_are_said_whichever_way_they_point():
    for n_seeds in (0, 3):
        runs = [make_trace({"init": "a"}, seed, RISING, FALLING) for seed in range(n_seeds)]
        finding = layers.find_orders("init", runs)
        assert finding.verdict is Verdict.UNCLEAR
        assert finding.sentence.startswith("Too few seeds to tell: 6 of each case are needed")


def test_one_case_that_fails_refutes_and_all_are_shown():
    good = [make_trace({"init": "a"}, seed, RISING, FALLING) for seed in range(6)]
    bad = [make_trace({"init": "b"}, seed, RISING, RISING) for seed in range(6)]
    finding = layers.find_orders("init", good + bad)
    assert finding.verdict is Verdict.FAILS
    assert "in 1 of 2 cases" in finding.sentence
    assert [row["after"] for row in finding.rows] == [Verdict.HOLDS.value, Verdict.FAILS.value]


def test_depth_that_slows_learning_refutes_the_depth_claim():
    def runs(epochs_by_depth):
        return [
            make_trace(
                {"init": "Glorot normal", "depth": str(depth)},
                seed,
                RISING,
                FALLING,
                train_loss=[1.0, 1.0 * (0.01 ** (10 / epochs))],
            )
            for seed in range(6)
            for depth, epochs in enumerate(epochs_by_depth, start=1)
        ]

    find = catalogue.claim("depth-speed").find
    assert find(runs([9, 7, 5, 3])).verdict is Verdict.HOLDS
    assert find(runs([3, 5, 7, 9])).verdict is Verdict.FAILS


def test_runs_that_never_reach_the_target_count_as_slowest():
    runs = [
        make_trace({"k": str(k)}, seed, RISING, FALLING, train_loss=[1.0, last])
        for seed in range(6)
        for k, last in enumerate([0.001, 0.005, 0.5])
    ]
    finding = catalogue.claim("frequency-speed").find(runs)
    assert finding.verdict is Verdict.HOLDS
    assert finding.rows[-1]["epochs, median"] == "> 15000"
    line, never = finding.charts[0].curves
    assert np.isnan(line.y[-1]) and not np.isnan(line.y[:-1]).any()
    assert never.is_points and never.x.tolist() == [2.0] and never.y.tolist() == [15_000.0]


def test_calibration_is_computed_and_matches_its_fixture():
    finding = catalogue.claim("calibration").find([])
    assert finding.verdict is Verdict.HOLDS
    peaks = [float(row["RDF peak at 1/δ"]) for row in finding.rows]
    # On [-1, 1] with 201 points the ends shift the peaks: 1.76 for k = 1 and 32.0 for k = 3 with
    # differences over cells of 0.1; the exact derivative sits on the grid, half a cell away.
    assert peaks[0] == pytest.approx(1.76, abs=0.11)
    assert peaks[2] == pytest.approx(32.0, abs=0.11)


def freeze_traces(speeds):
    """Losses that fall to 0.01 at a rate, after the freeze, for each number of frozen layers."""
    traces = []
    for when, start in mechanism._FROZEN.items():
        for frozen, speed in enumerate(speeds[when]):
            for seed in range(6):
                epoch = np.arange(0.0, start + 201, 2)
                since = np.maximum(epoch - start, 0)
                loss = np.where(epoch <= start, 0.1, 0.01 + 0.08 * np.exp(-speed * since))
                case = {"frozen layers": str(frozen), "frozen": when}
                one = make_trace(case, seed, RISING, FALLING)
                traces.append(
                    dataclasses.replace(one, scalar_epoch=epoch, scalars={"train_loss": loss})
                )
    return traces


@pytest.mark.parametrize(
    ("half_way", "trained", "verdict"),
    [
        ([0.1, 0.2, 0.4], [0.1, 0.2, 0.4], Verdict.HOLDS),
        ([0.4, 0.2, 0.1], [0.4, 0.2, 0.1], Verdict.FAILS),
        ([0.4, 0.2, 0.1], [0.1, 0.2, 0.4], Verdict.FAILS),
    ],
)
def test_the_freeze_follows_trained_layers_whatever_untrained_ones_do(half_way, trained, verdict):
    speeds = {"after 20 epochs": half_way, "after 40 epochs": trained}
    for untrained in ([0.1, 0.2, 0.4], [0.4, 0.2, 0.1]):
        traces = freeze_traces(speeds | {"at first values": untrained})
        finding = catalogue.claim("frozen-precondition").find(traces)
        assert finding.verdict is verdict
        assert len(finding.rows) == 9 and len(finding.charts) == 2


def test_layers_that_never_get_there_are_named_so():
    speeds = dict.fromkeys(mechanism._FROZEN, [0.1, 0.0])
    rows = catalogue.claim("frozen-precondition").find(freeze_traces(speeds)).rows
    assert [row["epochs to 0.03"] for row in rows[1::2]] == ["never"] * 3


def test_vanished_gradients_are_left_out_of_the_verdict():
    def runs(network, after, first, distances=mechanism._AS_THE_PAPER):
        return [
            dataclasses.replace(
                make_trace(
                    {"network": network, "activation": "tanh", "distances": distances},
                    seed,
                    RISING,
                    after,
                    train_loss=[1, 0],
                ),
                gradient_norm=np.array([[first, 1.0, 1.0, 1.0]] * 2),
            )
            for seed in range(6)
        ]

    find = catalogue.claim("vanishing-gradients").find
    finding = find(runs("residual", FALLING, 1.0) + runs("plain", RISING, 1e-6))
    assert finding.verdict is Verdict.HOLDS
    beside = runs("residual", RISING, 1.0, "scale-free")
    assert find(runs("residual", FALLING, 1.0) + beside).verdict is Verdict.HOLDS
    assert find(runs("residual", RISING, 1.0)).verdict is Verdict.FAILS
    assert {row["gradient"] for row in finding.rows} == {"vanishes", "does not vanish"}
    assert mechanism.gradient_share(runs("plain", RISING, 1e-6)[0]) == pytest.approx([1e-6] * 2)


# What the recorded runs say. A change here is news, and belongs into the documentation too.
RECORDED = {
    "layers-digits": Verdict.HOLDS,
    "layers-initialisation": Verdict.UNCLEAR,  # not from He's
    "layers-mnist": Verdict.HOLDS,
    "layers-fashion": Verdict.HOLDS,
    "layers-architectures": Verdict.HOLDS,
    "layers-architectures-cifar10": Verdict.HOLDS,
    "calibration": Verdict.HOLDS,
    "depth-speed": Verdict.HOLDS,
    "frequency-speed": Verdict.HOLDS,
    "resnet-frequency": Verdict.UNCLEAR,  # in order, but no more by training than before
    "resnet-speed": Verdict.FAILS,  # training loss yes, test accuracy the reverse
    "vanishing-gradients": Verdict.FAILS,  # not with sigmoid and skip connections
    "frozen-precondition": Verdict.HOLDS,
    "objections": Verdict.FAILS,  # not without normalisation, from PyTorch's initialisation
    "critical-exponent-1d": Verdict.HOLDS,
    "shuffled-labels": Verdict.FAILS,  # a control: the order needs labels that mean something
    "f-principle-1d": Verdict.HOLDS,
    "filtering-low-first": Verdict.HOLDS,
    "smooth-whatever-the-depth": Verdict.HOLDS,
    "f-principle-activations": Verdict.HOLDS,
    "f-principle-initialisation": Verdict.HOLDS,
    "f-principle-losses": Verdict.HOLDS,
    "f-principle-optimisers": Verdict.HOLDS,
    "amplitude-does-not-decide": Verdict.HOLDS,
    "higher-takes-longer": Verdict.HOLDS,
    "projection-mnist": Verdict.FAILS,  # rising epochs, but within a third of each other
    "projection-cifar10": Verdict.HOLDS,  # two of four frequencies above the noise
    "early-stopping": Verdict.HOLDS,
    "parity-fails": Verdict.HOLDS,
}


def test_the_recorded_runs_say_what_is_known_of_them():
    said = {}
    for claim in catalogue.claims().values():
        traces, _ = records.recorded(claim)
        if traces or not claim.plan():
            found = claim.answer(traces)
            said[claim.slug] = found.verdict
            assert found.sentence == claim.find(traces).sentence, "all learned something"
            shared = catalogue.claim(claim.evidence) if claim.evidence else claim
            assert len(traces) == len(shared.plan()), "a record must be whole"
    assert said == RECORDED


def test_recorded_runs_come_back_as_they_were(tmp_path, monkeypatch):
    monkeypatch.setattr(records.settings, "assets", lambda: tmp_path)
    claim = catalogue.claim("layers-digits")
    runs = [make_trace({"init": "PyTorch's default"}, 3, RISING, FALLING, train_loss=[1.0, np.nan])]
    records.write_record(claim, runs, {"date": "2026-11-21"})
    (back,), made = records.recorded(claim)
    assert made == {"date": "2026-11-21"}
    assert (back.case, back.seed, back.layers) == (runs[0].case, 3, runs[0].layers)
    np.testing.assert_allclose(back.lfr, runs[0].lfr, rtol=5e-4)  # four significant digits
    np.testing.assert_array_equal(back.scalars["train_loss"], [1.0, np.nan])


def test_recorded_runs_that_are_not_in_the_plan_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(records.settings, "assets", lambda: tmp_path)
    claim = catalogue.claim("layers-digits")
    fits = make_trace({"init": "PyTorch's default"}, 3, RISING, FALLING)
    others = [
        make_trace({"init": "of old"}, 3, RISING, FALLING),
        make_trace({"init": "PyTorch's default", "depth": "5"}, 3, RISING, FALLING),
        make_trace({"init": "PyTorch's default"}, 77, RISING, FALLING),
    ]
    records.write_record(claim, [*others, fits], {"date": "2026-11-21"})
    assert [one.seed for one in records.recorded(claim)[0]] == [3]
    records.write_record(claim, others, {"date": "2026-11-21"})
    assert records.recorded(claim) == ([], {})


def test_recorded_runs_of_other_settings_are_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(records.settings, "assets", lambda: tmp_path)
    claim = catalogue.claim("layers-digits")
    runs = [make_trace({"init": "PyTorch's default"}, 3, RISING, FALLING)]
    path = records.write_record(claim, runs, {"date": "2026-11-21"})
    document = json.loads(gzip.decompress(path.read_bytes()))
    (entry,) = document["configs"]
    assert (
        entry["case"] == {"init": "PyTorch's default"}
        and entry["config"]["data"]["name"] == "digits"
    )
    for change in ({"width": 3}, {"width": -3}, {"unheard": "of"}):
        entry["config"]["net"] |= change
        path.write_bytes(gzip.compress(json.dumps(document).encode()))
        assert records.recorded(claim) == ([], {})


def test_unknown_claim_lists_those_there_are():
    with pytest.raises(ConfigError, match="layers-digits"):
        catalogue.claim("nope")


def test_recorded_files_belong_to_claims_and_every_record_gives_a_finding():
    known = {records.recorded_path(claim).name for claim in catalogue.claims().values()}
    folder = records.recorded_path(catalogue.claim("layers-digits")).parent
    for path in folder.glob("*"):
        assert path.name in known
    for claim in catalogue.claims().values():
        traces, made = records.recorded(claim)
        if traces:
            finding = claim.find(traces)
            assert finding.n_runs > 0 and finding.rows and finding.sentence
            assert {"date", "machine", "versions"} <= made.keys()


@pytest.mark.parametrize(("n_bad", "words"), [(0, "in each of the 6 cases"), (1, "1 of 6 that")])
def test_many_cases_are_put_into_few_words(n_bad, words):
    runs = [
        make_trace({"control": str(case)}, seed, RISING, RISING if case < n_bad else FALLING)
        for case in range(6)
        for seed in range(6)
    ]
    finding = layers.find_orders("control", runs)
    assert words in finding.sentence
    assert len(finding.rows) == 6


@pytest.mark.parametrize(
    ("before", "verdict"),
    [
        ([5, 5, 5, 5], Verdict.HOLDS),  # the order is made by training
        ([4, 3, 2, 1], Verdict.UNCLEAR),  # it was there before, and training moved nothing
        ([3.6, 2.2, 1.2, 0.5], Verdict.FAILS),  # training took some of it back
    ],
)
def test_an_order_that_was_there_before_training_is_not_put_down_to_it(before, verdict):
    comparison = "equal channels, scale-free"
    runs = [
        make_trace(
            {"comparison": comparison, "stages": str(stage)}, seed, [3.0, first], [3.0, last]
        )
        for seed in range(6)
        for stage, (first, last) in enumerate(zip(before, [4, 3, 2, 1], strict=True), start=1)
    ]
    finding = catalogue.claim("resnet-frequency").find(runs)
    assert finding.verdict is verdict
    assert finding.rows[1]["more stages, lower frequency"].startswith("+1.00")

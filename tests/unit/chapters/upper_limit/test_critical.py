"""The verdict on the critical exponent follows made-up runs either way, and real ones hold."""

import dataclasses
import itertools
import math

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue
from deepfreq_core.chapters.upper_limit import critical
from deepfreq_core.chapters.upper_limit.critical import Solved
from deepfreq_core.errors import ShapeError
from deepfreq_core.experiments.decay import interpolant, sums
from deepfreq_core.studies import records
from deepfreq_core.studies.verdict import Verdict

CUTOFFS = np.array([50.0, 200, 800, 3_200, 12_800])
EXPONENTS = np.array([0.5, 0.9, 1.0, 1.1, 2.0])


def growing(p):
    """Least energies with this growth exponent, (t,)."""
    growth = np.log(CUTOFFS) if p == 0 else (CUTOFFS**p - 1) / p
    return 1 / (3 + 2 * growth)


def made_up(turn, case="made up", seeds=6, exponents=EXPONENTS):
    """Runs whose growth exponent is turn − α."""
    energy = np.stack([growing(turn - a) for a in exponents], axis=1)
    return [Solved(case, seed, exponents, CUTOFFS, energy, energy) for seed in range(seeds)]


def calculated(case, config):
    points, values = config.points_and_values()
    of = sums.problem(
        points,
        values,
        config.exponents,
        period=config.period,
        weight=config.weight,
        n_curve=config.n_curve,
    )
    so_far, answers = sums.nothing_yet(of), []
    for cutoff in config.cutoffs():
        so_far = sums.extended(of, so_far, cutoff)
        answers.append(interpolant.solve(of, so_far))
    return Solved(
        case,
        config.seed,
        of.exponents,
        np.array(config.cutoffs(), dtype=np.float64),
        np.stack([answer.height for answer in answers]),
        np.stack([answer.least_energy for answer in answers]),
    )


def test_growth_exponents_are_found_exactly():
    powers = [0.5, 0.1, 0.0, -0.1, -1.0]
    energy = np.stack([growing(p) for p in powers], axis=1)
    np.testing.assert_allclose(critical.growth_exponents(CUTOFFS, energy), powers, atol=1e-9)


def test_what_has_settled_does_not_grow_and_what_is_missing_is_not_there():
    energy = np.ones((5, 2))
    energy[-1, 1] = np.nan
    settled, missing = critical.growth_exponents(CUTOFFS, energy)
    assert settled == -math.inf and math.isnan(missing)


@pytest.mark.parametrize("cutoffs", [CUTOFFS[:2], CUTOFFS[[0, 1, 3]], CUTOFFS[:4]])
def test_cutoffs_in_unequal_ratios_are_refused(cutoffs):
    with pytest.raises(ShapeError, match="equal ratios"):
        critical.growth_exponents(cutoffs, np.ones((len(cutoffs), 1)))


def test_the_turn_is_found_between_two_exponents():
    assert critical.turning_exponent(EXPONENTS, 1.03 - EXPONENTS) == pytest.approx(1.03)
    assert critical.turning_exponent(EXPONENTS, np.array([1, 1, 1, -np.inf, -np.inf])) == 1.05
    assert math.isnan(critical.turning_exponent(EXPONENTS, np.ones(5)))
    assert math.isnan(critical.turning_exponent(EXPONENTS, -np.ones(5)))


@pytest.mark.parametrize(
    ("turn", "verdict"),
    [
        (1.0, Verdict.HOLDS),
        (1.03, Verdict.HOLDS),
        (1.07, Verdict.FAILS),  # nearer to the next exponent
        (0.8, Verdict.FAILS),
        (1.5, Verdict.FAILS),
        (5.0, Verdict.FAILS),  # no turn at all
    ],
)
def test_the_verdict_follows_where_the_turn_is(turn, verdict):
    assert critical.find(made_up(turn)).verdict is verdict


def test_few_seeds_or_divided_ones_are_unclear():
    assert critical.find([]).verdict is Verdict.UNCLEAR
    assert critical.find(made_up(1.0)[:5]).verdict is Verdict.UNCLEAR
    assert critical.find(made_up(1.0)[:3] + made_up(1.5)[3:]).verdict is Verdict.UNCLEAR


def test_one_case_that_fails_refutes():
    finding = critical.find(made_up(1.0, "one") + made_up(1.5, "other"))
    assert finding.verdict is Verdict.FAILS
    assert {row["case"] for row in finding.rows} == {"one", "other"}
    assert len(finding.charts) == 2


def test_what_was_not_measured_refutes_nothing():
    (run,) = made_up(1.0, seeds=1)
    energy = run.least_energy.copy()
    energy[:, -1] = np.nan
    broken = dataclasses.replace(run, least_energy=energy)
    finding = critical.find([broken] * 6)
    assert finding.verdict is Verdict.UNCLEAR and "6 left out" in finding.sentence
    assert "missing in 6 of 6" in finding.rows[-1]["growth exponent of 1/energy"]
    assert critical.find([*made_up(1.0), broken]).verdict is Verdict.HOLDS
    assert critical.find([*made_up(1.5), broken]).verdict is Verdict.FAILS


def test_one_point_in_the_plane_turns_at_two():
    # The estimate does not know d: k(0) of D13 on the half-integer grid in two dimensions.
    axis = np.arange(-400, 401) / 2
    radius = np.hypot(*np.meshgrid(axis, axis))
    exponents = np.array([1.5, 1.9, 2.0, 2.1, 3.0])
    cutoffs = np.array([8.0, 40.0, 200.0])
    energy = np.array([
        [1 / ((1 + (2 * np.pi * radius[radius <= m]) ** 2) ** (-a / 2)).sum() for a in exponents]
        for m in cutoffs
    ])
    growth = critical.growth_exponents(cutoffs, energy)
    # The circle's edge on the grid: about 8^-1.5 of the growth at the first M.
    np.testing.assert_allclose(growth, 2 - exponents, atol=0.05)
    assert critical.turning_exponent(exponents, growth) == pytest.approx(2, abs=0.02)


def test_every_case_of_the_plan_has_six_seeds_and_other_points_for_each():
    cases = itertools.groupby(critical.plan(), key=lambda planned: planned.case)
    for _, of_case in cases:
        configs = [planned.config for planned in of_case]
        assert len({config.seed for config in configs}) == 6
        assert len({config.points_and_values() for config in configs}) == 6


def test_the_planned_runs_hold():
    finding = critical.find([calculated(one.label, one.config) for one in critical.plan()])
    assert finding.verdict is Verdict.HOLDS
    assert finding.n_runs == 18


def test_the_record_is_whole_holds_and_comes_back_to_the_last_digit(tmp_path, monkeypatch):
    claim = catalogue.claim("critical-exponent-1d")
    runs, made = records.recorded(claim)
    assert len(runs) == len(claim.plan()) == 18
    finding = claim.answer(runs)
    assert finding.verdict is Verdict.HOLDS and finding.n_runs == 18
    assert {"date", "machine", "versions"} <= made.keys()
    monkeypatch.setattr(records.settings, "assets", lambda: tmp_path)
    records.write_record(claim, runs, made)
    again, _ = records.recorded(claim)
    for one, other in zip(runs, again, strict=True):
        assert (one.case, one.seed) == (other.case, other.seed)
        np.testing.assert_array_equal(one.least_energy, other.least_energy)
    assert claim.answer(again).sentence == finding.sentence


def test_the_record_is_what_is_calculated():
    runs, _ = records.recorded(catalogue.claim("critical-exponent-1d"))
    planned = {(one.case["points"], one.config.seed): one.config for one in critical.plan()}
    for run in runs[::6]:  # one a case
        found = calculated(run.case, planned[run.case, run.seed])
        # Sums of 1e4 terms in float64, on another processor in another order.
        np.testing.assert_allclose(found.least_energy, run.least_energy, rtol=1e-9)

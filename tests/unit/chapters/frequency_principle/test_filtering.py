"""What runs of the filtering claim say: leads, controls, seeds that count, and the record."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from deepfreq_core.chapters.frequency_principle import filtering
from deepfreq_core.chapters.frequency_principle.filtering import RIGHT, SHUFFLED, ahead, find
from deepfreq_core.chapters.frequency_principle.runs import SeedRun
from deepfreq_core.studies.verdict import Verdict
from deepfreq_core.training.learning import MEAN_ANSWER

(CLAIM,) = filtering.CLAIMS
_DELTAS = np.array([5.0, 7.0, 10.0])


def _run(
    labels: str,
    ratio: float | Sequence[float],
    seed: int = 0,
    *,
    network: str = "net",
    n: int = 6,
    loss: float = 0.01,
) -> SeedRun:
    """Five measurements of n seeds whose low part's error is `ratio` of the high one's."""
    high = np.broadcast_to(np.linspace(1, 0.5, 5)[:, None, None], (5, n, 3))
    low = high * np.broadcast_to(np.asarray(ratio, float), (3,))
    low = np.where(np.arange(5)[:, None, None] == 0, 5.0, low)  # nothing is ahead at the start
    return SeedRun(
        case={"network": network, "labels": labels},
        seed=seed,
        at=np.arange(5.0),
        series={
            "train_loss": np.linspace(0.1, loss, 5)[:, None].repeat(n, 1),
            "filtering/e_low_centred": low,
            "filtering/e_high": np.array(high),
        },
        last={},
        fixed={"filtering/delta": _DELTAS, "filtering/self_weight": np.array([0.5, 0.2, 0.05])},
        facts={MEAN_ANSWER: 0.09},
    )


def test_a_lead_is_a_tenth_and_the_start_does_not_count() -> None:
    shares = ahead(_run(RIGHT, [0.5, 0.89, 0.91]))
    assert shares.shape == (6, 3)
    assert shares[0].tolist() == [1, 1, 0]


def test_an_error_that_is_not_there_is_no_lead() -> None:
    run = _run(RIGHT, 0.5)
    run.series["filtering/e_high"][:, :, 0] = np.nan
    assert ahead(run)[:, 0].tolist() == [0] * 6


def test_it_holds_where_every_seed_is_ahead_and_no_control_is() -> None:
    found = find([_run(RIGHT, 0.5), _run(SHUFFLED, 0.99)])
    assert found.verdict is Verdict.HOLDS
    assert [row["seeds that count"] for row in found.rows] == ["6 of 6"] * 3
    assert found.n_runs == 2 and len(found.charts) == 1
    assert "6 at δ = 7" in found.sentence


def test_a_control_that_is_ahead_as_often_takes_the_point_away() -> None:
    found = find([_run(RIGHT, 0.5), _run(SHUFFLED, [0.5, 0.99, 0.99])])
    assert [row["verdict"] for row in found.rows] == [
        Verdict.FAILS.value,
        Verdict.HOLDS.value,
        Verdict.HOLDS.value,
    ]
    assert found.verdict is Verdict.FAILS


def test_five_of_six_seeds_are_not_enough() -> None:
    right = [_run(RIGHT, 0.5 if seed else 0.99, seed, n=1) for seed in range(6)]
    control = [_run(SHUFFLED, 0.99, seed, n=1) for seed in range(6)]
    found = find([*right, *control])
    assert found.verdict is Verdict.UNCLEAR
    assert found.rows[0]["seeds that count"] == "5 of 6"


def test_without_a_control_nothing_is_said() -> None:
    found = find([_run(RIGHT, 0.5)])
    assert found.verdict is Verdict.UNCLEAR
    assert found.rows[0]["seeds that count"] == "0 of 0"
    assert find([_run(SHUFFLED, 0.99)]).verdict is Verdict.UNCLEAR


def test_networks_that_learned_nothing_are_left_out_and_controls_are_not() -> None:
    nothing = _run(RIGHT, 0.5, loss=0.095)
    assert find([nothing, _run(SHUFFLED, 0.99)]).rows[0]["seeds that count"] == "0 of 0"
    assert CLAIM.reads.left_out([nothing]) != ""
    assert CLAIM.reads.left_out([_run(SHUFFLED, 0.99, loss=0.095)]) == ""
    found = find([_run(RIGHT, 0.5), _run(SHUFFLED, 0.99, loss=0.095)])
    assert found.verdict is Verdict.HOLDS


def test_every_network_must_hold() -> None:
    one = [_run(RIGHT, 0.5), _run(SHUFFLED, 0.99)]
    other = [_run(RIGHT, 0.99, network="other"), _run(SHUFFLED, 0.99, network="other")]
    assert find([*one, *other]).verdict is Verdict.FAILS
    assert len(find([*one, *other]).charts) == 2


@pytest.mark.parametrize("labels", [RIGHT, SHUFFLED])
def test_a_record_says_the_same(labels: str) -> None:
    run = _run(labels, [0.5, 0.91, 0.3])
    again = CLAIM.reads.from_dict(json.loads(json.dumps(CLAIM.reads.to_dict(run))))
    np.testing.assert_array_equal(ahead(again), ahead(run))
    assert again.case == run.case and again.learned == run.learned


def test_the_plan_has_a_control_for_every_run() -> None:
    plan = CLAIM.plan()
    seeds: dict[tuple[str, str], int] = {}
    for one in plan:
        key = (one.case["network"], one.case["labels"])
        seeds[key] = seeds.get(key, 0) + one.config.n_seeds  # type: ignore[attr-defined]
        noise = one.config.data.label_noise  # type: ignore[attr-defined]
        assert noise == (1.0 if one.case["labels"] == SHUFFLED else 0.0)
    assert len(seeds) == 4 and set(seeds.values()) == {6}

"""Settings of the decay experiment: what is allowed, and how refusals read."""

import pytest
from pydantic import ValidationError

from deepfreq_core.experiments.decay.config import DecayConfig, GivenPoints, RandomPoints


def refusal(**settings):
    with pytest.raises(ValidationError) as caught:
        DecayConfig.model_validate(settings)
    (error,) = caught.value.errors()
    return error["msg"].removeprefix("Value error, ")


def given(points, values=None):
    values = [1.0] * len(points) if values is None else values
    return {"name": "given_points", "points": points, "values": values}


def test_the_default_is_the_table_of_reference():
    config = DecayConfig()
    assert {50, 200, 800, 3_200, 12_800} <= set(config.cutoffs())
    assert config.points_and_values() == ((-0.8, -0.3, 0.1, 0.6), (1.0, -0.5, 0.8, 0.3))
    assert config.exponents == (0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 4.0, 6.0)


def test_it_goes_to_json_and_back():
    config = DecayConfig(data=RandomPoints(number=3), seed=4, weight="cycles")
    assert DecayConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize("model", [DecayConfig, GivenPoints, RandomPoints])
def test_every_setting_has_a_label_and_a_sentence(model):
    for name, field in model.model_fields.items():
        if name not in {"experiment", "version", "name"}:
            assert field.title and field.description and field.description.endswith("."), name


def test_random_points_follow_the_seed():
    one, other = (DecayConfig(data=RandomPoints(number=3), seed=seed) for seed in (0, 1))
    assert one.points_and_values() != other.points_and_values()
    assert one.n_points == len(one.points_and_values()[0]) == 3


def test_cutoffs_increase_and_end_where_they_should():
    for first, last, number in ((2, 3, 2), (3, 40, 38), (50, 12_800, 5), (7, 10_000_000, 400)):
        config = DecayConfig(
            first_cutoff=first, last_cutoff=last, n_cutoffs=number, exponents=(1.0,)
        )
        found = config.cutoffs()
        assert found[0] == first and found[-1] == last
        assert list(found) == sorted(set(found))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"data": given([0.0, 0.5], [1.0])}, "2 entries and values has 1"),
        ({"data": given([0.0, 0.5], [0.0, 0.0])}, "values are all 0"),
        ({"data": given([0.0, 1.5])}, "points has 1.5 and period is 2"),
        ({"data": given([-1.0, 1.0])}, "same place"),
        ({"data": given([-0.8, 0.6]), "period": 1.0}, "period to at least 1.6"),
        ({"exponents": [0.0, 1.0]}, "exponents has 0; each must be above 0"),
        ({"exponents": [1.0, 20.5]}, "exponents has 20.5"),
        ({"exponents": [2.0, 1.0]}, "must increase; got 1 after 2"),
        ({"exponents": [1.0, 1.0]}, "must increase; got 1 after 1"),
        ({"first_cutoff": 100, "last_cutoff": 100}, "above first_cutoff"),
        ({"first_cutoff": 1}, "leaves 3 frequencies for 4 points. Set it to at least 2"),
        ({"first_cutoff": 10, "last_cutoff": 20, "n_cutoffs": 17}, "11 whole numbers"),
        ({"n_curve": 4_096}, "Set n_curve to at most 2496"),
        (
            {"data": {"name": "random_points", "number": 50}, "last_cutoff": 10_000_000}
            | {"exponents": [0.1 * i for i in range(1, 21)], "n_curve": 64},
            "Set last_cutoff to at most",
        ),
    ],
)
def test_a_refusal_names_setting_value_and_next_step(settings, words):
    assert words in refusal(**settings)


def test_the_next_step_that_is_named_is_a_way_out():
    DecayConfig(n_curve=2_496)
    DecayConfig(first_cutoff=2)
    DecayConfig(data=GivenPoints(points=(-0.8, 0.6), values=(1.0, 1.0)), period=1.6)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_no_point_value_or_exponent_is_infinite(value):
    for settings in ({"data": given([value])}, {"data": given([0.0], [value])}):
        with pytest.raises(ValidationError):
            DecayConfig.model_validate(settings)
    with pytest.raises(ValidationError):
        DecayConfig.model_validate({"exponents": [value]})

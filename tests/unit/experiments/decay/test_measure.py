"""The decay experiment as a stream: what it measures, and that it goes on where it was left."""

from itertools import islice

import numpy as np
import pytest

from deepfreq_core.chapters import catalogue as chapters
from deepfreq_core.experiments import catalogue
from deepfreq_core.experiments.decay.config import DecayConfig, RandomPoints
from deepfreq_core.records import Measurement, Progress

# Mean |h| at the three midpoints, α = 0.5, 0.9, 1, 1.1, 1.5, 2, 4, 6: an independent script.
_KNOWN = {
    50: (0.063, 0.183, 0.214, 0.240, 0.297, 0.307, 0.289, 0.284),
    800: (0.016, 0.124, 0.168, 0.208, 0.295, 0.308, 0.289, 0.284),
    12_800: (0.004, 0.087, 0.138, 0.189, 0.294, 0.308, 0.289, 0.284),
}


def _small() -> DecayConfig:
    return DecayConfig(
        data=RandomPoints(number=3),
        exponents=(0.5, 1.0, 2.0),
        first_cutoff=10,
        last_cutoff=160,
        n_cutoffs=5,
        n_curve=16,
        seed=1,
    )


def _measurements(config: DecayConfig) -> list[Measurement]:
    events = catalogue.create(config).events()
    return [event for event in events if isinstance(event, Measurement)]


def _same(one: Measurement, other: Measurement) -> bool:
    return (
        one.at == other.at
        and one.arrays.keys() == other.arrays.keys()
        and all(
            array.tobytes() == other.arrays[name].tobytes() for name, array in one.arrays.items()
        )
    )


def test_the_preset_gives_the_known_heights() -> None:
    config = chapters.preset("upper-limit-1d").config
    found = {
        event.at: event.arrays["height"]
        for event in catalogue.create(config).events()
        if isinstance(event, Measurement)
    }
    for cutoff, heights in _KNOWN.items():
        np.testing.assert_array_equal(np.round(found[cutoff], 3), heights, err_msg=str(cutoff))


def test_what_is_measured() -> None:
    config = _small()
    first, *others = found = _measurements(config)
    assert [event.at for event in found] == [10, 20, 40, 80, 160]
    assert first.facts["n_points"] == 3
    assert not any(event.facts or event.coordinates for event in others)
    np.testing.assert_array_equal(first.coordinates["exponent"], config.exponents)
    x, points = first.coordinates["x"], first.coordinates["point"]
    for event in found:
        on_points = event.arrays["curve"][:, np.searchsorted(x, points)]
        np.testing.assert_allclose(
            on_points, np.tile(first.coordinates["value"], (3, 1)), atol=1e-9
        )
    energies = np.stack([event.arrays["least_energy"] for event in found])
    assert (np.diff(energies, axis=0) <= 1e-12 * energies[:-1]).all(), "more frequencies, no dearer"
    seconds = [event.scalars["solve_s"] for event in found]
    assert seconds == sorted(seconds)


def test_all_that_is_measured_is_declared_with_these_dims() -> None:
    config = _small()
    schema = catalogue.reader(config).schema
    first, *others = _measurements(config)
    for event in (first, *others):
        scalars = {name: np.float64(value) for name, value in event.scalars.items()}
        schema.check(event.arrays | scalars, first.coordinates)


def test_progress_comes_before_every_measurement_and_knows_the_end() -> None:
    events = list(catalogue.create(_small()).events())
    assert [type(event) for event in events] == [Progress, Measurement] * 5
    assert [event.at for event in events[::2]] == [0, 10, 20, 40, 80]
    assert {event.end for event in events[::2]} == {160.0}  # type: ignore[union-attr]


@pytest.mark.parametrize("pulled", [1, 2, 3, 9, 10])
def test_continues_bit_for_bit(pulled: int) -> None:
    whole = _measurements(_small())
    left = catalogue.create(_small())
    seen = [event for event in islice(left.events(), pulled) if isinstance(event, Measurement)]
    taken_up = catalogue.create(_small())
    taken_up.restore(left.state())
    rest = [event for event in taken_up.events() if isinstance(event, Measurement)]
    together = [*seen, *rest]
    assert len(together) == len(whole)
    assert all(_same(a, b) for a, b in zip(whole, together, strict=True))
    if seen and rest:
        assert rest[0].facts and not rest[0].coordinates
        assert rest[0].scalars["solve_s"] > seen[-1].scalars["solve_s"]


def test_no_state_before_there_is_anything_to_continue() -> None:
    experiment = catalogue.create(_small())
    assert experiment.state() == {}
    experiment.restore({})
    assert sum(isinstance(event, Measurement) for event in experiment.events()) == 5

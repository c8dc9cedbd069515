"""Two instruments that keep something between epochs, in one training."""

from typing import Any

import numpy as np
import pytest

from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.cost import relative_cost
from deepfreq_core.experiments.train.measure import TrainExperiment
from deepfreq_core.instruments import catalogue as instruments
from deepfreq_core.instruments.base import Sizes
from deepfreq_core.nets.mlp import Mlp
from deepfreq_core.records import Measurement, Progress
from tests.drift.measure import DriftMeter

_CLOCK = {"train_s", "measure_s"}


@pytest.fixture(autouse=True)
def second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(instruments.INSTRUMENTS, "drift", "tests.drift")
    monkeypatch.setattr(DriftMeter, "watched", [])


def _config(n_seeds: int = 1, **more: Any) -> TrainConfig:
    config = reading.from_dict({
        "experiment": "train",
        "version": 2,
        "data": {"name": "digits", "n_train": 200, "n_test": 50},
        "net": {"name": "mlp", "depth": 2, "width": 12},
        "training": {"epochs": 4, "batch_size": 64},
        "measure": {"every": 2},
        "instruments": {"layers": {"n_samples": 60, "n_grid": 5}, "drift": {"n_held": 15}},
        "n_seeds": n_seeds,
        **more,
    })
    assert isinstance(config, TrainConfig)
    return config


def _measurements(experiment: TrainExperiment) -> list[Measurement]:
    return [event for event in experiment.events() if isinstance(event, Measurement)]


def _same(one: Measurement, other: Measurement) -> bool:
    def bits(of: Measurement) -> dict[str, bytes]:
        scalars = {name: np.float64(v) for name, v in of.scalars.items() if name not in _CLOCK}
        return {name: np.asarray(v).tobytes() for name, v in {**scalars, **of.arrays}.items()}

    return one.at == other.at and bits(one) == bits(other)


@pytest.mark.parametrize("n_seeds", [1, 3])
def test_both_measure_and_every_name_has_its_owner(n_seeds: int) -> None:
    config = _config(n_seeds)
    found = _measurements(TrainExperiment(config))
    assert [event.at for event in found] == [0, 2, 4]
    assert set(found[0].coordinates) == {"layers/inverse_delta", "drift/weights"}
    assert all(not event.coordinates for event in found[1:])
    for event in found:
        assert event.arrays["layers/lfr"].shape == (3, 5)
        assert event.arrays["drift/norms"].shape == (3,)
        assert "drift/path" in event.scalars
        assert {name for name in event.arrays if "/" in name} >= {"layers/rdf", "drift/norms"}
    assert found[0].scalars["drift/path"] == 0 < found[1].scalars["drift/path"]
    assert (found[0].facts["n_held"], found[0].facts["n_measured"]) == (15, 60)
    if n_seeds > 1:
        seeds = found[-1].arrays["drift/norms_seeds"]
        assert seeds.shape == (n_seeds, 3)
        np.testing.assert_array_equal(found[-1].arrays["drift/norms"], np.median(seeds, axis=0))
    schema = catalogue.reader(config).schema
    assert {"drift/path", "drift/norms", "layers/lfr", "train_loss"} <= set(schema.arrays)
    assert schema.arrays["drift/norms"].dims == ("drift/weights",)


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_each_watches_every_epoch_of_every_seed(n_seeds: int) -> None:
    _measurements(TrainExperiment(_config(n_seeds)))
    assert DriftMeter.watched == [(float(e), m) for e in (1, 2, 3, 4) for m in range(n_seeds)]


def test_the_layers_see_what_they_see_alone() -> None:
    both = _measurements(TrainExperiment(_config()))
    alone = _measurements(
        TrainExperiment(_config(instruments={"layers": {"n_samples": 60, "n_grid": 5}}))
    )
    for one, other in zip(both, alone, strict=True):
        for name, array in other.arrays.items():
            np.testing.assert_array_equal(one.arrays[name], array, err_msg=name)


def test_each_set_of_samples_passes_once_a_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    once = Mlp.forward_layers

    def counted(self: Mlp, x: Any) -> Any:
        sizes.append(len(x))
        return once(self, x)

    monkeypatch.setattr(Mlp, "forward_layers", counted)
    experiment = TrainExperiment(_config())
    events = (event for event in experiment.events() if isinstance(event, Measurement))
    next(events)
    del sizes[:]  # those of the start
    next(events)
    assert sorted(size for size in sizes if size in (15, 50, 60)) == [15, 50, 60]


@pytest.mark.parametrize("n_seeds", [1, 2])
@pytest.mark.parametrize("left_at", [0.5, 1.0, 2.75])
def test_continues_bit_for_bit(
    left_at: float, n_seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepfreq_core.experiments.train.measure._PROGRESS_S", 0.0)
    whole = _measurements(TrainExperiment(_config(n_seeds)))
    left = TrainExperiment(_config(n_seeds))
    seen = 0
    for event in left.events():
        seen += isinstance(event, Measurement)
        if type(event) is Progress and event.at == left_at:
            break
    taken_up = TrainExperiment(_config(n_seeds))
    taken_up.restore(left.state())
    rest = _measurements(taken_up)
    assert len(rest) == len(whole) - seen
    assert all(_same(a, b) for a, b in zip(whole[seen:], rest, strict=True))


def test_costs_add_up() -> None:
    config = _config()
    sizes = Sizes(n_parameters=1000, widths=[64, 12, 12], n_train=200, n_test=50, n_measured=75)
    meters = {
        name: instruments.module(name, "measure").INSTRUMENT(settings, n_seeds=1)
        for name, settings in config.instruments.items()
    }
    nothing = relative_cost(sizes, {})
    layers, drift = (relative_cost(sizes, {n: m}) - nothing for n, m in meters.items())
    assert layers > 0 and drift == pytest.approx(7 / (6 * 200))
    assert relative_cost(sizes, meters) == pytest.approx(nothing + layers + drift)


def test_settings_of_either_are_checked_and_an_unknown_one_is_named() -> None:
    with pytest.raises(Exception, match="drift"):
        _config(instruments={"drift": {"n_held": "many"}})
    with pytest.raises(Exception, match="layers, .*drift"):
        _config(instruments={"dirft": {}})

"""A run of several seeds beside runs of one seed each, on a small network and few digits."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deepfreq_core import config as configs
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.experiments.train.measure import TrainExperiment
from deepfreq_core.experiments.train.over_seeds import over_seeds
from deepfreq_core.records import Measurement, Progress
from deepfreq_core.schema import Array, Schema

_S = 3
_CLOCK = {"train_s", "measure_s"}
_SHARED = {"learning_rate", "step"}  # the same for all seeds


def _config(**settings: Any) -> configs.RunConfig:
    base = reading.from_dict({
        "experiment": "train",
        "data": {"name": "digits", "n_train": 200, "n_test": 50},
        "net": {"name": "mlp", "depth": 2, "width": 12},
        "training": {
            "epochs": 3,
            "batch_size": 64,
            "optimizer": {"name": "adam", "learning_rate": 1e-3},
        },
        "measure": {"every": 1},
        "instruments": {"layers": {"n_samples": 100, "n_grid": 9}},
        "seed": 5,
        "n_seeds": _S,
    })
    return reading.override(base, [f"{name}={value}" for name, value in settings.items()])


def _measurements(config: configs.RunConfig) -> list[Measurement]:
    events = TrainExperiment(config).events()
    return [event for event in events if isinstance(event, Measurement)]


@pytest.mark.parametrize("samples", ["train", "test"])
def test_every_seed_measures_what_it_measures_alone(samples: str) -> None:
    grid = {"instruments.layers.upper": 2.0, "instruments.layers.samples": samples}
    together = _measurements(_config(**grid))
    alone = [_measurements(_config(seed=5 + i, n_seeds=1, **grid)) for i in range(_S)]
    for found, *ones in zip(together, *alone, strict=True):
        assert {one.at for one in ones} == {found.at}
        for name in set(ones[0].arrays):
            expected = np.stack([one.arrays[name] for one in ones])
            # float32 training and features, in batches of another shape
            assert np.allclose(found.arrays[f"{name}_seeds"], expected, atol=2e-5), name
            mean = found.arrays[f"{name}_seeds"].mean(0)
            assert np.allclose(found.arrays[name], mean, rtol=1e-12), name
        for name in set(ones[0].scalars) - _CLOCK:
            expected = np.array([one.scalars[name] for one in ones])
            assert found.scalars[name] == pytest.approx(expected.mean(), abs=2e-5), name
            if name not in _SHARED:
                assert np.allclose(found.arrays[f"{name}_seeds"], expected, atol=2e-5), name
    assert len(set(together[0].arrays["train_loss_seeds"])) == _S


def test_shapes_names_and_facts() -> None:
    first, *_, last = _measurements(_config())
    assert first.facts["n_seeds"] == _S
    assert first.facts["n_parameters"] == 65 * 12 + 13 * 12 + 13 * 10  # of one network
    assert first.coordinates["layers/inverse_delta"].shape == (9,)
    assert last.arrays["layers/lfr"].shape == last.arrays["layers/rdf"].shape == (3, 9)
    assert (
        last.arrays["layers/lfr_seeds"].shape == last.arrays["layers/rdf_seeds"].shape == (_S, 3, 9)
    )
    assert last.arrays["layers/gradient_norm_seeds"].shape == (_S, 3)
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy", "epoch_loss"):
        assert last.arrays[f"{name}_seeds"].shape == (_S,)
    expected = last.arrays["layers/lfr_seeds"].std(0, ddof=1) / np.sqrt(_S)
    np.testing.assert_allclose(last.arrays["layers/lfr_se"], expected, rtol=1e-12)
    assert np.isnan(first.arrays["epoch_loss_seeds"]).all()  # no epoch yet
    assert "epoch_loss" not in first.scalars


def test_the_shared_grid_is_the_longest_of_the_seeds() -> None:
    together = _measurements(_config(**{"training.epochs": 0}))[0]
    alone = [
        _measurements(_config(seed=5 + i, n_seeds=1, **{"training.epochs": 0}))[0]
        for i in range(_S)
    ]
    longest = max(one.coordinates["layers/inverse_delta"][-1] for one in alone)
    assert together.coordinates["layers/inverse_delta"][-1] == pytest.approx(longest)


def test_standard_errors_come_from_the_spread_over_seeds() -> None:
    def of_seed(value: float) -> dict[str, NDArray[np.float64]]:
        curve = np.full((1, 2), value)
        sampled = {"lfr_se": np.full((1, 2), 9.0), "rdf_se": np.full((1, 2), 9.0)}
        arrays = {"lfr": curve, "rdf": 10 * curve} | sampled
        return {f"layers/{name}": values for name, values in arrays.items()}

    schema = catalogue.reader(_config()).schema
    arrays = over_seeds([of_seed(1.0), of_seed(3.0)], schema)
    assert np.allclose(arrays["layers/lfr"], 2.0)
    assert np.allclose(arrays["layers/lfr_se"], 1.0)  # √2 / √2
    assert np.allclose(arrays["layers/rdf_se"], 10.0)
    assert "lfr_se_seeds" not in arrays


def test_continues_in_the_middle_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepfreq_core.experiments.train.measure._PROGRESS_S", 0.0)
    settings = {"training.stop_loss": 1e-6}
    whole = _measurements(_config(**settings))
    left = TrainExperiment(_config(**settings))
    for event in left.events():
        if isinstance(event, Progress) and event.at == 1.5:
            break
    taken_up = TrainExperiment(_config(**settings))
    taken_up.restore(left.state())
    rest = [event for event in taken_up.events() if isinstance(event, Measurement)]
    for one, other in zip(whole[2:], rest, strict=True):
        assert one.arrays.keys() == other.arrays.keys()
        for name, array in one.arrays.items():
            assert np.array_equal(array, other.arrays[name], equal_nan=True), name
        scalars = set(one.scalars) - _CLOCK
        assert all(one.scalars[name] == other.scalars[name] for name in scalars)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"net.name": "resnet"}, "only fully connected networks .* not resnet. Set n_seeds to 1"),
        ({"training.freeze": '{"layer": 1, "epoch": 1}'}, "training.freeze works on one seed"),
        ({"seed": 2**31 - 2}, "the last seed must be below 2147483648. Lower seed"),
        ({"n_seeds": 65}, "n_seeds.* 64"),
        ({"n_seeds": 0}, "n_seeds.* 1"),
    ],
    ids=str,
)
def test_what_cannot_be_trained_together_is_said(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        _config(**settings)
    if "n_seeds" not in settings:
        assert _config(n_seeds=1, **settings)


@pytest.mark.parametrize("n_seeds", [1, _S])
def test_checkpoints_of_before_go_on(n_seeds: int) -> None:
    """They had one instrument, no owner before its names, and one seed's curves were (4, m)."""
    config = _config(n_seeds=n_seeds)
    whole = _measurements(config)
    left = TrainExperiment(config)
    stream = (event for event in left.events() if isinstance(event, Measurement))
    for _ in range(2):
        next(stream)
    own = "instruments.layers."
    old = {name.removeprefix(own): array for name, array in left.state().items()}
    assert {"inverse_delta", "input_curves", "measured_epoch", "watch"} <= set(old)
    if n_seeds == 1:
        old["input_curves"] = old["input_curves"][0]
        assert old["input_curves"].shape == (4, 9)
    taken_up = TrainExperiment(config)
    taken_up.restore(old)
    rest = [event for event in taken_up.events() if isinstance(event, Measurement)]
    for one, other in zip(whole[2:], rest, strict=True):
        for name, array in one.arrays.items():
            np.testing.assert_array_equal(array, other.arrays[name], err_msg=name)
        for name in set(one.scalars) - _CLOCK:
            assert one.scalars[name] == other.scalars[name], name


def test_of_what_only_the_first_seed_shows_the_others_are_not_kept() -> None:
    schema = Schema.of(
        Array("place", over_seeds="first"), Array("mean"), Array("middle", over_seeds="median")
    )
    found: list[dict[str, Any]] = [
        {"place": np.array([1.0, 2.0]), "mean": np.array(0.0), "middle": np.array(1.0)},
        {"mean": np.array(3.0), "middle": np.array(5.0)},
        {"mean": np.array(6.0), "middle": np.array(3.0)},
    ]
    shown = over_seeds(found, schema)
    assert set(shown) == {"place", "mean", "mean_seeds", "middle", "middle_seeds"}
    assert shown["place"].tolist() == [1, 2]
    assert (shown["mean"], shown["middle"]) == (3, 3)

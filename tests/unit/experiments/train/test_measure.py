"""The layers experiment on a small network and few digits."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from deepfreq_core import data, lowpass, nets
from deepfreq_core.chapters import catalogue as chapters
from deepfreq_core.errors import BackendUnavailable, RunFailed, TrainingDiverged
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.experiments.base import Loading
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.measure import TrainExperiment
from deepfreq_core.records import Measurement, Progress

_CLOCK = {"train_s", "measure_s"}


def _config(**settings: Any) -> TrainConfig:
    base = reading.from_dict({
        "experiment": "train",
        "data": {"name": "digits", "n_train": 200, "n_test": 50},
        "net": {"name": "mlp", "depth": 3, "width": 20},
        "training": {"epochs": 3, "batch_size": 64},
        "measure": {"every": 1},
        "instruments": {"layers": {"n_samples": 100, "n_grid": 9}},
    })
    changed = reading.override(base, [f"{name}={value}" for name, value in settings.items()])
    assert isinstance(changed, TrainConfig)
    return changed


def _measurements(events: Iterator[Measurement | Progress]) -> list[Measurement]:
    return [event for event in events if isinstance(event, Measurement)]


def _same(one: Measurement, other: Measurement) -> bool:
    scalars = one.scalars.keys() == other.scalars.keys() and all(
        value == other.scalars[name] for name, value in one.scalars.items() if name not in _CLOCK
    )
    arrays = one.arrays.keys() == other.arrays.keys() and all(
        np.array_equal(array, other.arrays[name]) for name, array in one.arrays.items()
    )
    return one.at == other.at and scalars and arrays


def test_what_is_measured() -> None:
    found = _measurements(catalogue.create(_config()).events())
    assert [(event.at, event.scalars["step"]) for event in found] == [
        (0, 0),
        (1, 4),
        (2, 8),
        (3, 12),
    ]
    assert found[0].coordinates["layers/inverse_delta"].shape == (9,)
    for event in found:
        assert event.arrays["layers/lfr"].shape == event.arrays["layers/rdf"].shape == (4, 9)
        assert event.arrays["layers/gradient_norm"].shape == (4,)
        assert "layers/lfr_se" not in event.arrays  # exact
        expected = {"train_loss", "train_accuracy", "test_loss", "test_accuracy"}
        expected |= {"learning_rate", "step"}
        expected |= _CLOCK | ({"epoch_loss"} if event.at else set())
        assert event.scalars.keys() == expected
        assert np.array_equal(
            event.arrays["layers/lfr"][0], found[0].arrays["layers/lfr"][0]
        )  # raw input
        if event.at:
            assert not event.coordinates  # said once


def test_facts_come_once_with_the_first_measurement() -> None:
    first, *others = _measurements(TrainExperiment(_config()).events())
    facts = first.facts
    assert facts["layer_names"] == ["input", "layer 1", "layer 2", "layer 3"]
    assert facts["layer_widths"] == [64, 20, 20, 20]
    assert facts["n_parameters"] == 65 * 20 + 2 * 21 * 20 + 21 * 10
    assert (facts["n_train"], facts["n_measured"]) == (200, 100)
    assert facts["backend"] in lowpass.available_backends()
    assert facts["versions"]["torch"] == torch.__version__
    assert all(not event.facts for event in others)


def test_curves_are_those_of_the_layers_outputs() -> None:
    config = _config()
    (found,) = islice(_measurements(TrainExperiment(config).events()), 1)
    digits = data.load(config.data, seed=config.seed)
    net = nets.build(config.net, input_shape=(64,), n_outputs=10, seed=config.seed)
    rows = np.random.default_rng([config.seed, 1]).permutation(200)[:100]
    x, y = digits.x_train[rows], digits.y_train[rows]
    hidden = [h.detach() for h in net.hidden_outputs(torch.from_numpy(x))]
    for layer, h in enumerate([x, *hidden]):
        curve = lowpass.ratio_curve(
            h, y, found.coordinates["layers/inverse_delta"], normalize="max_abs", backend="cpu"
        )
        # float32 features through batches of another size
        assert np.allclose(found.arrays["layers/lfr"][layer], curve.low_frequency_ratio, atol=1e-5)
        assert np.allclose(found.arrays["layers/rdf"][layer], curve.ratio_density, atol=1e-5)


def test_the_same_config_gives_the_same_numbers_and_another_seed_others() -> None:
    one, same, other = (
        _measurements(TrainExperiment(_config(seed=seed)).events()) for seed in (0, 0, 1)
    )
    assert all(_same(a, b) for a, b in zip(one, same, strict=True))
    assert not any(_same(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("pulled", [1, 3])
def test_continues_where_it_was_left(pulled: int) -> None:
    whole = _measurements(TrainExperiment(_config()).events())
    left = TrainExperiment(_config())
    stream = (event for event in left.events() if isinstance(event, Measurement))
    for _ in range(pulled):
        next(stream)
    taken_up = TrainExperiment(_config())
    taken_up.restore(left.state())
    rest = _measurements(taken_up.events())
    assert rest[0].facts  # another machine, perhaps
    assert all(_same(a, b) for a, b in zip(whole[pulled:], rest, strict=True))
    assert rest[-1].scalars["train_s"] > left.state()["seconds"][0]


def test_continues_in_the_middle_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepfreq_core.experiments.train.measure._PROGRESS_S", 0.0)
    whole = _measurements(TrainExperiment(_config()).events())
    left = TrainExperiment(_config())
    for event in left.events():
        if isinstance(event, Progress) and event.at == 1.5:
            break
    taken_up = TrainExperiment(_config())
    taken_up.restore(left.state())
    rest = _measurements(taken_up.events())
    assert all(_same(a, b) for a, b in zip(whole[2:], rest, strict=True))


def test_an_ended_run_has_nothing_more_to_say() -> None:
    ended = TrainExperiment(_config())
    _measurements(ended.events())
    again = TrainExperiment(_config())
    again.restore(ended.state())
    assert _measurements(again.events()) == []


def test_no_state_before_there_is_anything_to_continue() -> None:
    experiment = TrainExperiment(_config())
    assert experiment.state() == {}
    experiment.restore({})
    assert len(_measurements(experiment.events())) == 4


def test_signs_of_life_while_loading_and_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepfreq_core.experiments.train.measure._PROGRESS_S", 0.0)
    events = list(TrainExperiment(_config()).events())
    first = next(index for index, event in enumerate(events) if isinstance(event, Measurement))
    assert all(isinstance(event, Loading) for event in events[:first])
    progress = [event for event in events if type(event) is Progress]
    assert [event.at for event in progress] == [step / 4 for step in range(1, 13)]
    assert {event.end for event in progress} == {3.0}


def test_stop_loss_ends_with_a_measurement() -> None:
    losses = [
        event.scalars["epoch_loss"]
        for event in _measurements(TrainExperiment(_config(**{"training.epochs": 8})).events())[1:]
    ]
    settings = {
        "training.epochs": 8,
        "training.stop_loss": losses[4] * 1.001,
        "measure.every": 100,
    }
    found = _measurements(TrainExperiment(_config(**settings)).events())
    assert [event.at for event in found] == [0, 5]


def test_default_schedule_first_and_last() -> None:
    settings = {"training.epochs": 12, "measure.every": "null"}
    epochs = [e.at for e in _measurements(TrainExperiment(_config(**settings)).events())]
    assert epochs[:2] == [0, 1] and epochs[-1] == 12
    assert len(epochs) >= 5


def test_standard_errors_only_when_rows_are_sampled() -> None:
    settings = {
        "data.n_train": 1500,
        "instruments.layers.n_samples": 1500,
        "instruments.layers.budget_s": 1e-6,
    }
    (found,) = islice(_measurements(TrainExperiment(_config(**settings)).events()), 1)
    assert found.arrays["layers/lfr_se"].shape == found.arrays["layers/rdf_se"].shape == (4, 9)
    assert (found.arrays["layers/lfr_se"][1:, 1:] > 0).all()


def test_user_grids() -> None:
    linear = _config(**{
        "instruments.layers.lower": 0.1,
        "instruments.layers.upper": 0.5,
        "training.epochs": 0,
    })
    log = _config(**{"instruments.layers.spacing": "log", "training.epochs": 0})
    (one,) = _measurements(TrainExperiment(linear).events())
    (other,) = _measurements(TrainExperiment(log).events())
    assert np.allclose(one.coordinates["layers/inverse_delta"], np.linspace(0.1, 0.5, 9))
    grid = other.coordinates["layers/inverse_delta"]
    assert np.allclose(grid, np.geomspace(grid[-1] / 1000, grid[-1], 9))


def test_the_automatic_grid_shows_every_hidden_layer() -> None:
    (found,) = islice(_measurements(TrainExperiment(_config()).events()), 1)
    hidden = found.arrays["layers/lfr"][1:]
    # From the energy of the mean alone to most of it.
    assert (hidden[:, 0] < 0.2).all() and (hidden[:, -1] > 0.5).all()


def test_layers_that_lie_decades_apart_get_a_grid_that_shows_them_all() -> None:
    settings = {"net.activation": "sigmoid", "training.epochs": 0, "instruments.layers.n_grid": 40}
    (found,) = _measurements(TrainExperiment(_config(**settings)).events())
    grid, hidden = found.coordinates["layers/inverse_delta"], found.arrays["layers/lfr"][1:]
    assert np.allclose(grid[1:] / grid[:-1], grid[1] / grid[0])
    assert (hidden[:, 0] < 0.2).all() and (hidden[:, -1] > 0.5).all()
    # Every layer rises over several points, not between two of them.
    assert (((hidden > 0.2) & (hidden < 0.8)).sum(axis=1) >= 3).all()
    (even,) = _measurements(
        TrainExperiment(_config(**settings, **{"instruments.layers.spacing": "linear"})).events()
    )
    assert (even.arrays["layers/lfr"][1, 1:] > 0.8).all()  # the first layer cannot be seen there


@pytest.mark.parametrize(
    "settings",
    [
        {"data.name": "cosines", "training.batch_size": "null"},
        {"net.antisymmetric": "true"},
        {"training.loss": "cross_entropy", "net.activation": "relu"},
        {"net.init.name": "power", "instruments.layers.normalize": "median_distance"},
        {"net.depth": 1, "instruments.layers.normalize": "none"},
    ],
    ids=str,
)
def test_other_settings(settings: dict[str, Any]) -> None:
    found = _measurements(TrainExperiment(_config(**settings)).events())
    assert found[-1].at == 3
    assert ("train_accuracy" in found[0].scalars) is (settings.get("data.name") != "cosines")
    assert all(np.isfinite(found[-1].arrays[name]).all() for name in ("layers/lfr", "layers/rdf"))


def test_cuda_by_name_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BackendUnavailable, match="device is cuda"):
        TrainExperiment(_config(device="cuda"))


def test_a_run_that_explodes_keeps_what_was_measured() -> None:
    settings = {"training.optimizer.name": "sgd", "training.optimizer.learning_rate": 100}
    settings |= {"net.activation": "relu", "training.epochs": 50}
    found = []
    with pytest.raises(RunFailed, match="Lower training.optimizer.learning_rate"):
        for event in TrainExperiment(_config(**settings)).events():
            found.append(event)
    assert _measurements(iter(found))[0].at == 0


def _diverging(**more: Any) -> dict[str, Any]:
    """ReLU at a rate of 10: finite, but ten orders of magnitude from where it began."""
    optimizer = {"training.optimizer.learning_rate": 10}
    return {**optimizer, "net.activation": "relu", "training.batch_size": 20, **more}


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_a_training_that_ends_far_above_where_it_began_has_failed(n_seeds: int) -> None:
    config = _config(**_diverging(n_seeds=n_seeds))
    found = []
    with pytest.raises(TrainingDiverged) as raised:
        for event in TrainExperiment(config).events():
            found.append(event)
    said = str(raised.value)
    assert "in epoch " in said and "e+" in said, "epoch and loss"
    assert "training.optimizer.learning_rate (now 10), for example to 1" in said
    assert _measurements(iter(found))[0].at == 0  # what was measured is kept


def test_it_fails_after_a_resume_as_well() -> None:
    config = _config(**_diverging())
    first = TrainExperiment(config)
    with pytest.raises(TrainingDiverged):
        for _ in first.events():
            state = first.state()
    for old in (False, True):
        again = TrainExperiment(config)
        again.restore({k: v for k, v in state.items() if not (old and k == "watch")})
        with pytest.raises(TrainingDiverged):
            list(again.events())


def test_an_untrained_network_and_one_that_learns_nothing_have_not_failed() -> None:
    large = {"net.init.name": "normal", "net.init.std": 10}
    assert len(_measurements(TrainExperiment(_config(**large, **{"training.epochs": 0})).events()))
    slow = {"training.optimizer.learning_rate": 1e-9}
    assert _measurements(TrainExperiment(_config(**slow)).events())[-1].at == 3


@pytest.mark.parametrize("n_seeds", [1, 3])
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_what_the_labels_alone_say_is_told_once(loss: str, n_seeds: int) -> None:
    config = _config(**{
        "training.loss": loss,
        "n_seeds": n_seeds,
        "instruments.layers.n_samples": 200,
    })
    first = _measurements(TrainExperiment(config).events())[0]
    bars, floors = [], []
    for seed in range(n_seeds):
        y = data.load(config.data, seed=seed).y_train.astype(np.float64)
        mean = y.mean(0)
        bars.append(((y - mean) ** 2).mean() if loss == "mse" else -(mean * np.log(mean)).sum())
        floors.append((mean**2).sum() / (y**2).sum(1).mean())
    assert first.facts["mean_answer_loss"] == pytest.approx(np.mean(bars), rel=1e-9)
    assert first.facts["lfr_floor"] == pytest.approx(np.mean(floors), rel=1e-9)
    # The grid starts at 1/δ = 0, where nothing but the mean passes: the floor itself.
    np.testing.assert_allclose(
        first.arrays["layers/lfr"][:, 0], first.facts["lfr_floor"], rtol=1e-6
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_order_of_the_layers_turns_in_the_demo(seed: int) -> None:
    """Before training deeper layers hold less low frequency; soon they hold more."""
    config = reading.override(
        chapters.preset("digits-demo").config,
        [
            f"seed={seed}",
            "training.epochs=30",
            "measure.every=30",
            "instruments.layers.n_samples=500",
            "instruments.layers.n_grid=20",
        ],
    )
    before, after = _measurements(catalogue.create(config).events())
    grid = before.coordinates["layers/inverse_delta"]
    first, last = (_half_energy(event, grid) for event in (before, after))
    assert (np.diff(first) > 0).all()
    assert (np.diff(last) < 0).all()


def _half_energy(event: Measurement, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """1/δ at which half of the target's varying part passes, by hidden layer."""
    half = (event.arrays["layers/lfr"][0, 0] + 1) / 2  # at 1/δ = 0 only the mean passes
    return np.array([np.interp(half, curve, grid) for curve in event.arrays["layers/lfr"][1:]])


def test_test_samples_change_what_is_filtered_and_nothing_else() -> None:
    train, test = (
        _measurements(TrainExperiment(_config(**{"instruments.layers.samples": name})).events())
        for name in ("train", "test")
    )
    assert train[0].facts["n_measured"] == 100
    assert test[0].facts["n_measured"] == 50  # there are no more test samples
    for one, other in zip(train, test, strict=True):
        assert not np.array_equal(one.arrays["layers/lfr"], other.arrays["layers/lfr"])
        assert one.scalars["train_loss"] == other.scalars["train_loss"]


@pytest.mark.parametrize("net", ["resnet", "cnn", "vgg16", "vit"])
def test_networks_on_images_are_measured_like_any_other(net: str) -> None:
    small = {
        "resnet": {"net.width": 4, "net.stages": 2, "net.blocks": 1},
        "cnn": {"net.channels": "[4, 8]", "net.hidden_width": 8},
        "vgg16": {"net.width": 2, "net.hidden_width": 8},
        "vit": {"net.depth": 2, "net.width": 8, "net.heads": 2},
    }[net]
    config = _config(**{
        "net.name": net,
        **small,
        "instruments.layers.normalize": "median_distance",
    })
    experiment = TrainExperiment(config)
    found = _measurements(experiment.events())
    n_layers = config.net.n_layers
    assert found[-1].arrays["layers/lfr"].shape == (n_layers + 1, 9)
    assert len(found[0].facts["layer_names"]) == n_layers + 1
    assert np.isfinite(found[-1].arrays["layers/lfr"]).all()


def test_frozen_layers_keep_their_curves() -> None:
    config = _config(**{
        "training.freeze": '{"layer": 2, "epoch": 1}',
        "training.optimizer.learning_rate": 1e-2,
    })
    lfr = [found.arrays["layers/lfr"] for found in _measurements(TrainExperiment(config).events())]
    np.testing.assert_array_equal(lfr[3][:3], lfr[1][:3])
    assert not np.array_equal(lfr[1][:3], lfr[0][:3])
    assert not np.array_equal(lfr[3][3], lfr[1][3])

"""The layers experiment on a small network and few digits."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from deepfreq_core import config as configs
from deepfreq_core import data, nets, spectrum
from deepfreq_core.errors import BackendUnavailable, ConfigError, RunFailed, TrainingDiverged
from deepfreq_core.experiments import catalog
from deepfreq_core.experiments.base import Loading
from deepfreq_core.experiments.layer_meter import grid_for
from deepfreq_core.experiments.layers import LayersExperiment
from deepfreq_core.records import Measurement, Progress

_CLOCK = {"train_s", "measure_s"}


def _config(**settings: Any) -> configs.LayersConfig:
    base = configs.from_dict({
        "experiment": "layers",
        "data": {"name": "digits", "n_train": 200, "n_test": 50},
        "net": {"name": "mlp", "depth": 3, "width": 20},
        "training": {"epochs": 3, "batch_size": 64},
        "measure": {"n_samples": 100, "n_grid": 9, "every": 1},
    })
    changed = configs.override(base, [f"{name}={value}" for name, value in settings.items()])
    assert isinstance(changed, configs.LayersConfig)
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
    return (one.epoch, one.step) == (other.epoch, other.step) and scalars and arrays


def test_what_is_measured() -> None:
    found = _measurements(catalog.create(_config()).events())
    assert [(event.epoch, event.step) for event in found] == [(0, 0), (1, 4), (2, 8), (3, 12)]
    for event in found:
        assert event.arrays["inverse_delta"].shape == (9,)
        assert event.arrays["lfr"].shape == event.arrays["rdf"].shape == (4, 9)
        assert event.arrays["gradient_norm"].shape == (4,)
        assert "lfr_se" not in event.arrays  # exact
        expected = {"train_loss", "train_accuracy", "test_loss", "test_accuracy", "learning_rate"}
        expected |= _CLOCK | ({"epoch_loss"} if event.epoch else set())
        assert event.scalars.keys() == expected
        assert np.array_equal(event.arrays["lfr"][0], found[0].arrays["lfr"][0])  # raw input
        assert np.array_equal(event.arrays["inverse_delta"], found[0].arrays["inverse_delta"])


def test_facts_come_once_with_the_first_measurement() -> None:
    first, *others = _measurements(LayersExperiment(_config()).events())
    facts = first.facts
    assert facts["layer_names"] == ["input", "layer 1", "layer 2", "layer 3"]
    assert facts["layer_widths"] == [64, 20, 20, 20]
    assert facts["n_parameters"] == 65 * 20 + 2 * 21 * 20 + 21 * 10
    assert (facts["n_train"], facts["n_measured"]) == (200, 100)
    assert facts["backend"] in spectrum.available_backends()
    assert facts["versions"]["torch"] == torch.__version__
    assert all(not event.facts for event in others)


def test_curves_are_those_of_the_layers_outputs() -> None:
    config = _config()
    (found,) = islice(_measurements(LayersExperiment(config).events()), 1)
    digits = data.load(config.data, seed=config.seed)
    net = nets.build(config.net, input_shape=(64,), n_outputs=10, seed=config.seed)
    rows = np.random.default_rng([config.seed, 1]).permutation(200)[:100]
    x, y = digits.x_train[rows], digits.y_train[rows]
    hidden = [h.detach() for h in net.hidden_outputs(torch.from_numpy(x))]
    for layer, h in enumerate([x, *hidden]):
        curve = spectrum.ratio_curve(
            h, y, found.arrays["inverse_delta"], normalize="max_abs", backend="cpu"
        )
        # float32 features through batches of another size
        assert np.allclose(found.arrays["lfr"][layer], curve.low_frequency_ratio, atol=1e-5)
        assert np.allclose(found.arrays["rdf"][layer], curve.ratio_density, atol=1e-5)


def test_the_same_config_gives_the_same_numbers_and_another_seed_others() -> None:
    one, same, other = (
        _measurements(LayersExperiment(_config(seed=seed)).events()) for seed in (0, 0, 1)
    )
    assert all(_same(a, b) for a, b in zip(one, same, strict=True))
    assert not any(_same(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("pulled", [1, 3])
def test_continues_where_it_was_left(pulled: int) -> None:
    whole = _measurements(LayersExperiment(_config()).events())
    left = LayersExperiment(_config())
    stream = (event for event in left.events() if isinstance(event, Measurement))
    for _ in range(pulled):
        next(stream)
    taken_up = LayersExperiment(_config())
    taken_up.restore(left.state())
    rest = _measurements(taken_up.events())
    assert rest[0].facts  # another machine, perhaps
    assert all(_same(a, b) for a, b in zip(whole[pulled:], rest, strict=True))
    assert rest[-1].scalars["train_s"] > left.state()["seconds"][0]


def test_continues_in_the_middle_of_an_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepfreq_core.experiments.layers._PROGRESS_S", 0.0)
    whole = _measurements(LayersExperiment(_config()).events())
    left = LayersExperiment(_config())
    for event in left.events():
        if isinstance(event, Progress) and event.epoch == 1.5:
            break
    taken_up = LayersExperiment(_config())
    taken_up.restore(left.state())
    rest = _measurements(taken_up.events())
    assert all(_same(a, b) for a, b in zip(whole[2:], rest, strict=True))


def test_an_ended_run_has_nothing_more_to_say() -> None:
    ended = LayersExperiment(_config())
    _measurements(ended.events())
    again = LayersExperiment(_config())
    again.restore(ended.state())
    assert _measurements(again.events()) == []


def test_no_state_before_there_is_anything_to_continue() -> None:
    experiment = LayersExperiment(_config())
    assert experiment.state() == {}
    experiment.restore({})
    assert len(_measurements(experiment.events())) == 4


def test_signs_of_life_while_loading_and_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepfreq_core.experiments.layers._PROGRESS_S", 0.0)
    events = list(LayersExperiment(_config()).events())
    first = next(index for index, event in enumerate(events) if isinstance(event, Measurement))
    assert all(isinstance(event, Loading) for event in events[:first])
    steps = [event.step for event in events if type(event) is Progress]
    assert steps == list(range(1, 13))
    positions = [event.epoch for event in events if type(event) is Progress]
    assert positions[:4] == [0.25, 0.5, 0.75, 1.0]


def test_stop_loss_ends_with_a_measurement() -> None:
    losses = [
        event.scalars["epoch_loss"]
        for event in _measurements(LayersExperiment(_config(**{"training.epochs": 8})).events())[1:]
    ]
    settings = {
        "training.epochs": 8,
        "training.stop_loss": losses[4] * 1.001,
        "measure.every": 100,
    }
    found = _measurements(LayersExperiment(_config(**settings)).events())
    assert [event.epoch for event in found] == [0, 5]


def test_default_schedule_first_and_last() -> None:
    settings = {"training.epochs": 12, "measure.every": "null"}
    epochs = [e.epoch for e in _measurements(LayersExperiment(_config(**settings)).events())]
    assert epochs[:2] == [0, 1] and epochs[-1] == 12
    assert len(epochs) >= 5


def test_standard_errors_only_when_rows_are_sampled() -> None:
    settings = {"data.n_train": 1500, "measure.n_samples": 1500, "measure.budget_s": 1e-6}
    (found,) = islice(_measurements(LayersExperiment(_config(**settings)).events()), 1)
    assert found.arrays["lfr_se"].shape == found.arrays["rdf_se"].shape == (4, 9)
    assert (found.arrays["lfr_se"][1:, 1:] > 0).all()


def test_user_grids() -> None:
    linear = _config(**{"measure.lower": 0.1, "measure.upper": 0.5, "training.epochs": 0})
    log = _config(**{"measure.spacing": "log", "training.epochs": 0})
    (one,) = _measurements(LayersExperiment(linear).events())
    (other,) = _measurements(LayersExperiment(log).events())
    assert np.allclose(one.arrays["inverse_delta"], np.linspace(0.1, 0.5, 9))
    grid = other.arrays["inverse_delta"]
    assert np.allclose(grid, np.geomspace(grid[-1] / 1000, grid[-1], 9))


def test_the_automatic_grid_shows_every_hidden_layer() -> None:
    (found,) = islice(_measurements(LayersExperiment(_config()).events()), 1)
    hidden = found.arrays["lfr"][1:]
    # From the energy of the mean alone to most of it.
    assert (hidden[:, 0] < 0.2).all() and (hidden[:, -1] > 0.5).all()


def test_layers_that_lie_decades_apart_get_a_grid_that_shows_them_all() -> None:
    settings = {"net.activation": "sigmoid", "training.epochs": 0, "measure.n_grid": 40}
    (found,) = _measurements(LayersExperiment(_config(**settings)).events())
    grid, hidden = found.arrays["inverse_delta"], found.arrays["lfr"][1:]
    assert np.allclose(grid[1:] / grid[:-1], grid[1] / grid[0])
    assert (hidden[:, 0] < 0.2).all() and (hidden[:, -1] > 0.5).all()
    # Every layer rises over several points, not between two of them.
    assert (((hidden > 0.2) & (hidden < 0.8)).sum(axis=1) >= 3).all()
    (even,) = _measurements(
        LayersExperiment(_config(**settings, **{"measure.spacing": "linear"})).events()
    )
    assert (even.arrays["lfr"][1, 1:] > 0.8).all()  # the first layer cannot be seen there


@pytest.mark.parametrize(
    ("settings", "ranges", "expected"),
    [
        ({}, [1.0, 20.0], np.linspace(0, 20, 9)),
        ({}, [1.0, 20.1], np.geomspace(0.01, 20.1, 9)),
        ({"lower": 0.5}, [1.0, 21.0], np.geomspace(0.5, 21, 9)),
        ({"upper": 2.0}, [], np.linspace(0, 2, 9)),
        ({"spacing": "linear"}, [1.0, 1e6], np.linspace(0, 1e6, 9)),
        ({"spacing": "log"}, [1.0, 2.0], np.geomspace(2e-3, 2, 9)),
        ({"spacing": "log", "lower": 0.1, "upper": 10}, [], np.geomspace(0.1, 10, 9)),
    ],
)
def test_which_grid(settings: dict[str, Any], ranges: list[float], expected: Any) -> None:
    assert np.allclose(grid_for(configs.MeasureConfig(n_grid=9, **settings), ranges), expected)


@pytest.mark.parametrize("spacing", ["linear", "log"])
def test_a_grid_that_would_start_above_its_end_is_refused(spacing: Any) -> None:
    with pytest.raises(ConfigError, match="lo=5|measure.lower is 5"):
        grid_for(configs.MeasureConfig(lower=5, spacing=spacing), [1.0, 2.0])


@pytest.mark.parametrize(
    "settings",
    [
        {"data.name": "cosines", "training.batch_size": "null"},
        {"net.antisymmetric": "true"},
        {"training.loss": "cross_entropy", "net.activation": "relu"},
        {"net.init.name": "power", "measure.normalize": "median_distance"},
        {"net.depth": 1, "measure.normalize": "none"},
    ],
    ids=str,
)
def test_other_settings(settings: dict[str, Any]) -> None:
    found = _measurements(LayersExperiment(_config(**settings)).events())
    assert found[-1].epoch == 3
    assert ("train_accuracy" in found[0].scalars) is (settings.get("data.name") != "cosines")
    assert all(np.isfinite(found[-1].arrays[name]).all() for name in ("lfr", "rdf"))


def test_cuda_by_name_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BackendUnavailable, match="device is cuda"):
        LayersExperiment(_config(device="cuda"))


def test_a_run_that_explodes_keeps_what_was_measured() -> None:
    settings = {"training.optimizer.name": "sgd", "training.optimizer.learning_rate": 100}
    settings |= {"net.activation": "relu", "training.epochs": 50}
    found = []
    with pytest.raises(RunFailed, match="Lower training.optimizer.learning_rate"):
        for event in LayersExperiment(_config(**settings)).events():
            found.append(event)
    assert _measurements(iter(found))[0].epoch == 0


def _diverging(**more: Any) -> dict[str, Any]:
    """ReLU at a rate of 10: finite, but ten orders of magnitude from where it began."""
    optimizer = {"training.optimizer.learning_rate": 10}
    return {**optimizer, "net.activation": "relu", "training.batch_size": 20, **more}


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_a_training_that_ends_far_above_where_it_began_has_failed(n_seeds: int) -> None:
    config = _config(**_diverging(n_seeds=n_seeds))
    found = []
    with pytest.raises(TrainingDiverged) as raised:
        for event in LayersExperiment(config).events():
            found.append(event)
    said = str(raised.value)
    assert "in epoch " in said and "e+" in said, "epoch and loss"
    assert "training.optimizer.learning_rate (now 10), for example to 1" in said
    assert _measurements(iter(found))[0].epoch == 0  # what was measured is kept


def test_it_fails_after_a_resume_as_well() -> None:
    config = _config(**_diverging())
    first = LayersExperiment(config)
    with pytest.raises(TrainingDiverged):
        for _ in first.events():
            state = first.state()
    for old in (False, True):
        again = LayersExperiment(config)
        again.restore({k: v for k, v in state.items() if not (old and k == "watch")})
        with pytest.raises(TrainingDiverged):
            list(again.events())


def test_an_untrained_network_and_one_that_learns_nothing_have_not_failed() -> None:
    large = {"net.init.name": "normal", "net.init.std": 10}
    assert len(_measurements(LayersExperiment(_config(**large, **{"training.epochs": 0})).events()))
    slow = {"training.optimizer.learning_rate": 1e-9}
    assert _measurements(LayersExperiment(_config(**slow)).events())[-1].epoch == 3


@pytest.mark.parametrize("n_seeds", [1, 3])
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_what_the_labels_alone_say_is_told_once(loss: str, n_seeds: int) -> None:
    config = _config(**{"training.loss": loss, "n_seeds": n_seeds, "measure.n_samples": 200})
    first = _measurements(LayersExperiment(config).events())[0]
    bars, floors = [], []
    for seed in range(n_seeds):
        y = data.load(config.data, seed=seed).y_train.astype(np.float64)
        mean = y.mean(0)
        bars.append(((y - mean) ** 2).mean() if loss == "mse" else -(mean * np.log(mean)).sum())
        floors.append((mean**2).sum() / (y**2).sum(1).mean())
    assert first.facts["mean_answer_loss"] == pytest.approx(np.mean(bars), rel=1e-9)
    assert first.facts["lfr_floor"] == pytest.approx(np.mean(floors), rel=1e-9)
    # The grid starts at 1/δ = 0, where nothing but the mean passes: the floor itself.
    np.testing.assert_allclose(first.arrays["lfr"][:, 0], first.facts["lfr_floor"], rtol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_order_of_the_layers_turns_in_the_demo(seed: int) -> None:
    """Before training deeper layers hold less low frequency; soon they hold more."""
    config = configs.override(
        catalog.preset("digits-demo").config,
        [
            f"seed={seed}",
            "training.epochs=30",
            "measure.every=30",
            "measure.n_samples=500",
            "measure.n_grid=20",
        ],
    )
    before, after = _measurements(catalog.create(config).events())
    first, last = (_half_energy(event) for event in (before, after))
    assert (np.diff(first) > 0).all()
    assert (np.diff(last) < 0).all()


def _half_energy(event: Measurement) -> NDArray[np.float64]:
    """1/δ at which half of the target's varying part passes, by hidden layer."""
    half = (event.arrays["lfr"][0, 0] + 1) / 2  # at 1/δ = 0 only the mean passes
    grid = event.arrays["inverse_delta"]
    return np.array([np.interp(half, curve, grid) for curve in event.arrays["lfr"][1:]])


def test_test_samples_change_what_is_filtered_and_nothing_else() -> None:
    train, test = (
        _measurements(LayersExperiment(_config(**{"measure.samples": name})).events())
        for name in ("train", "test")
    )
    assert train[0].facts["n_measured"] == 100
    assert test[0].facts["n_measured"] == 50  # there are no more test samples
    for one, other in zip(train, test, strict=True):
        assert not np.array_equal(one.arrays["lfr"], other.arrays["lfr"])
        assert one.scalars["train_loss"] == other.scalars["train_loss"]


@pytest.mark.parametrize("net", ["resnet", "cnn", "vgg16", "vit"])
def test_networks_on_images_are_measured_like_any_other(net: str) -> None:
    small = {
        "resnet": {"net.width": 4, "net.stages": 2, "net.blocks": 1},
        "cnn": {"net.channels": "[4, 8]", "net.hidden_width": 8},
        "vgg16": {"net.width": 2, "net.hidden_width": 8},
        "vit": {"net.depth": 2, "net.width": 8, "net.heads": 2},
    }[net]
    config = _config(**{"net.name": net, **small, "measure.normalize": "median_distance"})
    experiment = LayersExperiment(config)
    found = _measurements(experiment.events())
    n_layers = config.net.n_layers
    assert found[-1].arrays["lfr"].shape == (n_layers + 1, 9)
    assert len(found[0].facts["layer_names"]) == n_layers + 1
    assert np.isfinite(found[-1].arrays["lfr"]).all()


def test_frozen_layers_keep_their_curves() -> None:
    config = _config(**{
        "training.freeze": '{"layer": 2, "epoch": 1}',
        "training.optimizer.learning_rate": 1e-2,
    })
    lfr = [found.arrays["lfr"] for found in _measurements(LayersExperiment(config).events())]
    np.testing.assert_array_equal(lfr[3][:3], lfr[1][:3])
    assert not np.array_equal(lfr[1][:3], lfr[0][:3])
    assert not np.array_equal(lfr[3][3], lfr[1][3])

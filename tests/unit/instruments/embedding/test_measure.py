"""What the embedding instrument measures in trainings of every kind."""

from typing import Any

import numpy as np
import pytest
import torch

from deepfreq_core import lowpass
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.measure import TrainExperiment
from deepfreq_core.instruments.embedding.measure import EmbeddingMeter
from deepfreq_core.instruments.snapshot import Snapshot
from deepfreq_core.records import Measurement, Progress
from deepfreq_core.schema.arrays import MOST_NUMBERS
from deepfreq_core.schema.reader import own
from deepfreq_core.training.losses import Objective

COSINES = {
    "data": {"name": "cosines", "n_train": 41},
    "training": {"epochs": 2, "batch_size": None},
}


def _config(settings: dict[str, Any] | None = None, **more: Any) -> TrainConfig:
    config = reading.from_dict({
        "experiment": "train",
        "version": 2,
        "data": {"name": "digits", "n_train": 200, "n_test": 50},
        "net": {"name": "mlp", "depth": 2, "width": 12},
        "training": {"epochs": 4, "batch_size": 64},
        "measure": {"every": 2},
        "instruments": {"embedding": {"n_samples": 30, "n_grid": 3} | (settings or {})},
        **more,
    })
    assert isinstance(config, TrainConfig)
    return config


def _measurements(config: TrainConfig) -> list[Measurement]:
    events = TrainExperiment(config).events()
    return [event for event in events if isinstance(event, Measurement)]


def _checked(found: list[Measurement], config: TrainConfig) -> list[dict[str, Any]]:
    """The instrument's arrays, after the schema has compared them with what it declares."""
    part = catalogue.reader(config).parts["embedding"]
    along = {**part.known(), **own(found[0].coordinates, "embedding")}
    series = [own(one.arrays, "embedding") for one in found]
    for arrays in series:
        shown = {name: a for name, a in arrays.items() if not name.endswith("_seeds")}
        part.schema.check(shown, along)
        assert all(np.isfinite(shown[name]).all() for name in shown if "share" not in name)
    return series


def test_scores_are_in_units_of_the_layers_spread_and_labels_are_the_filters() -> None:
    config = _config()
    experiment = TrainExperiment(config)
    events = (event for event in experiment.events() if isinstance(event, Measurement))
    first = next(events)
    arrays = own(first.arrays, "embedding")
    assert arrays["scores"].shape == (3, 30, 2)
    # Rounded to hundredths: each of 60 numbers is off by at most 0.005.
    np.testing.assert_allclose(np.square(arrays["scores"]).sum((1, 2)) / 30, 1, atol=0.02)
    assert experiment._setup is not None
    (snapshot,) = experiment._setup.subject.snapshots()
    (name,) = (name for name in snapshot.samples if "embedding" in name)
    grid = first.coordinates["embedding/inverse_delta"]
    for layer, x in enumerate(snapshot.layers(name)):
        y = snapshot.samples[name].y.numpy().astype(np.float64)
        low = lowpass.low_pass(lowpass.normalize(x.numpy(), "max_abs"), y, grid)
        np.testing.assert_array_equal(arrays["leading"][layer], low.argmax(-1))
        np.testing.assert_allclose(arrays["leading_share"][layer], 100 * low.max(-1), atol=0.51)


def test_pictures_do_not_flip() -> None:
    """Between neighbouring epochs a sample moves by less than it would if an axis turned round."""
    series = _checked(_measurements(config := _config(measure={"every": 1})), config)
    for before, now in zip(series, series[1:], strict=False):
        moved = np.linalg.norm(now["scores"] - before["scores"], axis=-1).mean(axis=-1)
        flipped = np.linalg.norm(now["scores"] + before["scores"], axis=-1).mean(axis=-1)
        assert (moved < 0.3 * flipped).all()
        np.testing.assert_array_equal(now["scores"][0], before["scores"][0])  # the raw input


@pytest.mark.parametrize("left_at", [0.5, 1.0, 2.75])
@pytest.mark.parametrize("n_seeds", [1, 2])
def test_continues_bit_for_bit(
    left_at: float, n_seeds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deepfreq_core.experiments.train.measure._PROGRESS_S", 0.0)
    config = _config(n_seeds=n_seeds)
    whole = _measurements(config)
    left = TrainExperiment(config)
    seen = 0
    for event in left.events():
        seen += isinstance(event, Measurement)
        if type(event) is Progress and event.at == left_at:
            break
    taken_up = TrainExperiment(config)
    taken_up.restore({name: np.array(array) for name, array in left.state().items()})
    rest = [event for event in taken_up.events() if isinstance(event, Measurement)]
    assert len(rest) == len(whole) - seen
    for one, other in zip(whole[seen:], rest, strict=True):
        for name, array in one.arrays.items():
            assert array.tobytes() == other.arrays[name].tobytes(), name


def test_a_real_value_in_one_dimension() -> None:
    config = _config({"n_samples": None}, **COSINES)
    found = _measurements(config)
    arrays = _checked(found, config)[-1]
    assert arrays["scores"].shape == (3, 41, 2)
    np.testing.assert_array_equal(arrays["scores"][0, :, 1], 0)
    assert arrays["smoothed"].shape == (3, 3, 41)
    assert set(found[0].coordinates) == {
        f"embedding/{name}" for name in ("inverse_delta", "sample", "target")
    }
    reader = catalogue.reader(config)
    derived = reader.derived(found[-1].arrays, found[0].coordinates)
    assert set(derived) == {"embedding/hue", "embedding/hue_blend"}
    assert np.abs(derived["embedding/hue"]).max() == 1
    # Smoothing takes the extremes away.
    assert np.abs(derived["embedding/hue_blend"]).max() <= 1


@pytest.mark.parametrize(
    "net",
    [
        {"name": "mlp", "depth": 1, "width": 1},
        {"name": "cnn", "channels": [4], "hidden_width": 8},
        {"name": "resnet", "stages": 1, "blocks": 1, "width": 4, "hidden_width": 8},
    ],
)
def test_narrow_and_wide_layers(net: dict[str, Any]) -> None:
    config = _config(net=net, training={"epochs": 1, "batch_size": 64})
    arrays = _checked(_measurements(config), config)[-1]
    assert arrays["scores"].shape == (config.net.n_layers + 1, 30, 2)
    if net["name"] == "mlp":
        np.testing.assert_array_equal(arrays["scores"][1, :, 1], 0)


def test_of_several_seeds_the_first_is_drawn_and_numbers_are_of_all() -> None:
    config = _config(n_seeds=3)
    series = _checked(_measurements(config), config)
    alone = _checked(_measurements(one := _config()), one)
    assert set(series[-1]) == {
        *("scores", "leading", "leading_share", "spread", "shown_share", "labels_share"),
        *("spread_seeds", "shown_share_seeds", "labels_share_seeds"),
    }
    assert series[-1]["labels_share_seeds"].shape == (3, 3)
    np.testing.assert_array_equal(series[0]["scores"][0], alone[0]["scores"][0])


class _Dead:
    """A network whose second hidden layer gives one output for all, or no number."""

    training = False

    def __init__(self, value: float) -> None:
        self.value = value

    def eval(self) -> None: ...
    def train(self, _: bool) -> None: ...

    def forward_layers(self, x: Any) -> Any:
        return [x @ x.T[:, :4], torch.full((len(x), 3), self.value)], x[:, :10]


@pytest.mark.parametrize("value", [0.0, 0.3, float("nan"), float("inf")])
def test_a_dead_layer_is_a_dot_and_comes_back_where_it_was(value: float) -> None:
    from deepfreq_core.data import load

    meter = EmbeddingMeter(_config().instruments["embedding"], n_seeds=1)  # type: ignore[arg-type]
    samples = meter.samples(
        load(_config().data, seed=0, report=lambda _: None), seed=0, device=torch.device("cpu")
    )

    def snapshot(value: float) -> Snapshot:
        net: Any = _Dead(value)
        return Snapshot(lambda: net, samples, Objective("mse"), at=0.0)

    meter.begin([snapshot(0.3)])
    arrays = meter.read(snapshot(value))
    np.testing.assert_array_equal(arrays["scores"][2], 0)
    assert np.isnan(arrays["labels_share"][2]) and np.isfinite(arrays["labels_share"][:2]).all()
    assert np.isfinite(arrays["leading_share"]).all()


def test_many_layers_have_fewer_samples_and_no_measurement_is_too_large() -> None:
    config = _config(
        {"n_samples": None, "n_grid": 5},
        net={"name": "mlp", "depth": 12, "width": 4},
        training={"epochs": 1, "batch_size": 200},
    )
    found = _measurements(config)
    arrays = own(found[-1].arrays, "embedding")
    assert 0.7 * MOST_NUMBERS < sum(array.size for array in arrays.values()) < MOST_NUMBERS
    assert found[0].facts["n_drawn"] == arrays["scores"].shape[1] < 200


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"n_samples": 200, "n_grid": 50}, "would hold 61209 numbers, and allowed are 20000"),
        ({"n_samples": 200, "n_grid": 50}, "Use at most 65 samples"),
        ({"lower": 50.0}, "lower is 50, and labels are as they are from"),
    ],
)
def test_what_does_not_fit_is_named_before_training(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        _measurements(_config(settings))


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match="upper is 1.0 and lower is 2.0"):
        _config({"lower": 2.0, "upper": 1.0})
    assert np.allclose(
        _measurements(_config({"lower": 0.1, "upper": 10.0}))[0].coordinates[
            "embedding/inverse_delta"
        ],
        [0.1, 1, 10],
    )

"""Errors of the low and the high part as a training measures them, against the definition."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from deepfreq_core.data import load
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.measure import TrainExperiment
from deepfreq_core.instruments.base import Sizes
from deepfreq_core.instruments.filtering.config import FilteringConfig
from deepfreq_core.instruments.filtering.measure import Filtering
from deepfreq_core.instruments.filtering.schema import SCHEMA
from deepfreq_core.instruments.filtering.split import automatic_deltas, split
from deepfreq_core.instruments.snapshot import MEASURED, TEST, Samples, Snapshot
from deepfreq_core.records import Measurement
from deepfreq_core.schema.reader import own
from deepfreq_core.training.losses import Objective
from tests.reference import filter as reference

_DELTAS = [0.05, 0.3, 0.72, 2.0]
# Products and exponentials of the sweep are float32: a few 1e-7 of the whole energy, and the
# smallest part that is divided by is a tenth of the norm.
_CLOSE: Any = {"rtol": 1e-5}


def _config(n_seeds: int = 1, loss: str = "mse", **settings: Any) -> TrainConfig:
    config = reading.from_dict({
        "experiment": "train",
        "version": 2,
        "data": {"name": "digits", "n_train": 300, "n_test": 60},
        "net": {"name": "mlp", "depth": 1, "width": 12},
        "training": {"epochs": 2, "batch_size": 50, "loss": loss},
        "measure": {"every": 1},
        "instruments": {"filtering": {"n_samples": 200, **settings}},
        "n_seeds": n_seeds,
    })
    assert isinstance(config, TrainConfig)
    return config


def _run(config: TrainConfig, experiment: TrainExperiment | None = None) -> list[Measurement]:
    events = (experiment or TrainExperiment(config)).events()
    return [event for event in events if isinstance(event, Measurement)]


def _definition(x: Any, y: Any, h: Any, delta: float) -> tuple[float, float, float]:
    """e_low, e_low_centred and e_high by filtering y and h each by itself, in float64."""
    y, h = (np.asarray(one, np.float64) for one in (y, h))
    y_low, h_low = (reference.low_pass(x, one, [1 / delta])[0] for one in (y, h))
    low = np.linalg.norm(y_low - h_low)
    high = np.linalg.norm((y - y_low) - (h - h_low))
    return (
        low / np.linalg.norm(y_low),
        low / np.linalg.norm(y_low - y.mean(axis=0)),
        high / np.linalg.norm(y - y_low),
    )


class _Fixed(torch.nn.Module):
    """A network whose output is known."""

    def __init__(self, output: torch.Tensor) -> None:
        super().__init__()
        self.output = output

    def forward_layers(self, x: torch.Tensor) -> Any:
        return [], self.output

    def layer_weights(self) -> list[Any]:
        return []


def _meter(
    x: Any, y: Any, output: Any, objective: str = "mse", **settings: Any
) -> tuple[Filtering, Snapshot, Any]:
    meter = Filtering(FilteringConfig(**settings), n_seeds=1)
    samples = Samples(*(torch.tensor(one, dtype=torch.float32) for one in (x, y)))
    data: Any = type("D", (), {"x_train": x})
    found = {name: samples for name in [*_names(meter, data), MEASURED, TEST]}
    net: Any = _Fixed(torch.tensor(output, dtype=torch.float32))
    snapshot = Snapshot(lambda: net, found, Objective(objective), at=0.0)
    return meter, snapshot, meter.begin([snapshot])


def _names(meter: Filtering, data: Any) -> list[str]:
    digits = load(reading.from_dict(_config().model_dump(mode="json")).data, seed=0)  # type: ignore[attr-defined]
    return list(meter.samples(digits, seed=0, device=torch.device("cpu")))


def _blobs(n: int = 150) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, n)
    x = rng.standard_normal((n, 5)) + 2 * np.eye(3, 5)[labels]
    return x.astype(np.float32), np.eye(3)[labels]


@pytest.mark.parametrize("objective", ["mse", "cross_entropy"])
def test_errors_are_those_of_the_paper(objective: str) -> None:
    x, y = _blobs()
    output = np.random.default_rng(1).standard_normal(y.shape)
    meter, snapshot, _ = _meter(x, y, output, objective, deltas=(0.3, 1.0, 3.0))
    found = meter.read(snapshot)
    h = output.astype(np.float32).astype(np.float64)
    if objective == "cross_entropy":  # the paper compares softmax outputs
        h = np.exp(h) / np.exp(h).sum(axis=1, keepdims=True)
    for k, delta in enumerate((0.3, 1.0, 3.0)):
        e_low, e_centred, e_high = _definition(x, y, h, delta)
        np.testing.assert_allclose(found["e_low"][k], e_low, **_CLOSE)
        np.testing.assert_allclose(found["e_low_centred"][k], e_centred, **_CLOSE)
        np.testing.assert_allclose(found["e_high"][k], e_high, **_CLOSE)


def test_where_the_filter_is_the_identity_only_the_whole_error_is_left() -> None:
    x, y = _blobs()
    output = np.random.default_rng(1).standard_normal(y.shape)
    meter, snapshot, coordinates = _meter(x, y, output, deltas=(1e-6,))
    found = meter.read(snapshot)
    whole = np.linalg.norm(y - output) / np.linalg.norm(y)
    np.testing.assert_allclose(found["e_low"], [whole], rtol=1e-6)
    assert np.isnan(found["e_high"]).all()  # 0/0: not shown
    assert coordinates["self_weight"][0] == coordinates["label_lfr"][0] == 1
    assert coordinates["high_share"][0] == 0


def test_a_small_high_part_of_the_targets_has_no_error() -> None:
    x, y = _blobs()
    meter, snapshot, coordinates = _meter(x, y, np.zeros_like(y), deltas=(0.01, 1.0, 1e4))
    found = meter.read(snapshot)
    assert coordinates["high_share"][0] < 0.1 and coordinates["low_share"][2] < 0.14
    assert np.isnan(found["e_high"]).tolist() == [True, False, False]
    assert np.isfinite(found["e_low_centred"]).all()
    np.testing.assert_allclose(found["e_low"], 1, rtol=1e-6)  # nothing is answered: all is missing


def test_a_network_that_knows_the_class_shares_alone_has_learned_nothing_low() -> None:
    """What the centred form is for: e_low is small at every δ, and nothing was learned."""
    x, y = _blobs()
    meter, snapshot, _ = _meter(x, y, np.broadcast_to(y.mean(axis=0), y.shape), deltas=(1.0, 3.0))
    found = meter.read(snapshot)
    assert np.all(found["e_low"] < found["e_high"])
    np.testing.assert_allclose(found["e_low_centred"], 1, rtol=1e-6)


def test_real_valued_targets_and_their_parts() -> None:
    x = np.linspace(-np.pi, np.pi, 300)[:, None]
    y, low = np.sin(x) + np.sin(8 * x), np.sin(x)
    # exp(−δk²/2): .96 of sin x and .06 of sin 8x pass, a little more at the ends of the interval.
    meter, snapshot, _ = _meter(x, y, low, deltas=(0.09,))
    found = meter.read(snapshot)
    assert found["e_low_centred"][0] < 0.2 < 0.9 < found["e_high"][0] < 1.1


@pytest.mark.parametrize("n_seeds", [1, 3])
def test_a_training_measures_every_seed(n_seeds: int) -> None:
    config = _config(n_seeds)
    found = _run(config)
    assert [one.at for one in found] == [0, 1, 2]
    coordinates = found[0].coordinates
    shown = {n: a for n, a in found[-1].arrays.items() if not n.endswith("_seeds")}
    SCHEMA.check(own(shown, "filtering"), own(coordinates, "filtering"))
    deltas = coordinates["filtering/delta"]
    assert np.all(np.diff(deltas) > 0) and len(deltas) <= 16
    errors = found[-1].arrays["filtering/e_low"]
    assert np.all(np.isfinite(errors)) and errors.shape == deltas.shape
    if n_seeds > 1:
        np.testing.assert_allclose(found[-1].arrays["filtering/e_low_seeds"].mean(0), errors)


def test_a_run_that_goes_on_finds_the_same_numbers() -> None:
    config = _config(2)
    whole = _run(config)
    first = TrainExperiment(config)
    events = first.events()
    measured = 0
    while measured < 2:
        measured += isinstance(next(events), Measurement)
    again = TrainExperiment(config)
    again.restore(first.state())
    rest = _run(config, again)
    assert [one.at for one in rest] == [2]
    for name in ("filtering/e_low", "filtering/e_low_centred", "filtering/e_high"):
        np.testing.assert_array_equal(rest[0].arrays[name], whole[2].arrays[name])


def test_test_samples_can_be_filtered() -> None:
    found = _run(_config(samples="test", deltas=_DELTAS))
    assert found[0].facts["n_filtered"] == 60
    assert found[0].coordinates["filtering/delta"].tolist() == _DELTAS


def test_the_automatic_range_spans_what_is_judged_and_little_more() -> None:
    x, y = _blobs(400)
    deltas = automatic_deltas(x, y, 12, method="none", backend="cpu")
    found = split(x, y, deltas, method="none", backend="cpu")
    assert found.self_weight[0] > 0.9 > found.self_weight[3]
    assert found.low_share[-1] < 0.14 < found.low_share[-4]
    scaled = automatic_deltas(10 * x, y, 12, method="none", backend="cpu")
    np.testing.assert_allclose(scaled, 100 * deltas, rtol=0.02)  # two digits of each


def test_targets_that_are_all_the_same_have_no_frequency() -> None:
    x, _ = _blobs(50)
    with pytest.raises(ConfigError, match="all 50 measured targets are the same"):
        _meter(x, np.ones((50, 1)), np.zeros((50, 1)))


@pytest.mark.parametrize(
    ("deltas", "message"),
    [
        ([0.0, 1.0], "δ is a variance"),
        ([-1.0], "δ is a variance"),
        ([3.0, 1.0], "deltas has 1 after 3. Give them in increasing order"),
        ([1.0, 1.0], "deltas has 1 after 1"),
        ([], "deltas"),
    ],
)
def test_which_values_are_refused(deltas: list[float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        _config(deltas=deltas)


def test_cost_counts_pairs_once() -> None:
    meter = Filtering(FilteringConfig(n_samples=100, n_grid=10), n_seeds=1)
    sizes = Sizes(n_parameters=1, widths=[50, 7], n_train=500, n_test=40, n_measured=100)
    assert meter.cost(sizes) == 100**2 / 2 * (2 * 50 + 200 * 10)
    fewer = Sizes(n_parameters=1, widths=[50, 7], n_train=50, n_test=40, n_measured=50)
    assert meter.cost(fewer) == meter.cost(sizes) / 4

"""The output instrument: a curve over a line, a picture over two coordinates, nothing else."""

from typing import Any

import numpy as np
import pytest

from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.measure import TrainExperiment
from deepfreq_core.records import Measurement
from deepfreq_core.ui.live_chart import declared


def _config(data: dict[str, Any]) -> TrainConfig:
    found = reading.from_dict({
        "experiment": "train",
        "data": data,
        "net": {"name": "mlp", "depth": 1, "width": 8},
        "training": {"epochs": 2, "batch_size": None},
        "instruments": {"output": {"n_points": 9}},
    })
    assert isinstance(found, TrainConfig)
    return found


def _measured(config: TrainConfig) -> list[Measurement]:
    return [e for e in TrainExperiment(config).events() if isinstance(e, Measurement)]


def test_a_curve_is_thinned_with_both_ends_and_its_target() -> None:
    config = _config({"name": "cosines", "n_train": 12, "n_test": 33, "beyond": 1.0})
    first, *_, last = _measured(config)
    x = np.asarray(first.coordinates["output/x"])
    assert len(x) == 9 and x[0] == pytest.approx(-np.pi - 1) and x[-1] == pytest.approx(np.pi + 1)
    expected = np.cos(3 * x) + np.cos(5 * x)
    assert np.allclose(np.asarray(first.coordinates["output/target"]), expected, atol=3e-6)
    assert last.arrays["output/curve"].shape == (9,)
    curve = last.arrays["output/curve"]
    assert last.scalars["output/variation"] == pytest.approx(np.abs(np.diff(curve)).sum())
    mse = last.scalars["output/train_rms"] ** 2
    assert mse == pytest.approx(last.scalars["train_loss"], rel=1e-5)


def test_a_picture_is_drawn_whole_and_the_curve_is_not_offered() -> None:
    config = _config({"name": "picture", "picture": "rings", "rows": 5, "columns": 8})
    first, *_, last = _measured(config)
    assert last.arrays["output/picture"].shape == (5, 8)
    assert np.shape(first.coordinates["output/original"]) == (5, 8)
    for settings, expected in (
        (config, {"output.original", "output.picture"}),
        (_config({"name": "cosines"}), {"output.curve"}),
    ):
        found = declared.view(settings)["sections"]["screen"]
        names = {p["name"] for s in found for g in s["groups"] for p in g["panels"]}
        assert {name for name in names if name.startswith("output.")} == expected


def test_what_is_neither_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"digits has 64 inputs and 10 outputs.*Take output out"):
        list(TrainExperiment(_config({"name": "digits"})).events())


def test_the_headline_says_how_far_it_is_off() -> None:
    config = _config({"name": "cosines"})
    reader = catalogue.reader(config)
    first, *_, last = _measured(config)
    measured = reader.measured(first.coordinates, {})
    reader.add(measured, last)
    (message,) = reader.parts["output"].headlines(measured["output"])
    assert message.key == "off" and float(message.values["train"]) == pytest.approx(
        last.scalars["output/train_rms"], rel=1e-2
    )

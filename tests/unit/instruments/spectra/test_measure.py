"""The instrument in a training: what it reads, exact epochs, and a resume to the bit."""

from itertools import islice
from typing import Any

import numpy as np
import pytest

from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.measure import TrainExperiment
from deepfreq_core.instruments.spectra.config import THRESHOLDS
from deepfreq_core.instruments.spectra.measure import Spectra
from deepfreq_core.records import Measurement, Progress

_LINE = {
    "experiment": "train",
    "data": {"name": "cosines", "frequencies": [1, 3], "phase": "sin", "n_train": 61, "n_test": 40},
    "net": {"name": "mlp", "widths": [40, 30], "init": {"name": "power", "t": 0.5}},
    "training": {
        "optimizer": {"name": "adam", "learning_rate": 0.01},
        "batch_size": None,
        "epochs": 120,
    },
    "measure": {"every": 30},
    "instruments": {"spectra": {"n_frequencies": 10, "n_peaks": 2}, "output": {"n_points": 20}},
}


def _config(*changes: str, **parts: Any) -> TrainConfig:
    found = reading.override(reading.from_dict(_LINE | parts), changes)
    assert isinstance(found, TrainConfig)
    return found


def _measured(config: TrainConfig) -> list[Measurement]:
    events = TrainExperiment(config).events()
    return [event for event in events if isinstance(event, Measurement)]


def test_what_it_reads_is_what_the_curve_says() -> None:
    config = _config("data.n_test=61", "instruments.output.n_points=61")
    first, *_, last = _measured(config)
    coordinates = first.coordinates
    assert coordinates["spectra/peak"].tolist() == [1, 3]  # type: ignore[union-attr]
    bins = np.fft.fft(last.arrays["output/curve"])[:10] / 61
    # curve and spectrum come from the same float32 outputs
    assert np.allclose(np.abs(bins), last.arrays["spectra/amplitude"], atol=1e-12)
    target = np.fft.fft(np.asarray(coordinates["output/target"]))[:10] / 61
    error = np.abs(bins - target)[[1, 3]] / np.abs(target)[[1, 3]]
    assert np.allclose(error, last.arrays["spectra/peak_error"], rtol=1e-9)


@pytest.mark.parametrize("batch", ["null", "20"])
def test_epochs_are_exact_whatever_is_measured(batch: str) -> None:
    """What is seen between measurements is what measuring every epoch sees."""
    rarely, always = (
        _measured(_config(f"training.batch_size={batch}", f"measure.every={every}"))
        for every in (40, 1)
    )
    errors = np.stack([one.arrays["spectra/peak_error"] for one in always])
    for column, threshold in enumerate(THRESHOLDS):
        for p in range(2):
            below = np.flatnonzero(errors[:, p] < threshold)
            expected = always[below[0]].at if below.size else np.inf
            for found in (rarely, always):
                assert found[-1].arrays["spectra/learned_epoch"][p, column] == expected


@pytest.mark.parametrize("batch", ["null", "20"])
def test_learned_is_the_first_of_some_epochs_in_a_row(batch: str) -> None:
    changes = [f"training.batch_size={batch}", "instruments.spectra.in_a_row=8"]
    rarely = _measured(_config(*changes, "measure.every=40"))
    always = _measured(_config(*changes, "measure.every=1"))
    errors = np.stack([one.arrays["spectra/peak_error"] for one in always])
    n_shorter = 0
    for column, threshold in enumerate(THRESHOLDS):
        for p in range(2):
            below = errors[:, p] < threshold
            rows = [t for t in range(len(below) - 7) if below[t : t + 8].all()]
            expected = always[rows[0]].at if rows else np.inf
            n_shorter += bool(below.any()) and np.flatnonzero(below)[0] != (rows or [-1])[0]
            for found in (rarely, always):
                assert found[-1].arrays["spectra/learned_epoch"][p, column] == expected
    assert n_shorter, "no error passed below for a moment alone, so this shows nothing"


@pytest.mark.parametrize("n_seeds", [1, 3])
@pytest.mark.parametrize("batch", ["null", "20"])
def test_a_resume_continues_to_the_bit(n_seeds: int, batch: str) -> None:
    config = _config(
        f"n_seeds={n_seeds}",
        f"training.batch_size={batch}",
        "training.epochs=40",
        "measure.every=7",
    )
    whole = _measured(config)
    first = TrainExperiment(config)
    n_before = 0
    for event in islice((e for e in first.events() if isinstance(e, Measurement)), 3):
        n_before += isinstance(event, Measurement)
    second = TrainExperiment(config)
    second.restore(first.state())
    rest = [event for event in second.events() if isinstance(event, Measurement)]
    assert [one.at for one in rest] == [one.at for one in whole[n_before:]]
    for ours, expected in zip(rest, whole[n_before:], strict=True):
        assert ours.arrays.keys() == expected.arrays.keys()
        for name in ours.arrays:
            assert np.array_equal(ours.arrays[name], expected.arrays[name], equal_nan=True), name


def test_of_several_seeds_the_median_and_each_beside_it() -> None:
    last = _measured(_config("n_seeds=3"))[-1]
    each = last.arrays["spectra/learned_epoch_seeds"]
    assert each.shape == (3, 2, len(THRESHOLDS))
    assert np.array_equal(np.median(each, axis=0), last.arrays["spectra/learned_epoch"])
    alone = [_measured(_config(f"seed={seed}"))[-1] for seed in range(3)]
    epochs = np.stack([one.arrays["spectra/learned_epoch"] for one in alone])
    # float32 rounding differs between one network and three; an epoch may move by one
    finite = np.isfinite(each)
    assert np.array_equal(finite, np.isfinite(epochs))
    assert np.abs(each[finite] - epochs[finite]).max() <= 1


def test_images_have_a_direction_and_their_noise() -> None:
    config = _config(
        data={"name": "digits", "n_train": 300, "n_test": 50},
        training={"epochs": 2},
        measure={"every": 1},
        instruments={"spectra": {"n_samples": 100, "n_frequencies": 12}},
    )
    first, *_, last = _measured(config)
    coordinates = first.coordinates
    grid = np.asarray(coordinates["spectra/frequency"])
    assert grid[0] == 0 and len(grid) == 12
    target = np.asarray(coordinates["spectra/target_amplitude"])
    # At k = 0 the pooled amplitude is √Σ p²: √0.1 for ten even classes, and the variance of each
    # share in 100 draws, 0.09 / 100, adds up to 0.009.
    assert target[0] == pytest.approx(np.sqrt(0.1 + 0.009), rel=0.05)
    noise = np.asarray(coordinates["spectra/noise"])
    assert np.all(noise == noise[0]) and noise[0] == pytest.approx(np.sqrt(0.9 / 100), rel=0.02)
    assert np.isfinite(last.arrays["spectra/relative_error"]).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"peaks": [31.0]}, r"peaks has 31; 61 samples show at most 30\.5 cycles"),
        ({"direction": "vector", "vector": [0.0]}, "vector has length 0"),
        ({"peaks": [1.0, 1.0]}, "Give different frequencies"),
        ({"threshold": 0.07}, r"threshold is 0\.07.*0\.05"),
    ],
)
def test_what_cannot_be_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        list(TrainExperiment(_config(instruments={"spectra": settings})).events())


def test_a_freeze_would_mix_what_was_learned_before_and_after() -> None:
    with pytest.raises(ConfigError, match=r"freeze starts layers anew at epoch 2.*Take one"):
        _config('training.freeze={"layer": 1, "epoch": 2}')


def test_a_direction_without_extent_is_named() -> None:
    config = _config(
        data={"name": "parity", "dimensions": 4, "n_train": 10},
        training={"epochs": 1, "batch_size": None},
        instruments={"spectra": {"direction": "axis", "axis": 9}},
    )
    with pytest.raises(ConfigError, match=r"axis is 9 and the samples have 4 inputs"):
        list(TrainExperiment(config).events())


def test_headline_and_outcome_say_which_came_first() -> None:
    config = _config(
        "training.epochs=400", "measure.every=50", "training.optimizer.learning_rate=0.003"
    )
    reader = catalogue.reader(config)
    measurements = _measured(config)
    measured = reader.measured(reader.known() | measurements[0].coordinates, {})
    keys = []
    for one in measurements:
        reader.add(measured, one)
        keys.append([message.key.partition("/")[2] for message in reader.headlines(measured)])
    assert set(keys[0]) == {"untrained"}
    assert all(len(one) == len(THRESHOLDS) for one in keys)
    assert keys[-1][-1] in {"low_first.all", "together.all", "low_first", "single"}
    outcome = reader.outcomes(measured)["spectra/learned_epoch"]
    assert isinstance(outcome, dict) and list(outcome) == ["k = 1", "k = 3"]
    assert outcome["k = 1"] < outcome["k = 3"]


@pytest.mark.parametrize("batch", ["null", "20"])
def test_a_checkpoint_at_a_sign_of_life_loses_no_epoch(
    monkeypatch: pytest.MonkeyPatch, batch: str
) -> None:
    """A worker keeps states at signs of life, too; these come at the end of an epoch as well."""
    config = _config(f"training.batch_size={batch}", "training.epochs=6", "measure.every=6")
    experiment = TrainExperiment(config)
    events = experiment.events()
    next(event for event in events if isinstance(event, Measurement))
    monkeypatch.setattr("deepfreq_core.experiments.train.measure._PROGRESS_S", 0.0)
    seen: list[tuple[float, ...]] = []
    monkeypatch.setattr(Spectra, "watch", lambda _, snapshot: seen.append((snapshot.at,)))
    ends = 0
    for event in events:
        if isinstance(event, Progress) and event.at == int(event.at):
            ends += 1
            assert len(seen) == event.at
            losses = experiment.state()["watch"]
            assert np.isfinite(losses[2]).all()  # the mean loss over the epoch just ended
    assert ends == 6

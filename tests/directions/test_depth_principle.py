"""What paper 1 shows comes out of fresh runs: small ones, over three seeds each.

Three seeds that all agree would do so by chance once in eight; a test here is no evidence for a
claim (six recorded seeds and a verdict are, see `claims`) but an alarm for code that turned one
round. So each asks for all three seeds, at settings where recorded runs leave a wide margin.
"""

from __future__ import annotations

import math
import tarfile
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from deepfreq_core import config as configs
from deepfreq_core.chapters.deep_frequency import one_dimension, resnets
from deepfreq_core.chapters.deep_frequency.layers import digits_config, scale_free
from deepfreq_core.experiments import catalogue, reading
from deepfreq_core.experiments.train.config import ScheduleConfig, TrainConfig
from deepfreq_core.lowpass.frequency import equivalent_frequency
from deepfreq_core.records import Float64, Measurement
from deepfreq_core.studies.verdict import rank_correlation
from deepfreq_core.training.speed import epochs_to_loss, seen_loss
from tests.conftest import SHARED

SEEDS = range(3)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Iterator[None]:
    """CIFAR-10 as image files; skips where it is absent."""
    packed = SHARED / "cifar10-jpeg.tar"
    if not packed.is_file():
        pytest.skip(f"the real images are not in {SHARED}")
    folder = tmp_path_factory.mktemp("photographs")
    with tarfile.open(packed) as archive:
        archive.extractall(folder / "cifar10", filter="data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEEPFREQ_DATA", str(folder))
        yield


def measure(base: configs.RunConfig, seed: int, *changes: str) -> list[Measurement]:
    """All measurements of a run of these settings, on the processor; each with its coordinates."""
    config = reading.override(base, [f"seed={seed}", "device=cpu", *changes])
    events = catalogue.create(config).events()
    found = [event for event in events if isinstance(event, Measurement)]
    return [replace(one, coordinates=found[0].coordinates) for one in found]


def frequencies(measurement: Measurement) -> Float64:
    """Equivalent frequency of the hidden layers, (L,)."""
    grid = measurement.coordinates["layers/inverse_delta"]
    return equivalent_frequency(grid, measurement.arrays["layers/lfr"])[1:]


def order(measurement: Measurement) -> float:
    """Rank correlation of depth with low frequency."""
    return rank_correlation(-frequencies(measurement))


def epochs_to(target: float, measurements: list[Measurement], first: int = 0) -> float:
    """Epochs after the first one to a training loss; infinity where it was not reached."""
    later = [one for one in measurements if one.at > first]
    epoch = np.array([one.at - first for one in later], float)
    names = ("train_loss", "epoch_loss")
    loss = {name: np.array([one.scalars.get(name, math.nan) for one in later]) for name in names}
    return epochs_to_loss(epoch, seen_loss(loss), target)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_lower_frequency_is_learned_faster(seed):
    """1.2: epochs grow with k; recorded, each step from k to k + 1 costs a third more or more."""
    needed = [
        epochs_to(
            0.01,
            measure(
                one_dimension._base(depth=3),
                seed,
                f"data.frequencies=[{k}]",
                "training.optimizer.learning_rate=1e-3",  # five times the claim's, for speed
                "training.epochs=1500",
                "measure.every=10",
                "instruments.layers.n_grid=10",
            ),
        )
        for k in (1, 3, 5)
    ]
    assert needed[0] < needed[1] < needed[2] < math.inf


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_depth_makes_learning_faster_where_the_initialisation_keeps_the_scale(seed):
    """1.1: from two to four layers recorded epochs halve with Glorot's initialisation…"""
    changes = ("measure.every=50", "training.epochs=6000")
    shallow, deep = (
        epochs_to(0.01, measure(one_dimension._base(depth=depth), seed, *changes))
        for depth in (2, 4)
    )
    assert deep < shallow < math.inf


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_with_pytorchs_initialisation_four_layers_are_slower_than_three(seed):
    """…and grow sixfold from three to four with PyTorch's."""
    changes = ("net.init.name=pytorch", "measure.every=50", "training.epochs=4000")
    shallow, deep = (
        epochs_to(0.01, measure(one_dimension._base(depth=depth), seed, *changes))
        for depth in (3, 4)
    )
    assert shallow < deep


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_deeper_layers_end_lower_on_mnist(shared_data, seed):
    """1.6: the order turns from all wrong to all right; recorded, in every seed."""
    base = TrainConfig(
        data=configs.ImageData(name="mnist", n_train=10_000, n_test=500),
        net=configs.MlpConfig(depth=5, width=500),
        training=configs.TrainingConfig(epochs=12),
        measure=ScheduleConfig(every=12),
        instruments={"layers": {"n_samples": 1_000, "upper": 0.5, "n_grid": 51}},
    )
    before, after = measure(base, seed)
    assert order(before) < -0.8 and order(after) > 0.8  # of ten pairs at most one is wrong


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_deeper_resnet_variants_give_the_learning_component_lower_frequency(photographs, seed):
    """1.5, reduced: one stage against four, trained; recorded, 3.9 against 3.6."""
    changes = ("data.n_train=2000", "measure.every=15", "instruments.layers.n_samples=800")
    shallow, deep = (
        frequencies(measure(resnets._reduced(), seed, f"net.stages={stages}", *changes)[-1])[-1]
        for stages in (1, 4)
    )
    assert deep < shallow


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("net", ['{"name": "vgg16", "width": 8}', '{"name": "vit", "patch": 2}'])
def test_deeper_is_lower_after_training_in_other_architectures(net, seed):
    """Ours: on digits; recorded mean rank correlations are above 0.9."""
    base = digits_config(epochs=15).model_copy(update=scale_free(n_samples=500, every=15))
    changes = ("training.loss=cross_entropy", "training.optimizer.learning_rate=1e-3")
    assert order(measure(base, seed, f"net={net}", *changes)[-1]) > 0.5


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_vanish_in_sigmoid_networks_and_not_in_tanh_networks(seed):
    """1.7: first over last layer; recorded medians lie a factor of 20 and more apart."""
    shares = []
    for activation in ("tanh", "sigmoid"):
        (first,) = measure(
            digits_config(epochs=0),
            seed,
            f"net.activation={activation}",
            "instruments.layers.n_grid=5",
        )
        norms = first.arrays["layers/gradient_norm"]
        shares.append(norms[0] / norms[-2])
    assert shares[1] < 0.1 < shares[0]


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_trained_precondition_makes_the_rest_learn_faster_and_an_untrained_one_slower(seed):
    """Ours: epochs of two new layers on none, on four as they were and on four of 20 epochs.

    To a loss that the whole network had after 20 epochs; recorded medians are 15, 63 and 4.
    """
    needed = []
    for depth, layer, epoch in ((2, 0, 0), (6, 4, 0), (6, 4, 20)):
        freeze = f'training.freeze={{"layer": {layer}, "epoch": {epoch}}}'
        changes = (f"net.depth={depth}", freeze, "measure.every=2", "instruments.layers.n_grid=5")
        found = measure(digits_config(epochs=epoch + 60), seed, *changes)
        needed.append(epochs_to(0.035, found, first=epoch))
    alone, on_untrained, on_trained = needed
    assert on_trained < alone < on_untrained

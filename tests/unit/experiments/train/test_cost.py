"""How dear a measurement is beside training, with what the layers instrument says of itself."""

from deepfreq_core.experiments.train.cost import relative_cost
from deepfreq_core.instruments.base import Sizes
from deepfreq_core.instruments.layers.config import LayersConfig
from deepfreq_core.instruments.layers.measure import LayersMeter
from deepfreq_core.training.schedules import logarithmic


def _cost(n_measured: int = 2000, n_train: int = 30_000) -> float:
    sizes = Sizes(
        n_parameters=1_399_510,
        widths=[784, *[500] * 5],
        n_train=n_train,
        n_test=2000,
        n_measured=n_measured,
    )
    layers = LayersMeter(LayersConfig(n_samples=n_measured, n_grid=51), n_seeds=1)
    return relative_cost(sizes, {"layers": layers})


def test_mnist_is_near_what_was_measured() -> None:
    # Measured on two cores: 0.48 of 3.15 processor seconds.
    assert 0.12 < _cost() < 0.19


def test_it_grows_with_the_measured_and_falls_with_the_trained_samples() -> None:
    assert _cost(n_measured=4000) > 2 * _cost(n_measured=2000)
    assert _cost(n_train=60_000) == _cost() / 2


def test_measuring_stays_within_a_tenth_of_the_planned_training() -> None:
    assert len(logarithmic(40, relative_cost=_cost())) * _cost() <= 0.1 * 40


def test_instruments_add_up_and_the_passes_are_counted_once() -> None:
    sizes = Sizes(n_parameters=100, widths=[4, 5], n_train=1000, n_test=30, n_measured=60)
    alone = relative_cost(sizes, {})
    assert alone == (6 * 60 + 2 * 30) / (6 * 1000)
    layers = LayersMeter(LayersConfig(n_samples=60, n_grid=7), n_seeds=1)
    own = relative_cost(sizes, {"layers": layers}) - alone
    both = relative_cost(sizes, {"layers": layers, "again": layers}) - alone
    assert own > 0 and abs(both - 2 * own) < 1e-12

from deepfreq_core.experiments.measuring_cost import relative_cost
from deepfreq_core.training.schedules import logarithmic


def _cost(n_measured: int = 2000, n_train: int = 30_000) -> float:
    return relative_cost(
        n_parameters=1_399_510,
        n_train=n_train,
        n_measured=n_measured,
        n_test=2000,
        widths=[500] * 5,
        n_grid=51,
    )


def test_mnist_is_near_what_was_measured() -> None:
    # Measured on two cores: 0.48 of 3.15 processor seconds.
    assert 0.12 < _cost() < 0.19


def test_it_grows_with_the_measured_and_falls_with_the_trained_samples() -> None:
    assert _cost(n_measured=4000) > 2 * _cost(n_measured=2000)
    assert _cost(n_train=60_000) == _cost() / 2


def test_measuring_stays_within_a_tenth_of_the_planned_training() -> None:
    assert len(logarithmic(40, relative_cost=_cost())) * _cost() <= 0.1 * 40

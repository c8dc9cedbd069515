import pytest

from deepfreq_core.config import ConstantRate, StepRate
from deepfreq_core.training import schedules


def test_constant_rate() -> None:
    assert schedules.learning_rate(0.3, ConstantRate(), 99) == 0.3


def test_step_rate_drops_at_the_start_of_the_epochs_named() -> None:
    steps = StepRate(epochs=(40, 60), factor=0.1)
    rates = [schedules.learning_rate(1e-3, steps, epoch) for epoch in (0, 39, 40, 59, 60, 80)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])


def test_regular_keeps_first_and_last() -> None:
    assert schedules.regular(4, 10).epochs == [0, 4, 8, 10]
    assert schedules.regular(100, 10).epochs == [0, 10]
    assert schedules.regular(1, 0).epochs == [0]


@pytest.mark.parametrize("last", [0, 1, 5, 20, 160, 1000, 100_000])
@pytest.mark.parametrize("cost", [1e-6, 0.05, 1.0, 50.0])
def test_logarithmic_is_dense_first_then_rarer_and_within_its_budget(
    last: int, cost: float
) -> None:
    at = schedules.logarithmic(last, relative_cost=cost)
    epochs = at.epochs
    assert epochs[0] == 0 and epochs[-1] == last
    gaps = [later - earlier for earlier, later in zip(epochs[:-1], epochs[1:], strict=True)]
    assert gaps[:-1] == sorted(gaps[:-1])  # the last one ends where training ends
    assert len(at) <= max(8, 0.1 * last / cost)
    assert all(epoch in at for epoch in epochs)


def test_cheap_measurements_come_every_epoch_at_first() -> None:
    epochs = schedules.logarithmic(160, relative_cost=0.01).epochs
    assert epochs[:30] == list(range(30))
    assert 60 <= len(epochs) <= 90


def test_dear_measurements_are_few_but_never_too_few() -> None:
    assert len(schedules.logarithmic(160, relative_cost=100)) in range(5, 9)

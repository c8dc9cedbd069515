"""What a run trains, as its instruments see it."""

from typing import Literal

import pytest
import torch

from deepfreq_core.config import DigitsData, MlpConfig, TrainingConfig
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.subject import Subject
from deepfreq_core.instruments.snapshot import TEST, TRAIN, Samples


@pytest.mark.parametrize("n_seeds", [1, 2])
@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
def test_the_answer_follows_from_the_loss(
    loss: Literal["mse", "cross_entropy"], n_seeds: int
) -> None:
    config = TrainConfig(
        data=DigitsData(n_train=20, n_test=10),
        net=MlpConfig(depth=1, width=5),
        training=TrainingConfig(loss=loss, batch_size=10),
        n_seeds=n_seeds,
    )
    device = torch.device("cpu")
    subject = Subject(config, device, lambda _: None)
    sets = [{TEST: Samples.of(data, "test", device)} for data in subject.datasets]
    subject.look_at(sets, frozenset())
    for snapshot in subject.snapshots():
        output, answer = snapshot.output(TEST), snapshot.answer(TEST)
        wanted = output if loss == "mse" else output.softmax(1)
        torch.testing.assert_close(answer, wanted)


@pytest.mark.parametrize(
    "change",
    [
        {"net": {"name": "resnet", "width": 4, "stages": 1, "blocks": 1}},
        {"training": {"batch_size": None, "precision": "bfloat16"}},
    ],
)
def test_an_epoch_is_watched_as_it_is_measured(change: dict[str, object]) -> None:
    """A step's own output has the batch's statistics or rounded products in it."""
    config = TrainConfig.model_validate(
        {
            "data": {"name": "digits", "n_train": 60, "n_test": 10},
            "net": {"name": "mlp", "widths": [20]},
            "training": {"batch_size": None},
        }
        | change
    )
    device = torch.device("cpu")
    subject = Subject(config, device, lambda _: None)
    subject.look_at([{TRAIN: Samples.of(subject.datasets[0], "train", device)}], frozenset())
    for _ in subject.trainer.steps():
        pass
    (watched,), (measured,) = subject.watched(frozenset({TRAIN})), subject.snapshots()
    assert watched.at == measured.at
    torch.testing.assert_close(watched.output(TRAIN), measured.output(TRAIN), rtol=0, atol=0)


def test_a_target_without_a_derivative_somewhere_is_told() -> None:
    config = TrainConfig.model_validate({
        "data": {"name": "formula", "formula": "sqrt(x)", "lower": 0, "upper": 1},
        "net": {"name": "mlp", "widths": [5]},
        "training": {"loss": "mse_derivative", "batch_size": None},
    })
    with pytest.raises(ConfigError, match=r"none at x = 0\. Change data\.formula"):
        Subject(config, torch.device("cpu"), lambda _: None)

"""What a run trains, as its instruments see it."""

from typing import Literal

import pytest
import torch

from deepfreq_core.config import DigitsData, MlpConfig, TrainingConfig
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.experiments.train.subject import Subject
from deepfreq_core.instruments.snapshot import TEST, Samples


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

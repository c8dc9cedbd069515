"""Training on a device: recorded steps beside the same steps started one by one."""

import numpy as np
import pytest
import torch

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, NetConfig, ResNetConfig, TrainingConfig, VitConfig
from deepfreq_core.training.ensemble import Ensemble
from deepfreq_core.training.loop import Trainer

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here"),
]

_N, _SHAPE = 1_000, (3, 8, 8)
_NETS: dict[str, NetConfig] = {
    "mlp": MlpConfig(depth=3, width=64),
    "resnet": ResNetConfig(stages=2, blocks=1, width=8, hidden_width=16),
    "vit": VitConfig(depth=2, width=16, heads=2, patch=2),
}


def _samples(*n_seeds):
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(*n_seeds, _N, 192, generator=generator)
    y = torch.eye(4)[(x[..., 0] > 0.5).long() + 2 * (x[..., 1] > 0.5).long()]
    return x.cuda(), y.cuda()


def _build(net, seed=0):
    return nets.build(net, input_shape=_SHAPE, n_outputs=4, seed=seed).cuda()


def _trainer(net, **settings):
    config = TrainingConfig.model_validate({"batch_size": 128, "epochs": 6} | settings)
    return Trainer(_build(net), *_samples(), config, seed=0, fresh=lambda: _build(net, 99))


def _run(course):
    losses = []
    while not course.finished:
        for _ in course.steps():
            pass
        losses.append(course.epoch_losses)
    return np.array(losses)


def _recorded(course):
    return course._graph is not None and course._graph._repeat is not None


@pytest.mark.parametrize("net", _NETS)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_recorded_steps_learn_what_the_others_learn(net, precision, monkeypatch):
    settings = {"precision": precision, "loss": "cross_entropy"}
    recorded = _trainer(_NETS[net], **settings)
    losses = _run(recorded)
    assert _recorded(recorded)
    monkeypatch.setenv("DEEPFREQ_CUDA_GRAPHS", "0")
    plain = _trainer(_NETS[net], **settings)
    expected = _run(plain)
    assert not _recorded(plain)
    # The same operations, but some of them add up in an order that differs from run to run.
    np.testing.assert_allclose(losses, expected, rtol=0.05 if precision == "bfloat16" else 1e-3)
    assert losses[-1] < losses[0]


def test_several_seeds_are_recorded_together(monkeypatch):
    x, y = _samples(3)
    config = TrainingConfig(batch_size=128, epochs=6)
    ensemble = Ensemble([_build(_NETS["mlp"], s) for s in range(3)], x, y, config, seed=0)
    losses = _run(ensemble)
    assert _recorded(ensemble)
    monkeypatch.setenv("DEEPFREQ_CUDA_GRAPHS", "0")
    for seed in range(3):
        alone = Trainer(_build(_NETS["mlp"], seed), x[seed], y[seed], config, seed=seed)
        np.testing.assert_allclose(_run(alone), losses[:, seed], rtol=1e-3)


def test_a_frozen_training_is_recorded_anew():
    trainer = _trainer(_NETS["mlp"], freeze={"layer": 1, "epoch": 2})
    for _ in range(2):
        list(trainer.steps())
    before = [group[0].detach().clone() for group in trainer.net.layer_weights()]
    _run(trainer)
    after = [group[0].detach() for group in trainer.net.layer_weights()]
    assert _recorded(trainer)
    assert torch.equal(before[0], after[0])
    assert not torch.equal(before[1], after[1])


def test_a_state_is_taken_up_again_on_the_device():
    whole = _trainer(_NETS["mlp"])
    expected = _run(whole)
    first, second = _trainer(_NETS["mlp"]), _trainer(_NETS["mlp"])
    for _ in range(3):
        list(first.steps())
    list(second.steps())
    second.restore(first.state())
    np.testing.assert_allclose(_run(second), expected[3:], rtol=1e-3)


def test_a_recorded_step_keeps_the_output_from_before_it():
    """What instruments watch between measurements comes from the recorded step itself."""
    trainer = _trainer(_NETS["mlp"], batch_size=None, epochs=8)
    x, _ = _samples()
    for _ in range(8):
        with torch.no_grad():
            before = trainer.net(x).clone()
        list(trainer.steps())
        assert trainer.output is not None
        torch.testing.assert_close(trainer.output, before, rtol=1e-4, atol=1e-5)
    assert _recorded(trainer)


@pytest.mark.parametrize("loss", ["mse_derivative", "derivative"])
def test_losses_of_derivatives_are_recorded_and_are_those_of_the_processor(loss):
    x = torch.linspace(-1, 1, 200)[:, None]
    y, slope = torch.sin(3 * x), 3 * torch.cos(3 * x)
    config = TrainingConfig.model_validate({"loss": loss, "batch_size": None, "epochs": 8})
    found = []
    for device in ("cpu", "cuda"):
        net = nets.build(MlpConfig(depth=2, width=32), input_shape=(1,), n_outputs=1, seed=0)
        parts = [part.to(device) for part in (x, y, slope)]
        trainer = Trainer(net.to(device), *parts[:2], config, seed=0, slope=parts[2])
        found.append(_run(trainer))
    assert _recorded(trainer)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-3)

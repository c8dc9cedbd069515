import pytest
import torch

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig
from deepfreq_core.errors import BackendUnavailable
from deepfreq_core.training import probe as probing
from deepfreq_core.training.device import device_name, resolve_device
from deepfreq_core.training.losses import mean_squared_error

_X = torch.randn(60, 6, generator=torch.Generator().manual_seed(1))
_LABELS = (_X[:, 0] > 0).long()
_Y = torch.eye(2)[_LABELS]


def _net(antisymmetric: bool = False) -> nets.Network:
    config = MlpConfig(depth=2, width=8, antisymmetric=antisymmetric)
    return nets.build(config, input_shape=(6,), n_outputs=2, seed=0)


@pytest.mark.parametrize("antisymmetric", [False, True])
def test_gradient_norm_is_that_of_the_whole_batch(
    antisymmetric: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "_ROWS", 7)  # pieces that do not divide the samples
    net = _net(antisymmetric)
    seen = probing.probe(net, _X, _Y, _LABELS, mean_squared_error)
    loss = mean_squared_error(net(_X), _Y)
    for group, norm in zip(net.layer_weights(), seen.gradient_norm, strict=True):
        gradients = torch.autograd.grad(loss, list(group), retain_graph=True)
        expected = torch.cat([gradient.flatten() for gradient in gradients]).norm()
        assert norm == pytest.approx(float(expected), rel=1e-5)
    assert seen.loss == pytest.approx(float(loss.detach()), rel=1e-6)
    assert all(parameter.grad is None for parameter in net.parameters())


def test_hidden_outputs_and_accuracy() -> None:
    net = _net()
    seen = probing.probe(net, _X, _Y, _LABELS, mean_squared_error)
    for ours, expected in zip(seen.hidden, net.hidden_outputs(_X), strict=True):
        assert torch.equal(ours, expected) and not ours.requires_grad
    right = (net(_X).argmax(dim=1) == _LABELS).double().mean()
    assert seen.accuracy == pytest.approx(float(right))
    loss, accuracy = probing.evaluate(net, _X, _Y, _LABELS, mean_squared_error)
    assert loss == pytest.approx(seen.loss, rel=1e-6) and accuracy == seen.accuracy


def test_no_accuracy_without_classes() -> None:
    assert probing.probe(_net(), _X, _Y, None, mean_squared_error).accuracy is None
    assert probing.evaluate(_net(), _X, _Y, None, mean_squared_error)[1] is None


def test_cuda_by_name_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BackendUnavailable, match="Set device to auto or cpu"):
        resolve_device("cuda")
    assert resolve_device("auto") == resolve_device("cpu") == torch.device("cpu")
    assert device_name(torch.device("cpu"))

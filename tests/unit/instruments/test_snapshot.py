"""A network looked at: once for all, with gradients only where wanted, and left as it was."""

from typing import Any

import numpy as np
import pytest
import torch

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, NetConfig, ResNetConfig
from deepfreq_core.instruments import snapshot as module
from deepfreq_core.instruments.snapshot import MEASURED, TEST, Samples, Snapshot
from deepfreq_core.training.losses import Objective, mean_squared_error

_N = 30
_NETS: dict[str, NetConfig] = {
    "mlp": MlpConfig(depth=3, width=8),
    "resnet": ResNetConfig(stages=2, blocks=1, width=4, hidden_width=8),  # batch normalisation
}


def _net(name: str = "mlp") -> nets.Network:
    return nets.build(_NETS[name], input_shape=(1, 8, 8), n_outputs=3, seed=0)


def _samples(n: int = _N, *, with_labels: bool = True, seed: int = 0) -> Samples:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 3, (n,), generator=generator)
    x = torch.randn(n, 64, generator=generator)
    return Samples(x, torch.eye(3)[labels], labels if with_labels else None)


class _Passes:
    """Counts forward passes, and which of them could have given a gradient."""

    def __init__(self, net: nets.Network) -> None:
        self.rows: list[int] = []
        self.with_gradient: list[bool] = []
        self._once = net.forward_layers
        net.forward_layers = self._counted  # type: ignore[method-assign]

    def _counted(self, x: torch.Tensor) -> Any:
        self.rows.append(len(x))
        self.with_gradient.append(torch.is_grad_enabled())
        return self._once(x)


def _snapshot(net: nets.Network, **settings: Any) -> Snapshot:
    samples = {MEASURED: _samples(), TEST: _samples(20, seed=1)}
    return Snapshot(lambda: net, samples, Objective("mse"), at=3.0, **settings)


def test_each_set_goes_through_the_network_once_and_only_when_asked_for() -> None:
    net = _net()
    passes = _Passes(net)
    look = _snapshot(net, with_gradient={MEASURED})
    assert passes.rows == []
    for _ in range(2):
        look.loss(MEASURED)
        look.accuracy(MEASURED)
        look.output(MEASURED)
        look.layers(MEASURED)
        look.gradient_norm(MEASURED)
    assert passes.rows == [_N]
    look.layers(TEST)
    look.loss(TEST)
    assert passes.rows == [_N, 20]
    assert passes.with_gradient == [True, False], "gradients only where an instrument wants them"


def test_a_gradient_nobody_announced_costs_one_more_pass_and_no_more() -> None:
    net = _net()
    passes = _Passes(net)
    look = _snapshot(net)
    loss = look.loss(MEASURED)
    norms = look.gradient_norm(MEASURED)
    assert look.gradient_norm(MEASURED) == norms and look.loss(MEASURED) == loss
    assert passes.with_gradient == [False, True]


def test_what_it_gives_is_what_torch_gives() -> None:
    net = _net()
    look = _snapshot(net, with_gradient={MEASURED})
    samples = look.samples[MEASURED]
    hidden, output = net.forward_layers(samples.x)
    loss = mean_squared_error(output, samples.y)
    assert look.loss(MEASURED) == pytest.approx(float(loss.detach()), rel=1e-6)
    torch.testing.assert_close(look.output(MEASURED), output.detach())
    layers = look.layers(MEASURED)
    assert layers[0] is samples.x and len(layers) == 4
    for one, other in zip(layers[1:], hidden, strict=True):
        torch.testing.assert_close(one, other.detach())
    loss.backward()
    expected = []
    for group in net.layer_weights():
        gradients = [weight.grad for weight in group]
        expected.append(float(sum(g.square().sum() for g in gradients if g is not None)) ** 0.5)
    np.testing.assert_allclose(look.gradient_norm(MEASURED), expected, rtol=1e-5)
    assert samples.labels is not None
    right = (output.argmax(1) == samples.labels).double().mean()
    assert look.accuracy(MEASURED) == pytest.approx(float(right))


def test_parts_of_a_large_set_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    net = _net()
    whole = _snapshot(net, with_gradient={MEASURED})
    one = whole.loss(MEASURED), whole.gradient_norm(MEASURED), whole.layers(MEASURED)
    monkeypatch.setattr(module, "_ROWS", 7)  # 30 = 4 · 7 + 2: the last part weighs less
    passes = _Passes(net)
    parts = _snapshot(net, with_gradient={MEASURED})
    assert parts.loss(MEASURED) == pytest.approx(one[0], rel=1e-6)
    np.testing.assert_allclose(parts.gradient_norm(MEASURED), one[1], rtol=1e-5)
    for a, b in zip(parts.layers(MEASURED), one[2], strict=True):
        torch.testing.assert_close(a, b)
    assert passes.rows == [7, 7, 7, 7, 2]


@pytest.mark.parametrize("name", _NETS)
@pytest.mark.parametrize("mode", [True, False])
def test_the_network_is_left_as_it_was(name: str, mode: bool) -> None:
    net = _net(name).train(mode)
    before = {key: value.clone() for key, value in net.state_dict().items()}
    look = _snapshot(net, with_gradient={MEASURED})
    look.gradient_norm(MEASURED)
    look.loss(TEST)
    assert net.training is mode
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())
    assert not any(layer.requires_grad for layer in [*look.layers(TEST), look.output(MEASURED)])


def test_batch_normalisation_goes_by_its_running_means() -> None:
    net = _net("resnet").train()
    alone = Snapshot(lambda: net, {"one": _samples(5)}, Objective("mse"), at=0.0).output("one")
    net.eval()
    torch.testing.assert_close(alone, net(_samples(5).x).detach())


def test_no_accuracy_without_classes() -> None:
    net = _net()
    look = Snapshot(
        lambda: net, {"y": _samples(with_labels=False)}, Objective("mse"), at=1.0, member=2
    )
    assert look.accuracy("y") is None
    assert (look.at, look.member, look.net) == (1.0, 2, net)


def test_an_answer_is_the_output_where_the_loss_compares_it_with_the_targets() -> None:
    look = _snapshot(_net())
    assert torch.equal(look.answer(TEST), look.output(TEST))


def test_an_answer_of_logits_lies_between_0_and_1_like_the_targets() -> None:
    net = _net()
    look = Snapshot(lambda: net, {TEST: _samples()}, Objective("cross_entropy"), at=0.0)
    logits = look.output(TEST).double()
    shares = logits.exp() / logits.exp().sum(1, keepdim=True)
    torch.testing.assert_close(look.answer(TEST).double(), shares, rtol=0, atol=1e-6)

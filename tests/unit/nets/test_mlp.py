import pytest
import torch

from deepfreq_core import nets
from deepfreq_core.config import MlpConfig, NormalInit, StandardInit
from deepfreq_core.nets.activations import ACTIVATIONS
from deepfreq_core.nets.effective_target import layer_outputs

_X = torch.linspace(-1, 1, 5 * 7).reshape(5, 7)


def _net(config: MlpConfig, seed: int = 0) -> nets.Network:
    return nets.build(config, input_shape=(7,), n_outputs=3, seed=seed)


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_hidden_outputs_equal_a_forward_pass_by_hand(activation: str) -> None:
    net = _net(MlpConfig.model_validate({"depth": 3, "width": 4, "activation": activation}))
    parameters = dict(net.named_parameters())
    h, by_hand = _X, []
    for index in range(3):
        weight, bias = (parameters[f"linears.{index}.{part}"] for part in ("weight", "bias"))
        h = ACTIVATIONS[activation](h @ weight.T + bias)
        by_hand.append(h)
    output = h @ parameters["linears.3.weight"].T + parameters["linears.3.bias"]
    hidden = net.hidden_outputs(_X)
    assert len(hidden) == net.n_layers == 3
    for ours, expected in zip(hidden, by_hand, strict=True):
        assert torch.allclose(ours, expected, atol=1e-6)
    assert torch.allclose(net(_X), output, atol=1e-6)  # linear: no activation at the end


@pytest.mark.parametrize("depth", [1, 2, 8])
def test_sizes(depth: int) -> None:
    net = _net(MlpConfig(depth=depth, width=6))
    assert net.layer_names == tuple(f"layer {index}" for index in range(1, depth + 1))
    assert [tuple(h.shape) for h in net.hidden_outputs(_X)] == [(5, 6)] * depth
    assert net.n_parameters == (7 + 1) * 6 + (depth - 1) * (6 + 1) * 6 + (6 + 1) * 3
    assert [len(group) for group in net.layer_weights()] == [1] * (depth + 1)


def test_the_seed_is_the_network() -> None:
    config = MlpConfig(depth=2, width=4)
    assert torch.equal(_net(config, 1)(_X), _net(config, 1)(_X))
    assert not torch.equal(_net(config, 1)(_X), _net(config, 2)(_X))


@pytest.mark.parametrize("init", [StandardInit(), NormalInit(std=1.0)])
def test_antisymmetric_output_is_exactly_zero_at_the_start(init: StandardInit) -> None:
    net = _net(MlpConfig(depth=3, width=50, init=init, antisymmetric=True))
    x = torch.randn(400, 7, generator=torch.Generator().manual_seed(0))
    assert torch.equal(net(x), torch.zeros(400, 3))


def test_antisymmetric_copies_share_hidden_layers_and_both_learn() -> None:
    net = _net(MlpConfig(depth=2, width=4, antisymmetric=True))
    for hidden in net.hidden_outputs(_X):
        assert hidden.shape == (5, 8)
        assert torch.equal(hidden[:, :4], hidden[:, 4:])
    net(_X).sum().backward()  # type: ignore[no-untyped-call]
    last_plus, last_minus = net.layer_weights()[-1]
    assert torch.equal(last_plus, -last_minus)
    assert last_plus.grad is not None and last_minus.grad is not None


def test_outputs_begin_with_the_raw_input_and_have_no_gradient() -> None:
    net = _net(MlpConfig(depth=2, width=4))
    raw, first, last = layer_outputs(net, _X)
    assert raw is _X
    assert torch.equal(first, net.hidden_outputs(_X)[0])
    assert torch.equal(last, net.hidden_outputs(_X)[1])
    assert not last.requires_grad


def test_layer_outputs_in_pieces_are_the_whole() -> None:
    net = _net(MlpConfig(depth=2, width=4))
    x = torch.randn(9000, 7, generator=torch.Generator().manual_seed(0))
    for pieces, whole in zip(layer_outputs(net, x)[1:], net.hidden_outputs(x), strict=True):
        assert pieces.shape == (9000, 4)
        assert torch.allclose(pieces, whole, atol=1e-6)


def test_residual_layers_add_their_input_where_the_widths_agree() -> None:
    config = MlpConfig(depth=3, width=5, residual=True)
    net = nets.build(config, input_shape=(4,), n_outputs=2, seed=0)
    plain = nets.build(MlpConfig(depth=3, width=5), input_shape=(4,), n_outputs=2, seed=0)
    x = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    hidden = net.hidden_outputs(x)
    weights = [group[0] for group in net.layer_weights()]
    assert torch.equal(hidden[0], plain.hidden_outputs(x)[0])
    state = plain.state_dict()
    for layer in (1, 2):
        new = torch.tanh(hidden[layer - 1] @ weights[layer].T + state[f"linears.{layer}.bias"])
        torch.testing.assert_close(hidden[layer], hidden[layer - 1] + new)


@pytest.mark.parametrize("antisymmetric", [False, True])
def test_precondition_is_the_first_layers_weights_and_biases(antisymmetric: bool) -> None:
    config = MlpConfig(depth=3, width=5, antisymmetric=antisymmetric)
    net = nets.build(config, input_shape=(4,), n_outputs=2, seed=0)
    copies = 2 if antisymmetric else 1
    sizes = [sum(p.numel() for p in net.precondition_parameters(layer)) for layer in range(4)]
    assert sizes == [0, copies * 25, copies * 55, copies * 85]

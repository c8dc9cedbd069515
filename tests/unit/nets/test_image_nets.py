"""Networks on images: every one hands out its layers, equal cuts, and the same first values."""

import pytest
import torch

from deepfreq_core import nets
from deepfreq_core.config import CnnConfig, ResNetConfig, VggConfig, VitConfig, layer_names
from deepfreq_core.errors import ConfigError

NETS = [
    ResNetConfig(width=4),
    ResNetConfig(width=4, stages=2, channels="equal"),
    CnnConfig(channels=(4, 8), hidden_width=16),
    VggConfig(width=2, hidden_width=16),
    VitConfig(depth=2, width=8, heads=2),
]
SHAPES = [(1, 8, 8), (1, 28, 28), (3, 32, 32)]


def _net(config, shape, seed=0):
    return nets.build(config, input_shape=shape, n_outputs=10, seed=seed).eval()


def _samples(shape, n=3):
    d = shape[0] * shape[1] * shape[2]
    return torch.rand(n, d, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("config", NETS, ids=lambda config: config.name)
def test_every_layer_is_handed_out_flat_and_weights_come_in_as_many_groups(config, shape):
    net, x = _net(config, shape), _samples(shape)
    hidden, output = net.forward_layers(x)
    assert len(hidden) == net.n_layers == config.n_layers
    assert net.layer_names == layer_names(config)[1:]  # known before anything is built
    assert all(layer.shape[0] == 3 and layer.ndim == 2 for layer in hidden)
    assert output.shape == (3, 10)
    torch.testing.assert_close(net(x), output)
    assert len(net.layer_weights()) == net.n_layers + 1
    assert all(group for group in net.layer_weights())


@pytest.mark.parametrize("config", NETS, ids=lambda config: config.name)
def test_seed_fixes_the_first_values_and_leaves_the_global_state_alone(config):
    before = torch.get_rng_state()
    first, again, other = (_net(config, (3, 32, 32), seed) for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    same = zip(first.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in same)
    changed = zip(first.parameters(), other.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in changed)


@pytest.mark.parametrize("stages", [1, 2, 3, 4])
def test_equal_channels_give_cuts_of_equal_dimension(stages):
    config = ResNetConfig(width=4, stages=stages, channels="equal")
    hidden = _net(config, (3, 32, 32)).hidden_outputs(_samples((3, 32, 32)))
    assert {layer.shape[1] for layer in hidden} == {4 * 16}


def test_doubling_channels_double_the_dimension_of_the_cut():
    hidden = _net(ResNetConfig(width=4), (3, 32, 32)).hidden_outputs(_samples((3, 32, 32)))
    assert [layer.shape[1] for layer in hidden] == [64, 128, 256, 512]


def test_full_width_four_stages_are_torchvisions_resnet18_between_stem_and_output():
    from torchvision.models import resnet18

    ours = _net(ResNetConfig(), (3, 32, 32))
    theirs = resnet18(weights=None)
    expected = [
        p.shape for stage in (1, 2, 3, 4) for p in getattr(theirs, f"layer{stage}").parameters()
    ]
    assert [p.shape for p in ours.stages.parameters()] == expected


@pytest.mark.parametrize("config", NETS, ids=lambda config: config.name)
def test_samples_that_are_no_images_are_refused(config):
    with pytest.raises(ConfigError, match="takes images"):
        _net(config, (1,))


def test_patches_that_do_not_tile_the_image_are_refused():
    with pytest.raises(ConfigError, match=r"net\.patch is 5"):
        _net(VitConfig(patch=5), (3, 32, 32))

"""The training benchmark compares like with like; run on a network of a few numbers."""

import pytest
import torch

from benchmarks import training, training_images, training_loops
from benchmarks.training_loops import LOOPS, Size

_CPU = torch.device("cpu")
_TINY = Size(40, 6, 5, 2, 16, c=3)


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_trains_an_epoch_and_says_how_long_it_took(name):
    if name == "Lightning":
        pytest.skip("its start-up takes seconds")
    assert LOOPS[name](_TINY, _CPU)() > 0


@pytest.mark.parametrize("name", training_images.LOOPS)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_loop_on_photographs_does(name, precision):
    size = training_images.Size(20, 4, 1, 16, precision)
    assert training_images.LOOPS[name](size, _CPU)() > 0


def test_the_networks_are_the_same():
    net = training_loops.network(_TINY, _CPU)
    plain = training_loops.plain_network(_TINY, _CPU)
    x, _ = training_loops.samples(_TINY, _CPU)
    for own, other in zip(net.parameters(), plain.parameters(), strict=True):
        assert own.shape == other.shape
        with torch.no_grad():
            other.copy_(own)
    assert torch.allclose(net(x[0]), plain(x[0]), atol=1e-6)


def test_tables_have_a_row_for_each_of_the_compared():
    epochs = {name: training_loops.ours(_TINY, _CPU) for name in ("ours", "another")}
    loops = training.compare_loops(epochs, _TINY.n, 1)
    assert [row[0] for row in loops[1:]] == list(epochs)
    assert loops[1][2] == "1.00 [1.00, 1.00]"
    seeds = training.compare_seeds([_TINY], _CPU, 1)
    assert len(seeds) == 2 and len(seeds[0]) == len(seeds[1])


def test_ratios_are_within_a_turn():
    assert training.ratios([2.0, 6.0], [1.0, 2.0]) == [2.0, 3.0]
    assert training.spread([3.0, 1.0, 2.0]) == "2.00 [1.00, 3.00]"

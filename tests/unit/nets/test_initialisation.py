import math
from typing import Any

import pytest
import torch
from torch import nn

from deepfreq_core.config import InitConfig, NormalInit, PowerInit, StandardInit
from deepfreq_core.nets.initialisation import initialise

_IN, _OUT = 300, 200

# Standard deviation of the weights, from each scheme's definition.
_SCALES: list[tuple[InitConfig, float]] = [
    (StandardInit(name="pytorch"), 1 / math.sqrt(3 * _IN)),
    (StandardInit(name="glorot_uniform"), math.sqrt(2 / (_IN + _OUT))),
    (StandardInit(name="glorot_normal"), math.sqrt(2 / (_IN + _OUT))),
    (StandardInit(name="he_uniform"), math.sqrt(2 / _IN)),
    (StandardInit(name="he_normal"), math.sqrt(2 / _IN)),
    (StandardInit(name="lecun_normal"), math.sqrt(1 / _IN)),
    (NormalInit(std=0.3), 0.3),
    (PowerInit(t=0.5), 1 / math.sqrt(50)),
]


def _filled(config: InitConfig, seed: int = 0) -> nn.Linear:
    linear = nn.Linear(_IN, _OUT)
    generator = torch.Generator().manual_seed(seed)
    initialise(linear, config, first_width=50, generator=generator)
    return linear


@pytest.mark.parametrize(("config", "std"), _SCALES, ids=lambda value: getattr(value, "name", ""))
def test_scale_of_the_weights(config: InitConfig, std: float) -> None:
    weight = _filled(config).weight.detach()
    # 60,000 draws: the relative error of a standard deviation is about 1/√(2·60,000) = 0.3 %.
    assert float(weight.std()) == pytest.approx(std, rel=0.015)
    assert abs(float(weight.mean())) < 5 * std / math.sqrt(weight.numel())


@pytest.mark.parametrize("config", [NormalInit(std=0.3), PowerInit(t=0.5)])
def test_normal_and_power_draw_the_biases_as_well(config: InitConfig) -> None:
    layer = _filled(config)
    # 200 draws: 5 % relative error, four of them allowed
    weight_std, bias_std = (float(part.detach().std()) for part in (layer.weight, layer.bias))
    assert bias_std == pytest.approx(weight_std, rel=0.2)


@pytest.mark.parametrize("name", ["glorot_uniform", "he_normal", "lecun_normal", "orthogonal"])
def test_the_others_start_with_zero_biases(name: Any) -> None:
    assert not _filled(StandardInit(name=name)).bias.any()


def test_orthogonal_rows() -> None:
    weight = _filled(StandardInit(name="orthogonal")).weight.detach().double()
    assert torch.allclose(weight @ weight.T, torch.eye(_OUT, dtype=torch.float64), atol=1e-5)


def test_pytorch_is_what_linear_does_by_itself() -> None:
    torch.manual_seed(7)
    reference = nn.Linear(_IN, _OUT)
    ours = nn.Linear(_IN, _OUT)
    generator = torch.Generator().manual_seed(7)
    initialise(ours, StandardInit(name="pytorch"), first_width=_OUT, generator=generator)
    assert torch.equal(ours.weight, reference.weight)
    assert torch.equal(ours.bias, reference.bias)


def test_the_global_generator_is_left_alone() -> None:
    before = torch.get_rng_state()
    linear = nn.utils.skip_init(nn.Linear, 3, 4)
    initialise(linear, NormalInit(), first_width=4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(torch.get_rng_state(), before)

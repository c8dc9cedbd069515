"""One dimension: low frequencies first, and what keeps or breaks that order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deepfreq_core import config as configs
from deepfreq_core.chapters.frequency_principle import order
from deepfreq_core.chapters.frequency_principle.runs import TOGETHER
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.instruments.spectra.config import SpectraConfig
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.plan import Axis, Planned, sweep

BLOCKS = (0, TOGETHER)  # first seeds: twelve in two runs
_WIDTHS = (200, 200, 200, 100)
_DONE = 1e-3  # mean squared error at which every wave is learned
_SOURCE = "(Xu, Zhang & Xiao, arXiv:1807.01251; Xu, Zhang, Luo, Xiao & Ma, arXiv:1901.06523)"
_BASE = (
    "tanh 200-200-200-100, all first values from a normal distribution with variance 1/200, 101 "
    "points on [−3.1415, 3.1415], sin x + sin 3x + sin 5x, all points in every step of Adam at "
    "1e-4, squared error, at most 3,000 epochs, unless the case says otherwise; twelve seeds"
)


def base(n_points: int = 101, **training: Any) -> TrainConfig:
    """The authors' teaching notebook on fewer points."""
    return TrainConfig(
        data=configs.CosineData(
            frequencies=(1, 3, 5),
            phase="sin",
            lower=-3.1415,
            upper=3.1415,
            n_train=n_points,
            n_test=n_points,
        ),
        net=configs.MlpConfig(depth=len(_WIDTHS), widths=_WIDTHS, init=configs.PowerInit(t=0.5)),
        training=configs.TrainingConfig.model_validate({
            "optimizer": {"name": "adam", "learning_rate": 1e-4},
            "batch_size": None,
            "epochs": 3_000,
            "stop_loss": _DONE,
            **training,
        }),
        instruments={"spectra": SpectraConfig(n_frequencies=20, n_peaks=3)},
        n_seeds=TOGETHER,
    )


def _plan(axis: str, cases: Mapping[str, tuple[str, ...]]) -> list[Planned]:
    return sweep(base(), [Axis(axis, cases)], BLOCKS)


def _principle() -> list[Planned]:
    notebook = Axis("network", {"200-200-200-100": ("data.n_train=600",)})
    figure = Axis(
        "network",
        {
            "one layer of 8,000": (
                "net.widths=[8000]",
                "net.depth=1",
                "net.init.name=normal",
                "net.init.std=0.1",
                "data.n_train=201",
                "training.optimizer.learning_rate=0.0002",
                "training.epochs=20000",
            )
        },
    )
    return [*sweep(base(), [notebook], BLOCKS), *sweep(base(), [figure], BLOCKS[:1])]


_ACTIVATIONS = {
    "tanh": (),
    "ReLU": (
        "net.activation=relu",
        "net.init.name=pytorch",
        "training.optimizer.learning_rate=0.001",
    ),
    "sigmoid": ("net.activation=sigmoid",),
    "ELU": ("net.activation=elu",),
    "sin x": ("net.activation=sin",),
    "Ricker 0.3, zero start": (
        "net.activation=ricker",
        "net.ricker_width=0.3",
        "net.antisymmetric=true",
    ),
    "Ricker 0.1": ("net.activation=ricker", "net.ricker_width=0.1"),
    "sin 10x": ("net.activation=sin", "net.sin_frequency=10"),
}
_STDS = {
    f"{std:g}": ("net.init.name=normal", f"net.init.std={std}") for std in (0.0707, 0.2, 0.5, 1.0)
}
_LOSSES: dict[str, tuple[str, ...]] = {
    "squared error": (),
    "with derivative": ("training.loss=mse_derivative", "training.stop_loss=null"),
    "derivative alone": ("training.loss=derivative", "training.stop_loss=null"),
}
_STEPS: dict[str, tuple[str, ...]] = {
    "Adam, all samples": (),
    "Adam, batches of 20": ("training.batch_size=20",),
    "SGD with momentum": (
        "training.optimizer.name=sgd",
        "training.optimizer.learning_rate=0.02",
        "training.optimizer.momentum=0.9",
    ),
}

_REFUTED = (
    "Half of the seeds or more of a case that should be in order learn a higher frequency first or "
    "together with a lower one; or most seeds of a case whose order should be gone keep it."
)


def _factor(
    slug: str, title: str, paper: str, axis: str, cases: Mapping[str, tuple[str, ...]],
    breaks: frozenset[str], minutes: float,
) -> Claim:  # fmt: skip
    return Claim(
        slug=slug,
        title=title,
        paper=paper,
        settings=f"Our reading: {_BASE}. A frequency is learned when its error falls below 10 %.",
        refuted_by=_REFUTED,
        data="",
        minutes=minutes,
        plan=lambda: _plan(axis, cases),
        reads=order.READS,
        find=order.finder(axis, breaks),
    )


CLAIMS = (
    Claim(
        slug="f-principle-1d",
        title="Low frequencies are learned first",
        paper=(
            "Networks fit a target from low to high frequencies: of sin x + sin 3x + sin 5x the "
            f"first wave is learned first and the last one last {_SOURCE}."
        ),
        settings=(
            "The authors' notebook (tanh 200-200-200-100, variance 1/200, 600 points, Adam 1e-4, "
            "full batches, 3,000 epochs at most) and the paper's first figure (one tanh layer of "
            "8,000, normal with 0.1, 201 points, Adam 2e-4, 20,000 epochs at most). Seeds, the "
            "stop at a loss of 1e-3 and the 10 % are ours; twelve seeds, and six of the wide one."
        ),
        refuted_by="A higher frequency learned first, or together with a lower one, in most seeds.",
        data="",
        minutes=12,
        plan=_principle,
        reads=order.READS,
        find=order.finder("network"),
    ),
    _factor(
        "f-principle-activations",
        "Which activations keep low frequencies first",
        "The order is that of activations whose own spectrum falls with frequency; with one that "
        "peaks at a high frequency, such as a narrow Ricker function or sin 10x, it is lost (the "
        "authors' book; which settings they used is read off their code).",
        "activation",
        _ACTIVATIONS,
        frozenset({"Ricker 0.1", "sin 10x"}),
        14,
    ),
    _factor(
        "f-principle-initialisation",
        "Large first weights break the order",
        "With small first weights low frequencies dominate the gradient exponentially; with large "
        "ones the priority is lost (arXiv:1901.06523, section on the mechanism; the widths are "
        "our reading).",
        "standard deviation",
        _STDS,
        frozenset({"0.5", "1"}),
        6,
    ),
    _factor(
        "f-principle-losses",
        "Derivatives in the loss favour high frequencies",
        "A term with the derivative has a weight of k² in Fourier space, so that high frequencies "
        "gain (the authors' development branch and book; settings are our reading).",
        "loss",
        _LOSSES,
        frozenset({"with derivative", "derivative alone"}),
        7,
    ),
    _factor(
        "f-principle-optimisers",
        "The order is not the optimiser's",
        "Low frequencies come first for different optimisers, with full batches and small ones "
        "(arXiv:1807.01251, abstract; settings are our reading).",
        "training",
        _STEPS,
        frozenset(),
        8,
    ),
)

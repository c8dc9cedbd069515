"""Paper 1's principle: after training, deeper layers hold lower frequencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from deepfreq_core import config as configs
from deepfreq_core.chapters.deep_frequency.layer_order import (
    frequency_by_layer,
    in_words,
    order_at,
    order_row,
)
from deepfreq_core.chapters.deep_frequency.settings import measured
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.instruments.layers.trace import Trace, Traces, by_case
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.finding import Finding
from deepfreq_core.studies.plan import Axis, Planned, sweep
from deepfreq_core.studies.verdict import OrderSummary, Verdict, combined

_FEW = 4
SEEDS = range(6)  # the fewest that can show an order to be more than chance (studies/verdict.py)

_PAPER = (
    "During training, the effective target function of a deeper hidden layer is biased towards "
    "lower frequency (Xu & Zhou, AAAI 2021, arXiv:2007.14313)."
)
_REFUTED = "Trained networks of one case whose deeper layers are not lower in most seeds."


# Values of net.init.name as people read them.
_INITIALISATIONS = {
    "pytorch": "PyTorch's default",
    "glorot_uniform": "Glorot uniform",
    "glorot_normal": "Glorot normal",
    "he_normal": "He normal",
    "lecun_normal": "LeCun normal",
    "orthogonal": "orthogonal",
}


def initialisations(*names: str) -> Axis:
    """An axis along the initialisation, labelled in words."""
    return Axis("init", {_INITIALISATIONS[name]: (f"net.init.name={name}",) for name in names})


def digits_config(epochs: int = 60) -> TrainConfig:
    """The embedded data set with five hidden tanh layers: small enough for many seeds."""
    return TrainConfig(
        data=configs.DigitsData(),
        net=configs.MlpConfig(depth=5, width=200),
        training=configs.TrainingConfig(
            optimizer=configs.AdamConfig(learning_rate=1e-4), batch_size=64, epochs=epochs
        ),
        **measured(n_samples=750, every=5),
    )


def scale_free(*, n_samples: int, every: int) -> dict[str, Any]:
    """Distances in units of their median, on a grid that shows any network: fair between cuts."""
    return measured(
        n_samples=n_samples,
        every=every,
        normalize="median_distance",
        lower=0.1,
        upper=200,
        spacing="log",
    )


def _digits() -> list[Planned]:
    inits = initialisations("pytorch", "glorot_uniform")
    return sweep(digits_config(), [inits], SEEDS)


def _initialisations() -> list[Planned]:
    inits = initialisations("lecun_normal", "orthogonal", "he_normal")
    return sweep(digits_config(), [inits], SEEDS)


def _images(name: Literal["mnist", "fashion_mnist"]) -> TrainConfig:
    """The paper's experiment on images of this data set, measured where its curves rise."""
    return TrainConfig(
        data=configs.ImageData(name=name, n_train=30_000, n_test=2_000),
        net=configs.MlpConfig(depth=5, width=500),
        training=configs.TrainingConfig(epochs=40, stop_loss=0.01),
        **measured(upper=0.5, n_grid=51, every=5),
    )


def _mnist() -> list[Planned]:
    readings = Axis(
        "reading",
        {
            "learning rate 1e-4": (),
            "started from Glorot": ("net.init.name=glorot_uniform",),
            "learning rate 1e-5": (
                "training.optimizer.learning_rate=1e-5",
                "training.epochs=300",
                "measure.every=25",
            ),
        },
    )
    return sweep(_images("mnist"), [readings], SEEDS)


def _fashion() -> list[Planned]:
    return sweep(_images("fashion_mnist"), [Axis("data", {"Fashion-MNIST": ()})], SEEDS)


def _other_networks(patch: int) -> Axis:
    return Axis(
        "network",
        {
            "small conv net": ("net.name=cnn", "net.channels=[16,32,64]", "net.hidden_width=128"),
            "VGG16, 1/8 width": ("net.name=vgg16", "net.width=8", "net.hidden_width=128"),
            "ResNet, 1/8 width": (
                "net.name=resnet",
                "net.width=16",
                "net.channels=equal",
            ),
            "Vision Transformer": ("net.name=vit", "net.width=64", f"net.patch={patch}"),
        },
    )


def _classifying(epochs: int, rate: float) -> configs.TrainingConfig:
    return configs.TrainingConfig(
        loss="cross_entropy",
        optimizer=configs.AdamConfig(learning_rate=rate),
        batch_size=64,
        epochs=epochs,
    )


def _architectures() -> list[Planned]:
    base = TrainConfig(
        data=configs.DigitsData(),
        training=_classifying(30, 5e-4),
        **measured(n_samples=750, every=5, normalize="median_distance", spacing="log", n_grid=60),
    )
    return sweep(base, [_other_networks(patch=2)], SEEDS)


def _architectures_on_photographs() -> list[Planned]:
    base = TrainConfig(
        data=configs.ImageData(name="cifar10", n_train=2_000, n_test=1_000),
        training=_classifying(40, 1e-3),
        **scale_free(n_samples=1_000, every=10),
    )
    return sweep(base, [_other_networks(patch=4)], SEEDS)


def find_orders(axis_name: str, traces: Sequence[Trace]) -> Finding:
    """One row a case; the claim holds where it holds in every case."""
    cases = by_case(traces, axis_name)
    rows = [order_row(name, runs) for name, runs in cases.items()]
    after = {name: order_at(runs, -1) for name, runs in cases.items()}
    shown = after
    if len(after) > _FEW:  # the table has them all; the words are for those that stand out
        shown = {name: one for name, one in after.items() if one.verdict is not Verdict.HOLDS}
    return Finding(
        verdict=combined(one.verdict for one in after.values()),
        sentence=_sentence(_how_many_hold(after), len(after), shown),
        rows=rows,
        charts=tuple(frequency_by_layer(name, runs) for name, runs in cases.items()),
        n_runs=len(traces),
    )


def _how_many_hold(cases: Mapping[str, OrderSummary]) -> str:
    if all(one.correlations.size < len(SEEDS) for one in cases.values()):
        return f"Too few seeds to tell: {len(SEEDS)} of each case are needed"
    n_hold = sum(one.verdict is Verdict.HOLDS for one in cases.values())
    if n_hold == len(cases):
        return "Deeper is lower after training"
    if n_hold == 0:
        return "Deeper is not shown to be lower after training"
    return f"Deeper is lower after training in {n_hold} of {len(cases)} cases"


def _sentence(start: str, n_cases: int, shown: Mapping[str, OrderSummary]) -> str:
    if not shown:
        return f"{start}, in each of the {n_cases} cases."
    which = "" if len(shown) == n_cases else f" in the {len(shown)} of {n_cases} that do not hold"
    words = "; ".join(f"{name} {in_words(summary)}" for name, summary in shown.items())
    return f"{start}. Rank correlation of depth with low frequency{which}: {words}."


CLAIMS = (
    Claim(
        slug="layers-digits",
        title="Deeper layers hold lower frequencies: digits",
        paper=_PAPER,
        settings=(
            "The embedded digits, tanh 64-200×5-10, mean squared error, Adam 1e-4, batch 64, 60 "
            "epochs; two usual initialisations. All of it is our choice: the paper has no such "
            "data."
        ),
        refuted_by=_REFUTED,
        data="digits",
        minutes=1,
        plan=_digits,
        reads=Traces(),
        find=lambda traces: find_orders("init", traces),
    ),
    Claim(
        slug="layers-initialisation",
        title="Does it hold for every initialisation?",
        paper="The paper names no initialisation.",
        settings=(
            "As for digits, from three more initialisations. He's is made for ReLU: for tanh it "
            "is too large by √2, and layers start saturated."
        ),
        refuted_by=_REFUTED,
        data="digits",
        minutes=1,
        plan=_initialisations,
        reads=Traces(),
        find=lambda traces: find_orders("init", traces),
    ),
    Claim(
        slug="layers-mnist",
        title="Deeper layers hold lower frequencies: MNIST",
        paper=_PAPER + " Shown there on MNIST with five hidden tanh layers of 500.",
        settings=(
            "Images, network, loss, optimiser, batch and stop as in the paper: 30,000 images, "
            "until the loss is below 0.01, at most 40 epochs (300 at 1e-5). The learning rate can "
            "be read as 1e-4 or 1e-5, and no initialisation is named: each reading has its runs. "
            "2,000 measured samples and the grid are ours."
        ),
        refuted_by=_REFUTED,
        data="mnist",
        minutes=40,
        plan=_mnist,
        reads=Traces(),
        find=lambda traces: find_orders("reading", traces),
    ),
    Claim(
        slug="layers-fashion",
        title="Deeper layers hold lower frequencies: Fashion-MNIST",
        paper="The paper shows MNIST; clothes in place of digits are ours.",
        settings=(
            "As for MNIST at 1e-4. For the recorded runs the 70,000 images were divided anew into "
            "60,000 and 10,000, because their source did not tell the two apart."
        ),
        refuted_by=_REFUTED,
        data="fashion_mnist",
        minutes=8,
        plan=_fashion,
        reads=Traces(),
        find=lambda traces: find_orders("data", traces),
    ),
    Claim(
        slug="layers-architectures",
        title="Does it hold for other architectures?",
        paper="The paper shows fully connected networks and ResNet18 variants, no others.",
        settings=(
            "The embedded digits, cross-entropy, Adam 5e-4, 30 epochs; convolution features "
            "averaged to at most 4×4; distances scale-free (median_distance), because the cuts of "
            "these networks differ in dimension. Ours throughout."
        ),
        refuted_by=_REFUTED,
        data="digits",
        minutes=6,
        plan=_architectures,
        reads=Traces(),
        find=lambda traces: find_orders("network", traces),
    ),
    Claim(
        slug="layers-architectures-cifar10",
        title="Other architectures, on photographs",
        paper="The paper shows ResNet18 variants on CIFAR-10, no other network on photographs.",
        settings=(
            "2,000 CIFAR-10 images, cross-entropy, Adam 1e-3, batch 64, 40 epochs; cuts as for "
            "the digits. Reduced to what two cores do, and ours throughout."
        ),
        refuted_by=_REFUTED,
        data="cifar10",
        minutes=20,
        plan=_architectures_on_photographs,
        reads=Traces(),
        find=lambda traces: find_orders("network", traces),
    ),
)

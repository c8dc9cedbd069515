"""Paper 1's ResNet18 variants: frequency at the cut, and speed, against the number of stages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from deepfreq_core import config as configs
from deepfreq_core.chapters.deep_frequency.layer_order import frequencies, in_words
from deepfreq_core.chapters.deep_frequency.layers import SEEDS, scale_free
from deepfreq_core.experiments.train.config import TrainConfig
from deepfreq_core.instruments.layers.trace import Trace, Traces, by_case, table
from deepfreq_core.records import Float64
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.finding import ALONE, Chart, Curve, Finding
from deepfreq_core.studies.plan import Axis, Planned, axis, sweep
from deepfreq_core.studies.verdict import OrderSummary, Verdict, combined, summarize_order
from deepfreq_core.training.learning import Learning

_READING = (
    "Block counts, the cut (last stage averaged to 4×4) and equal channels in all stages are our "
    "reading."
)
_REDUCED = (
    "Four variants of 1 to 4 stages with the same stem and learning component; 3,000 CIFAR-10 "
    f"images, 16 channels, 15 epochs, Adam 1e-3, batch 128, cross-entropy: reduced. {_READING}"
)
_PAPER_SIZE = (
    "As above at the paper's size: 40,000 CIFAR-10 images, 64 channels, 80 epochs, Adam, batch "
    "256, the learning rate lowered after epochs 40 and 60, products in bfloat16. The rates 1e-3, "
    f"1e-4, 1e-5 are our reading of 10e-3 and so on. {_READING}"
)
_FAIR = "equal channels, scale-free"


def _reduced() -> TrainConfig:
    return TrainConfig(
        data=configs.ImageData(name="cifar10", n_train=3_000, n_test=1_000),
        net=configs.ResNetConfig(width=16, channels="equal"),
        training=configs.TrainingConfig(
            loss="cross_entropy",
            optimizer=configs.AdamConfig(learning_rate=1e-3),
            batch_size=128,
            epochs=15,
        ),
        **scale_free(n_samples=1_000, every=3),
    )


def _paper_size() -> TrainConfig:
    return TrainConfig(
        data=configs.ImageData(name="cifar10", n_train=40_000, n_test=10_000),
        net=configs.ResNetConfig(width=64, channels="equal"),
        training=configs.TrainingConfig(
            loss="cross_entropy",
            optimizer=configs.AdamConfig(learning_rate=1e-3),
            schedule=configs.StepRate(epochs=(40, 60), factor=0.1),
            batch_size=256,
            epochs=80,
            precision="bfloat16",
        ),
        **scale_free(n_samples=2_000, every=10),
    )


def _plan(base: TrainConfig) -> list[Planned]:
    stages = axis("stages", "net.stages", [1, 2, 3, 4])
    trained = Axis(
        "comparison", {_FAIR: (), "doubling channels, scale-free": ("net.channels=doubling",)}
    )
    # Untrained networks only: enough to see what the number of dimensions does by itself.
    trap = Axis(
        "comparison",
        {
            "doubling channels, scaled by maximum, untrained": (
                "net.channels=doubling",
                "instruments.layers.normalize=max_abs",
                "training.schedule.name=constant",
                "training.epochs=0",
            )
        },
    )
    return sweep(base, [trained, stages], SEEDS) + sweep(base, [trap, stages], SEEDS)


def _at_the_cut(runs: Sequence[Trace], index: int) -> Float64:
    """Frequency that the learning component gets, (seeds, stages)."""
    return table(runs, "stages", lambda one: float(frequencies(one)[index, -1]))


def _learned_in_all(runs: Sequence[Trace]) -> list[Trace]:
    """Runs of the seeds of which every variant has learned something."""
    stuck = {one.seed for one in runs if one.learning is not Learning.LEARNED}
    return [one for one in runs if one.seed not in stuck]


def _last(name: str, one: Trace) -> float:
    return float(one.scalars[name][-1])


def _curve(name: str, values: Float64, depth: float | None) -> Curve:
    shown = np.where(np.isinf(values), np.nan, values)
    return Curve(
        name,
        np.arange(float(values.shape[1])),
        np.median(shown, axis=0),
        shown.min(axis=0),
        shown.max(axis=0),
        depth,
    )


def _row(comparison: str, when: str, order: OrderSummary) -> Mapping[str, str]:
    return {
        "comparison": comparison,
        "when": when,
        "more stages, lower frequency": in_words(order),
        "": order.verdict.value,
    }


def _find_frequency(traces: Sequence[Trace]) -> Finding:
    rows, charts = [], []
    verdict, words = Verdict.UNCLEAR, "no run yet."
    for comparison, runs in by_case(traces, "comparison").items():
        before = _at_the_cut(runs, 0)
        if before.size == 0:
            continue
        rows.append(_row(comparison, "before training", summarize_order(-before)))
        curves = [_curve("before training", before, None)]
        if any(one.epoch[-1] > 0 for one in runs):
            counted = _learned_in_all(runs)
            after = _at_the_cut(counted, -1)
            order = summarize_order(-after)
            moved = summarize_order(np.log(_at_the_cut(counted, 0)) - np.log(after))
            rows.append(_row(comparison, "after training", order))
            rows.append(_row(comparison, "by training: before over after", moved))
            if after.size:
                curves.append(_curve("after", after, 1.0))
            if comparison == _FAIR:
                verdict = combined((order.verdict, moved.verdict))
                words = f"{in_words(order)}; with how far training lowers it: {in_words(moved)}."
        charts.append(
            Chart(
                comparison,
                "stages",
                "equivalent frequency",
                tuple(curves),
                x_ticks=tuple(by_case(runs, "stages")),
            )
        )
    return Finding(
        verdict=verdict,
        sentence=(
            f"Rank correlation of stages with low frequency at the cut, after training: {words} "
            "The verdict asks for both, because untrained variants are partly in that order even "
            "at equal dimension. With doubling channels scaled by their maximum they are wholly "
            "in it, because distances grow with the number of dimensions: that comparison would "
            "prove nothing. Doubling channels in units of the median distance, ResNet18's own "
            "widths, stand beside them without a say."
        ),
        rows=rows,
        charts=tuple(charts),
        n_runs=len(traces),
    )


def _find_speed(traces: Sequence[Trace]) -> Finding:
    runs = by_case(traces, "comparison").get(_FAIR, [])
    rows, charts, orders = [], [], {}
    for name, words, sign in (
        ("train_loss", "training loss", -1),
        ("test_accuracy", "test accuracy", 1),
    ):
        values = table(runs, "stages", partial(_last, name))
        if values.size == 0:
            continue
        orders[name] = summarize_order(sign * values)
        charts.append(
            Chart(
                f"{words} at the last epoch",
                "stages",
                words,
                (_curve("median, least to most", values, ALONE),),
                x_ticks=tuple(by_case(runs, "stages")),
            )
        )
        rows += [
            {"measure": words, "stages": str(stage), "median": f"{value:.3f}"}
            for stage, value in enumerate(np.median(values, axis=0), start=1)
        ]
    return Finding(
        verdict=combined(order.verdict for order in orders.values()),
        sentence="Rank correlation of stages with "
        + "; ".join(
            f"{'lower training loss' if name == 'train_loss' else 'test accuracy'} {in_words(o)}"
            for name, o in orders.items()
        )
        + ". The paper says both, and so must the verdict. Where only the training loss follows "
        "depth, deeper variants fit their images faster and generalise no better: with few images "
        "they overfit.",
        rows=rows,
        charts=tuple(charts),
        n_runs=len(runs),
    )


def _claims(
    suffix: str,
    where: str,
    settings: str,
    base: Callable[[], TrainConfig],
    minutes: float | None,
) -> tuple[Claim, Claim]:
    frequency = Claim(
        slug=f"resnet-frequency{suffix}",
        title=f"Deeper ResNet variants: lower frequency at the learning component{where}",
        paper=(
            "The deeper the ResNet18 variant, the further left its RDF; the gap opens during "
            "training (Xu & Zhou, AAAI 2021, as we remember the figure)."
        ),
        settings=settings,
        refuted_by=(
            "At equal dimension, variants with more stages at the same or higher frequency, or no "
            "lower by training than variants with fewer."
        ),
        data="cifar10",
        minutes=minutes,
        plan=lambda: _plan(base()),
        reads=Traces(),
        find=_find_frequency,
    )
    speed = Claim(
        slug=f"resnet-speed{suffix}",
        title=f"Deeper ResNet variants learn faster{where}",
        paper=(
            "Deeper variants have higher training and validation accuracy at the same epoch "
            "(as we remember the figure)."
        ),
        settings=settings,
        refuted_by=(
            "At the same epoch, a training loss that does not fall with the number of stages, or "
            "a test accuracy that does not rise."
        ),
        data="cifar10",
        minutes=minutes,
        plan=frequency.plan,
        reads=Traces(),
        find=_find_speed,
        evidence=frequency.slug,
    )
    return frequency, speed


CLAIMS = (
    *_claims("", "", _REDUCED, _reduced, minutes=25),
    *_claims("-paper-size", ", at the paper's size", _PAPER_SIZE, _paper_size, minutes=None),
)

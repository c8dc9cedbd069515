"""What the order of frequencies does for unseen points: early stopping, smoothness, parity.

Chosen before the runs. *Early stopping*: a seed agrees where the test loss at the end is above the
least one by more than a tenth, and the least one comes in the first half of training, while the
training loss is still above half of the noise's variance: the noise is not learned yet.
*Smoothness*: a curve is smooth where its total variation between the ends is below 1.25 times that
of the sine it was given ten points of (a wiggle of a tenth of its height between every two points
adds 0.2 to each of nine gaps, whose variation is 0.44 on average). *Parity*: a seed fails where it
fits its points (loss below 1e-2), has a squared error above 0.8 on all points, which the mean has
that knows the 180 or so points it was shown, and less than half of the target's amplitude at the
target's frequency.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from deepfreq_core import config as configs
from deepfreq_core.chapters.frequency_principle import order
from deepfreq_core.chapters.frequency_principle.runs import (
    TOGETHER,
    SeedRun,
    SeedRuns,
    at_end,
    by_label,
)
from deepfreq_core.experiments.train.config import ScheduleConfig, TrainConfig
from deepfreq_core.instruments.output.config import OutputConfig
from deepfreq_core.instruments.spectra.config import SpectraConfig
from deepfreq_core.records import Float64
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.finding import Chart, Curve, Finding
from deepfreq_core.studies.plan import Axis, Planned, sweep
from deepfreq_core.studies.verdict import Verdict, combined

_NOISE = 0.2
_SMOOTH = 1.25
_FITTED = 1e-3  # a training loss below it: the ten points are met within 0.03
_CURVE, _VARIATION, _X = "output/curve", "output/variation", "output/x"


def noisy(epochs: int = 30_000) -> TrainConfig:
    """A sine with noise, as in the authors' book."""
    return TrainConfig(
        data=configs.CosineData(
            frequencies=(1,),
            phase="sin",
            lower=-10,
            upper=10,
            noise=_NOISE,
            n_train=100,
            n_test=100,
        ),
        net=configs.MlpConfig(depth=4, widths=(200, 200, 200, 100), init=configs.PowerInit(t=0.5)),
        training=configs.TrainingConfig(
            optimizer=configs.AdamConfig(learning_rate=1e-5), batch_size=None, epochs=epochs
        ),
        instruments={"spectra": SpectraConfig(n_frequencies=40, peaks=(3.0,))},
        n_seeds=TOGETHER,
    )


def _noisy_plan() -> list[Planned]:
    return sweep(noisy(), [Axis("target", {"sin x + noise": ()})], (0,))


def _find_early(runs: Sequence[SeedRun]) -> Finding:
    votes, minima, ratios = [], [], []
    curves: list[Curve] = []
    for run in runs:
        test, train = run.series["test_loss"], run.series["train_loss"]
        lowest = test.argmin(axis=0)
        for s, i in enumerate(lowest):
            ratio = float(test[-1, s] / test[i, s])
            late = run.at[i] <= 0.5 * run.at[-1] and train[i, s] > 0.5 * _NOISE**2
            votes.append(ratio > 1.1 and late)
            minima.append(float(run.at[i]))
            ratios.append(ratio)
        curves += [_median("training", run.at, train, 0.0), _median("test", run.at, test, 1.0)]
    k, n = sum(votes), len(votes)
    return Finding(
        verdict=order.verdict(k, n),
        sentence=(
            f"In {k} of {n} seeds the test loss is least in the first half of training, before the "
            f"noise is learned: at epoch {order.spread(np.array(minima))}; at the end it is "
            f"{np.median(ratios):.2f} times as high [{min(ratios):.2f}, {max(ratios):.2f}]."
            if n
            else "No runs."
        ),
        rows=[
            {
                "target": "sin x + noise 0.2",
                "least test loss at epoch": order.spread(np.array(minima)) if n else "–",
                "test loss at the end / least": f"{np.median(ratios):.2f}" if n else "–",
                "seeds": f"{k} of {n}",
            }
        ],
        charts=(
            Chart(
                title="Loss of six networks: median, least and most",
                x_title="epoch",
                y_title="mean squared error",
                curves=tuple(curves),
                x_log=True,
                y_log=True,
            ),
        ),
        n_runs=len(runs),
    )


def _median(name: str, at: Float64, values: Float64, depth: float) -> Curve:
    x = np.maximum(at, 0.5)
    low, middle, high = np.quantile(values, [0, 0.5, 1], axis=1)
    return Curve(name, x, middle, low, high, depth=depth)


def _smooth_plan() -> list[Planned]:
    one = TrainConfig(
        data=configs.CosineData(frequencies=(1,), phase="sin", n_train=10, n_test=201),
        net=configs.MlpConfig(depth=1, width=100, init=configs.NormalInit(std=0.1)),
        training=configs.TrainingConfig(
            optimizer=configs.SgdConfig(learning_rate=0.02),
            batch_size=None,
            epochs=100_000,
            stop_loss=1e-5,
        ),
        measure=ScheduleConfig(every=25_000),
        instruments={"output": OutputConfig(n_points=201)},
        n_seeds=TOGETHER,
    )
    depths = Axis("hidden layers", {str(n): (f"net.depth={n}",) for n in (1, 3, 5, 7)})
    return sweep(one, [depths], (0,))


def _find_smooth(runs: Sequence[SeedRun]) -> Finding:
    rows: list[Mapping[str, str]] = []
    verdicts, curves = [], []
    for place, (label, of_case) in enumerate(by_label(runs, "hidden layers").items()):
        x = of_case[0].fixed[_X]
        of_sine = np.abs(np.diff(np.sin(x))).sum()
        found = at_end(of_case, _VARIATION) / of_sine
        fitted = np.concatenate([run.series["train_loss"][-1] for run in of_case]) < _FITTED
        judged = found[fitted]
        k, n = int((judged < _SMOOTH).sum()), judged.size
        verdicts.append(order.verdict(k, n))
        rows.append({
            "hidden layers": label,
            "seeds that fit": f"{n} of {found.size}",
            "smooth": f"{k} of {n}",
            "variation / that of the sine": _range(judged),
        })
        curve = at_end(of_case, _CURVE)[0]
        curves.append(Curve(f"{label} layers", x, curve, depth=place / 3))
    said = "; ".join(
        f"{row['hidden layers']} layers {row['variation / that of the sine']}" for row in rows
    )
    return Finding(
        verdict=combined(verdicts) if verdicts else Verdict.UNCLEAR,
        sentence=(
            f"Total variation between ten points of a sine, in units of the sine's: {said or '–'}. "
            "Networks that do not fit the points are not judged."
        ),
        rows=rows,
        charts=(
            Chart(
                title="What networks put between ten points of sin x",
                x_title="x",
                y_title="output, first seed",
                curves=tuple(curves),
            ),
        ),
        n_runs=len(runs),
    )


def parity(epochs: int = 1_000) -> TrainConfig:
    """Parity of ten inputs from 200 random points."""
    return TrainConfig(
        data=configs.ParityData(dimensions=10, n_train=200),
        net=configs.MlpConfig(depth=2, widths=(500, 100), init=configs.NormalInit(std=0.05)),
        training=configs.TrainingConfig(
            optimizer=configs.AdamConfig(learning_rate=5e-4), batch_size=None, epochs=epochs
        ),
        instruments={
            "spectra": SpectraConfig(
                direction="ones",
                samples="test",
                n_samples=20_000,
                highest=0.25 * math.sqrt(10),
                peaks=(0.25 * math.sqrt(10),),
                n_frequencies=41,
            )
        },
        n_seeds=TOGETHER,
    )


def _parity_plan() -> list[Planned]:
    return sweep(parity(), [Axis("target", {"parity of 10": ()})], (0,))


def _find_parity(runs: Sequence[SeedRun]) -> Finding:
    amplitudes = [
        run.last["spectra/amplitude"][:, -1] / run.fixed["spectra/target_amplitude"][-1]
        for run in runs
    ]
    spurious = [run.last["spectra/amplitude"][:, :11].max(axis=1) for run in runs]
    train = [run.series["train_loss"][-1] for run in runs]
    test = [run.series["test_loss"][-1] for run in runs]
    # Of ±1 targets the mean is 0: whoever answers it has a squared error of 1 on unseen points.
    votes = [
        bool(fits < 1e-2 and off > 0.8 and share < 0.5)
        for part in zip(train, test, amplitudes, strict=True)
        for fits, off, share in zip(*part, strict=True)
    ]
    k, n = sum(votes), len(votes)
    curves = []
    for run in runs:
        x = run.fixed["spectra/frequency"]
        curves += [
            Curve("target", x, run.fixed["spectra/target_amplitude"]),
            _band("network on all points", x, run.last["spectra/amplitude"]),
        ]
    joined = [
        np.concatenate(part) if part else np.empty(0) for part in (amplitudes, spurious, test)
    ]
    return Finding(
        verdict=order.verdict(k, n),
        sentence=(
            f"In {k} of {n} seeds the network fits its 200 points and is no better than the mean "
            f"elsewhere (squared error {_range(joined[2])} on all points): at the target's "
            f"frequency it has {_range(joined[0])} of the target's amplitude, below a quarter of "
            f"that frequency {_range(joined[1])} where the target has none."
            if n
            else "No runs."
        ),
        rows=[
            {
                "target": "parity of 10 inputs",
                "squared error on all points": _range(joined[2]),
                "amplitude at the target's frequency": _range(joined[0]),
                "largest amplitude at low frequency": _range(joined[1]),
                "seeds that fail": f"{k} of {n}",
            }
        ],
        charts=(
            Chart(
                title="Spectrum along (1, …, 1), all 1,024 points",
                x_title="frequency (cycles a unit)",
                y_title="amplitude",
                curves=tuple(curves),
            ),
        ),
        n_runs=len(runs),
    )


def _band(name: str, x: Float64, values: Float64) -> Curve:
    low, middle, high = np.quantile(values, [0, 0.5, 1], axis=0)
    return Curve(name, x, middle, low, high, depth=1.0)


def _range(values: Float64) -> str:
    if not values.size:
        return "–"
    return f"{np.median(values):.2f} [{values.min():.2f}, {values.max():.2f}]"


CLAIMS = (
    Claim(
        slug="early-stopping",
        title="Noise is learned last, so stopping early helps",
        paper=(
            "Noise lies at all frequencies, the target at low ones: the target is learned first, "
            "the test loss is least then, and rises while the noise is learned (the authors' book; "
            "arXiv:1901.06523, section on generalisation)."
        ),
        settings=(
            "The book's: sin x plus noise of 0.2, 100 points on [−10, 10], test points with noise "
            "of their own, tanh 200-200-200-100 with variance 1/200, Adam 1e-5 with all points, "
            "30,000 epochs; six seeds. Test points within the ends are our reading."
        ),
        refuted_by="A test loss that is least late, or does not rise by a tenth, in most seeds.",
        data="",
        minutes=15,
        plan=_noisy_plan,
        reads=SeedRuns(series=("test_loss",)),
        find=_find_early,
    ),
    Claim(
        slug="smooth-whatever-the-depth",
        title="Interpolation is smooth whatever the depth",
        paper="Between few points a network is smooth with one layer or seven (the authors' book).",
        settings=(
            "The book's: ten points of sin x on [−π, π], tanh layers of 100, normal with 0.1, "
            "gradient descent at 0.02, 100,000 steps at most; six seeds. The stop at 1e-5 instead "
            "of 1e-6, output biases and the measure of smoothness are ours."
        ),
        refuted_by="Wiggles between the points in most seeds of a depth.",
        data="",
        minutes=10,
        plan=_smooth_plan,
        reads=SeedRuns(last=(_CURVE, _VARIATION), fixed=(_X,)),
        find=_find_smooth,
    ),
    Claim(
        slug="parity-fails",
        title="Parity has no low frequency, and is not generalised",
        paper=(
            "Parity lies at a high frequency alone; a network that prefers low ones fits a sample "
            "of it and fails elsewhere, with spurious low frequencies (arXiv:1901.06523)."
        ),
        settings=(
            "The paper's: ten inputs, 200 points drawn with replacement, tanh 10-500-100-1, normal "
            "with 0.05, Adam 5e-4 with all points, 1,000 steps; spectra along (1, …, 1) on all "
            "1,024 points; six seeds."
        ),
        refuted_by="Networks that are better than the mean on unseen points in most seeds.",
        data="",
        minutes=0.5,
        plan=_parity_plan,
        reads=SeedRuns(
            series=("test_loss",),
            last=("spectra/amplitude",),
            fixed=("spectra/frequency", "spectra/target_amplitude"),
        ),
        find=_find_parity,
    ),
)

"""Is it vanishing gradients? And does a precondition at low frequency really help?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from deepfreq_core.chapters.deep_frequency.layer_order import frequency_by_layer, in_words, order_at
from deepfreq_core.chapters.deep_frequency.layers import SEEDS, digits_config, scale_free
from deepfreq_core.chapters.deep_frequency.settings import measured
from deepfreq_core.instruments.layers.trace import Trace, Traces, by_case, table
from deepfreq_core.records import Float64
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.finding import Chart, Curve, Finding
from deepfreq_core.studies.plan import Axis, Planned, axis, sweep
from deepfreq_core.studies.verdict import OrderSummary, combined, summarize_order
from deepfreq_core.training.speed import epochs_to_loss, median_and_range

_AS_THE_PAPER = "as in the paper"
_VANISHED = 0.1  # first layer's gradient below this share of the last hidden layer's
# Mean squared errors on digits; guessing the mean gives 0.09. The first one every network of 20
# epochs has reached, so that its layers are asked for what they have learned; the second is beyond.
_REACHED, _BEYOND = 0.035, 0.03
_FROZEN = {"at first values": 0, "after 20 epochs": 20, "after 40 epochs": 40}  # by case
_TRAINED = [when for when, epoch in _FROZEN.items() if epoch]
_FREE_EPOCHS = 200  # for the learning component
_LEARNING_DEPTH = 2


def _vanishing_plan() -> list[Planned]:
    shapes = axis("network", "net.residual", [False, True])
    names = {"false": "plain", "true": "residual"}
    shapes = Axis("network", {names[label]: change for label, change in shapes.values.items()})
    activations = axis("activation", "net.activation", ["tanh", "sigmoid"])
    planned = []
    for distances, measure in (
        (_AS_THE_PAPER, measured(n_samples=750, every=5)),
        ("scale-free", scale_free(n_samples=750, every=5)),
    ):
        base = digits_config().model_copy(update=measure)
        planned += sweep(base, [Axis("distances", {distances: ()}), shapes, activations], SEEDS)
    return planned


def gradient_share(one: Trace) -> Float64:
    """Gradient norm of the first hidden layer over that of the last one, (t,)."""
    shares: Float64 = one.gradient_norm[:, 0] / one.gradient_norm[:, -2]
    return shares


def _find_vanishing(traces: Sequence[Trace]) -> Finding:
    rows: list[Mapping[str, str]] = []
    gradients, as_the_paper, beside = [], [], []
    asked: dict[str, OrderSummary] = {}
    for (distances, name), runs in _networks(traces).items():
        share = float(np.median([np.median(gradient_share(one)) for one in runs]))
        before, after = order_at(runs, 0), order_at(runs, -1)
        vanished = share < _VANISHED
        if distances == _AS_THE_PAPER:
            gradients.append(_gradient_chart(name, runs))
            as_the_paper.append(frequency_by_layer(name, runs))
            if not vanished:
                asked[name] = after
        else:
            beside.append(frequency_by_layer(f"{name}, {distances}", runs))
        rows.append({
            "network": name,
            "distances": distances,
            "gradient, first over last layer": f"{share:.2g}",
            "gradient": "vanishes" if vanished else "does not vanish",
            "training loss at the end": f"{_final_loss(runs):.3f}",
            "order before": in_words(before),
            "order after": in_words(after),
            "after": after.verdict.value,
        })
    words = "; ".join(f"{name} {in_words(order)}" for name, order in asked.items())
    return Finding(
        verdict=combined(order.verdict for order in asked.values()),
        sentence=(
            "Asked of the networks whose front layers keep a gradient of at least "
            f"{_VANISHED:g} of the last hidden layer's: are deeper layers lower after training "
            f"although nothing vanishes? Rank correlation of depth with low frequency: {words}. "
            "Distances as in the paper; the scale-free ones stand beside them without a say."
        ),
        rows=rows,
        charts=(*as_the_paper, *gradients, *beside),
        n_runs=len(traces),
    )


def _networks(traces: Sequence[Trace]) -> dict[tuple[str, str], list[Trace]]:
    """Runs by how distances are taken and by network."""
    return {
        (distances, f"{network}, {activation}"): runs
        for distances, of_distances in by_case(traces, "distances").items()
        for network, of_network in by_case(of_distances, "network").items()
        for activation, runs in by_case(of_network, "activation").items()
    }


def _final_loss(runs: Sequence[Trace]) -> float:
    return float(np.median([one.scalars["train_loss"][-1] for one in runs]))


def _gradient_chart(name: str, runs: Sequence[Trace]) -> Chart:
    curves = []
    for label, index, depth in (("before training", 0, None), ("after", -1, 1.0)):
        table = np.stack([one.gradient_norm[index] for one in runs])
        x = np.arange(1.0, table.shape[1] + 1)
        curves.append(Curve(label, x, np.median(table, 0), table.min(0), table.max(0), depth))
    return Chart(f"{name}: gradient", "layer of weights", "‖∂loss/∂W‖", tuple(curves), y_log=True)


def _freeze_plan() -> list[Planned]:
    base = digits_config()
    base = base.model_copy(update=measured(n_samples=750, every=2))
    layers = Axis(
        "frozen layers",
        {
            str(layer): (
                f"net.depth={layer + _LEARNING_DEPTH}",
                f'training.freeze={{"layer": {layer}, "epoch": 0}}',
            )
            for layer in range(5)
        },
    )
    epochs = Axis(
        "frozen",
        {
            when: (
                f"training.epochs={epoch + _FREE_EPOCHS}",
                f"training.freeze.epoch={epoch}",
            )
            for when, epoch in _FROZEN.items()
        },
    )
    return sweep(base, [layers, epochs], SEEDS)


def _epochs_after_freezing(target: float, one: Trace) -> float:
    start = _FROZEN[one.case["frozen"]]
    # The measurement at the freeze itself is of the network before it.
    later = one.scalar_epoch > start
    epochs = one.scalar_epoch[later] - start
    return epochs_to_loss(epochs, one.scalars["train_loss"][later], target)


def _find_freeze(traces: Sequence[Trace]) -> Finding:
    rows: list[Mapping[str, str]] = []
    curves: dict[float, list[Curve]] = {_REACHED: [], _BEYOND: []}
    orders: dict[float, dict[str, OrderSummary]] = {_REACHED: {}, _BEYOND: {}}
    for when, runs in by_case(traces, "frozen").items():
        cells: dict[str, dict[str, str]] = {}
        for target in (_REACHED, _BEYOND):
            epochs = table(runs, "frozen layers", partial(_epochs_after_freezing, target))
            if epochs.size == 0:
                continue
            orders[target][when] = summarize_order(-epochs)
            spread = np.array([median_and_range(column) for column in epochs.T])
            curves[target].append(_freeze_curve(when, spread))
            for label, found in zip(by_case(runs, "frozen layers"), spread.tolist(), strict=True):
                row = cells.setdefault(label, {"frozen": when, "frozen layers": label})
                row[f"epochs to {target:g}"] = _epochs_in_words(*found)
        rows += cells.values()
    return Finding(
        verdict=combined(
            orders[_REACHED][when].verdict for when in _TRAINED if when in orders[_REACHED]
        ),
        sentence=(
            "Rank correlation of the number of frozen layers with the speed of the same learning "
            f"component on top, to a loss of {_REACHED:g}, which the whole network had when its "
            f"trained layers were frozen: {_orders_in_words(orders[_REACHED])}. The verdict is "
            f"for trained layers and this loss. Beyond what they were trained to, at "
            f"{_BEYOND:g}: {_orders_in_words(orders[_BEYOND])}."
        ),
        rows=rows,
        charts=tuple(
            Chart(
                f"Learning on a frozen precondition to a loss of {target:g}",
                "frozen layers",
                f"epochs until loss ≤ {target:g}",
                tuple(of_target),
                y_log=True,
            )
            for target, of_target in curves.items()
        ),
        n_runs=len(traces),
    )


def _freeze_curve(when: str, spread: Float64) -> Curve:
    """Median, least and most, (layers, 3), against the number of frozen layers."""
    shown = np.where(np.isinf(spread), np.nan, spread)
    depth = _FROZEN[when] / max(_FROZEN.values()) or None
    x = np.arange(len(shown), dtype=np.float64)
    return Curve(when, x, shown[:, 0], shown[:, 1], shown[:, 2], depth)


def _epochs_in_words(middle: float, low: float, high: float) -> str:
    if math.isinf(middle):
        return "never"
    return f"{middle:.0f} ({low:.0f} to {'never' if math.isinf(high) else f'{high:.0f}'})"


def _orders_in_words(orders: Mapping[str, OrderSummary]) -> str:
    return "; ".join(f"frozen {when} {in_words(order)}" for when, order in orders.items())


CLAIMS = (
    Claim(
        slug="vanishing-gradients",
        title="It is not vanishing gradients",
        paper=(
            "The principle is separable from vanishing gradients (our memory of the paper's "
            "purpose; which network it used was not found)."
        ),
        settings=(
            "Plain and residual fully connected networks, tanh and sigmoid, on the embedded "
            "digits, five hidden layers of 200. Ours. Distances once as in the paper, each "
            "dimension over its largest amplitude, and once in units of their median. A gradient "
            "counts as vanished when the first layer's norm is below a tenth of the last hidden "
            "layer's (median over training)."
        ),
        refuted_by=(
            "A network whose gradients do not vanish and whose deeper layers are not lower after "
            "training."
        ),
        data="digits",
        minutes=3,
        plan=_vanishing_plan,
        reads=Traces(),
        find=_find_vanishing,
    ),
    Claim(
        slug="frozen-precondition",
        title="A trained precondition makes learning faster, to the loss it was trained to",
        paper=(
            "The pre-condition component gives the learning component a target of lower frequency, "
            "which is learned faster: the paper's explanation. The intervention is ours."
        ),
        settings=(
            "The embedded digits. The first l hidden layers are trained for 20 or 40 epochs inside "
            "a network of l + 2, then frozen; two fresh hidden layers and the output, the same "
            "for every l, learn on top. Control: layers frozen at their first values. The target "
            "was chosen after the runs were seen: 0.03, the first choice, lies below the loss of "
            "the networks of 20 epochs when their layers were frozen."
        ),
        refuted_by=(
            f"Learning on top of more trained layers that is not faster, to a loss of {_REACHED:g}."
        ),
        data="digits",
        minutes=16,
        plan=_freeze_plan,
        reads=Traces(),
        find=_find_freeze,
    ),
)

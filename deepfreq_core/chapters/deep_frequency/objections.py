"""Does the order survive another normalisation, width, grid, sample? One control each."""

from __future__ import annotations

from deepfreq_core.chapters.deep_frequency.layers import SEEDS, digits_config, find_orders
from deepfreq_core.instruments.layers.trace import Traces
from deepfreq_core.studies.claim import Claim
from deepfreq_core.studies.plan import Axis, Planned, sweep

# As they are, the layers' scales are decades apart: no evenly spaced grid shows all of them.
_NOT_NORMALISED = (
    "instruments.layers.normalize=none",
    "instruments.layers.spacing=log",
    "instruments.layers.lower=0.01",
    "instruments.layers.n_grid=100",
)
_CONTROLS = {
    "as it is": (),
    "no normalisation": _NOT_NORMALISED,
    "no normalisation, from Glorot": (*_NOT_NORMALISED, "net.init.name=glorot_uniform"),
    "standard": ("instruments.layers.normalize=standard",),
    "median distance": ("instruments.layers.normalize=median_distance",),
    "width 50": ("net.width=50",),
    "width 800": ("net.width=800",),
    "log grid": ("instruments.layers.spacing=log",),
    "grid to 5": ("instruments.layers.upper=5", "instruments.layers.n_grid=200"),
    "test samples": ("instruments.layers.samples=test",),
    "200 samples": ("instruments.layers.n_samples=200",),
    "1,500 samples": ("instruments.layers.n_samples=1500",),
    "ReLU": ("net.activation=relu",),
    "cross-entropy": ("training.loss=cross_entropy",),
}


_LABELS = {
    "right": (),
    "half of them shuffled": ("data.label_noise=0.5",),
    "all shuffled": ("data.label_noise=1.0",),
}


def _shuffled_plan() -> list[Planned]:
    base = digits_config(epochs=300)
    every = base.measure.model_copy(update={"every": 25})
    return sweep(base.model_copy(update={"measure": every}), [Axis("labels", _LABELS)], SEEDS)


def _plan() -> list[Planned]:
    return sweep(digits_config(), [Axis("control", _CONTROLS)], SEEDS)


CLAIMS = (
    Claim(
        slug="objections",
        title="Objections: does the order survive other choices?",
        paper=(
            "Results are said to be similar without normalisation; the other controls are ours."
        ),
        settings=(
            "The embedded digits, tanh 64-200×5-10, 60 epochs; one thing changed at a time: "
            "normalisation (without any, also from Glorot's initialisation), width, grid, measured "
            "samples, activation, loss."
        ),
        refuted_by="A control under which deeper layers are not lower after training.",
        data="digits",
        minutes=5,
        plan=_plan,
        reads=Traces(),
        find=lambda traces: find_orders("control", traces),
    ),
    Claim(
        slug="shuffled-labels",
        title="Control: deeper is lower with shuffled labels, too",
        paper=(
            "The papers do not make this control. Where it holds, the order by depth comes with "
            "any fit; where it does not, with labels that can be learned from, not memorised."
        ),
        settings=(
            "The embedded digits, tanh 64-200×5-10, Adam 1e-4, 300 epochs; none, half or all of "
            "the training labels shuffled among themselves. All of it is ours."
        ),
        refuted_by="A share of shuffled labels at which deeper layers are not lower.",
        data="digits",
        minutes=8,
        plan=_shuffled_plan,
        reads=Traces(),
        find=lambda traces: find_orders("labels", traces),
    ),
)

"""Does the order survive another normalisation, width, grid, sample? One control each."""

from __future__ import annotations

from deepfreq_core.claims.base import Claim
from deepfreq_core.claims.layers import SEEDS, digits_config, find_orders
from deepfreq_core.experiments.sweep import Axis, Planned, sweep

# As they are, the layers' scales are decades apart: no evenly spaced grid shows all of them.
_NOT_NORMALISED = (
    "measure.normalize=none",
    "measure.spacing=log",
    "measure.lower=0.01",
    "measure.n_grid=100",
)
_CONTROLS = {
    "as it is": (),
    "no normalisation": _NOT_NORMALISED,
    "no normalisation, from Glorot": (*_NOT_NORMALISED, "net.init.name=glorot_uniform"),
    "standard": ("measure.normalize=standard",),
    "median distance": ("measure.normalize=median_distance",),
    "width 50": ("net.width=50",),
    "width 800": ("net.width=800",),
    "log grid": ("measure.spacing=log",),
    "grid to 5": ("measure.upper=5", "measure.n_grid=200"),
    "test samples": ("measure.samples=test",),
    "200 samples": ("measure.n_samples=200",),
    "1,500 samples": ("measure.n_samples=1500",),
    "ReLU": ("net.activation=relu",),
    "cross-entropy": ("training.loss=cross_entropy",),
}


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
        find=lambda traces: find_orders("control", traces),
    ),
)

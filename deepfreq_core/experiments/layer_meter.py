"""Measuring every layer of one network: LFR and RDF, losses, accuracies, gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core import spectrum
from deepfreq_core.analysis.frequency import FLOOR, label_floor
from deepfreq_core.analysis.learning import MEAN_ANSWER
from deepfreq_core.config import MeasureConfig
from deepfreq_core.data import Dataset
from deepfreq_core.errors import ConfigError
from deepfreq_core.nets import Network
from deepfreq_core.nets.effective_target import layer_outputs
from deepfreq_core.records import RatioCurve
from deepfreq_core.training.losses import Loss, mean_answer_loss
from deepfreq_core.training.probe import evaluate, probe

Float64: TypeAlias = NDArray[np.float64]

_APART = 20  # of the usual 50 even steps two or three fall on a layer with a range so much smaller


class LayerMeter:
    """One fixed set of training samples, one fixed grid of 1/δ, and what is seen on them.

    The samples are a random subset of the training samples, `measure.n_samples` of them or all;
    training loss and accuracy are theirs as well. With `measure.samples = test` the filter sees as
    many test samples instead. The curve of the raw input (layer 0) never changes and is computed
    once.

    Attributes:
        backend: Name of the spectrum backend that sweeps.
        inverse_delta: The grid, (m,); empty until `choose_grid`.
        input_curves: LFR, RDF of the raw input and their standard errors, (4, m).
    """

    def __init__(
        self, config: MeasureConfig, data: Dataset, loss: Loss, *, seed: int, device: torch.device
    ) -> None:
        self.backend = spectrum.resolve_backend(config.backend)
        self.inverse_delta: Float64 = np.empty(0)
        self.input_curves: Float64 = np.empty((4, 0))
        self._config = config
        self._loss = loss
        n = len(data.x_train)
        rows = np.random.default_rng([seed, 1]).permutation(n)[: config.n_samples]
        self._x = torch.from_numpy(data.x_train[rows]).to(device)
        self._y = torch.from_numpy(data.y_train[rows]).to(device)
        self._labels = _to(data.labels_train, device, rows)
        self._x_test = torch.from_numpy(data.x_test).to(device)
        self._y_test = torch.from_numpy(data.y_test).to(device)
        self._labels_test = _to(data.labels_test, device)
        self._x_swept, self._y_swept = self._x, self._y
        if config.samples == "test":
            self._x_swept, self._y_swept = (
                part[: config.n_samples] for part in (self._x_test, self._y_test)
            )

    @property
    def n_samples(self) -> int:
        """Number of samples that the filter sees."""
        return len(self._x_swept)

    def label_facts(self, loss: str) -> dict[str, float]:
        """What the targets alone say: the bar for learning, and the floor of LFR.

        Args:
            loss: Name of the loss.

        Returns:
            Numbers by the names of the run's facts.
        """
        return {
            MEAN_ANSWER: mean_answer_loss(loss, self._y),
            FLOOR: label_floor(self._y_swept.cpu().numpy()),
        }

    def widths(self, net: Network) -> list[int]:
        """Sizes of layers 0…L."""
        return [layer.shape[1] for layer in _look(net, self._x[:1])]

    def choose_grid(self, net: Network) -> None:
        """Fix the grid, from the config or, where it leaves the upper end open, from the data."""
        self.set_grid(self.ranges(net))

    def ranges(self, net: Network) -> list[float]:
        """How far along 1/δ each hidden layer of this untrained network needs the grid."""
        if self._config.upper is not None:
            return []
        hidden = _look(net, self._x_swept)[1:]
        return [
            spectrum.automatic_range(h, self._y_swept, normalize=self._config.normalize)
            for h in hidden
        ]

    def set_grid(self, ranges: Sequence[float]) -> None:
        """Fix the grid, for layers that need it this far; see `grid_for`."""
        self.inverse_delta = grid_for(self._config, ranges)
        self.input_curves = _rows(self._sweep([self._x_swept])[0])

    def measure(self, net: Network) -> tuple[dict[str, float], dict[str, Float64]]:
        """Scalars and arrays of a measurement of the network as it is now."""
        net.eval()  # batch normalisation by its running means, and leaving them as they are
        seen = probe(net, self._x, self._y, self._labels, self._loss)
        test_loss, test_accuracy = evaluate(
            net, self._x_test, self._y_test, self._labels_test, self._loss
        )
        hidden = seen.hidden
        if self._x_swept is not self._x:
            hidden = layer_outputs(net, self._x_swept)[1:]
        net.train()
        curves = [self.input_curves, *(_rows(curve) for curve in self._sweep(hidden))]
        lfr, rdf, lfr_se, rdf_se = np.stack(curves, axis=1)
        scalars = {"train_loss": seen.loss, "test_loss": test_loss}
        if seen.accuracy is not None and test_accuracy is not None:
            scalars |= {"train_accuracy": seen.accuracy, "test_accuracy": test_accuracy}
        arrays = {
            "inverse_delta": self.inverse_delta,
            "lfr": lfr,
            "rdf": rdf,
            "gradient_norm": np.array(seen.gradient_norm, np.float64),
        }
        if np.any(lfr_se) or np.any(rdf_se):
            arrays |= {"lfr_se": lfr_se, "rdf_se": rdf_se}
        return scalars, arrays

    def _sweep(self, layers: Sequence[Tensor]) -> list[RatioCurve]:
        return spectrum.ratio_curves(
            layers,
            self._y_swept,
            self.inverse_delta,
            normalize=self._config.normalize,
            backend=self.backend,
            budget_s=self._config.budget_s,
        )


def grid_for(config: MeasureConfig, ranges: Sequence[float]) -> Float64:
    """A grid of 1/δ that shows every hidden layer, before training and after.

    An open upper end is the largest of the untrained hidden layers' own ranges: training moves
    them to lower frequencies. The raw input has no say, because with few dimensions it would need
    a grid many times as long; its curve is drawn as far as the grid goes. Even steps up to there
    leave no point to a layer whose range is a small share of it; `auto` then takes even ratios.

    Args:
        config: What the config says of the grid.
        ranges: Where LFR of each untrained hidden layer has risen (`automatic_range`); not used
            where the config gives the upper end.

    Returns:
        1/δ, (n_grid,).

    Raises:
        ConfigError: The grid would start above its end.
    """
    upper = max(ranges) if config.upper is None else config.upper
    is_log = config.spacing == "log"
    if config.spacing == "auto" and config.upper is None:
        is_log = upper > _APART * min(ranges)
    if not is_log:
        return spectrum.linear_grid(config.lower, upper, config.n_grid)
    lower = config.lower or min(upper / 1_000, min(ranges) / 100)
    if lower >= upper:
        raise ConfigError(
            f"measure.lower is {lower:g}, and the layers end at 1/δ = {upper:g}. Give a smaller "
            "one, or set measure.upper"
        )
    return np.geomspace(lower, upper, config.n_grid)


def _look(net: Network, x: Tensor) -> list[Tensor]:
    """Outputs of layers 0…L as they are measured: in evaluation mode."""
    net.eval()
    layers = layer_outputs(net, x)
    net.train()
    return layers


def _rows(curve: RatioCurve) -> Float64:
    errors = curve.standard_error or {}
    zero = np.zeros_like(curve.low_frequency_ratio)
    return np.stack([
        curve.low_frequency_ratio,
        curve.ratio_density,
        errors.get("low_frequency_ratio", zero),
        errors.get("ratio_density", zero),
    ])


def _to(
    labels: NDArray[np.int64] | None, device: torch.device, rows: NDArray[np.int64] | None = None
) -> Tensor | None:
    if labels is None:
        return None
    return torch.from_numpy(labels if rows is None else labels[rows]).to(device)

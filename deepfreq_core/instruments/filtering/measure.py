"""Measuring how much of the low and of the high part of the targets a network still misses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from deepfreq_core import lowpass
from deepfreq_core.data import Dataset
from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments.base import Sizes, State
from deepfreq_core.instruments.filtering.config import FilteringConfig
from deepfreq_core.instruments.filtering.split import (
    HIGH_JUDGED,
    Split,
    automatic_deltas,
    split,
)
from deepfreq_core.instruments.snapshot import MEASURED, Samples, Snapshot
from deepfreq_core.records import Float64, JsonValue
from deepfreq_core.schema import Coordinates

_FILTERED = f"{__package__}: samples"
# Time of one (pair of samples, δ) of the sweep with ten outputs, in floating-point operations of a
# large matrix product on the same cores: 200 to 220 measured for n = 2,500 and 5,000, m = 20 in
# even ratios; half of it in even steps (docs/benchmarks-filter.md).
_PAIR = 200.0
_SHARES = ("label_lfr", "self_weight", "high_share", "low_share")


class Filtering:
    """One fixed set of samples, one fixed grid of δ, and the errors of both parts there.

    Targets y, answers h, r = y − h, and the filter of `deepfreq_core.lowpass`:

        e_low = ‖r_low‖/‖y_low‖    e_low_centred = ‖r_low‖/‖y_low − ȳ‖    e_high = ‖r_high‖/‖y_high‖

    Args:
        config: The settings.
        n_seeds: Networks trained together, each with targets of its own.

    Source: Xu et al., arXiv:1901.06523, eq. 4–9. The centred form is ours: with classes the mean
    ȳ is most of y_low, and a network that knows only how often each class occurs has a small e_low
    at every δ.
    """

    gradients: frozenset[str] = frozenset()
    watches: frozenset[str] = frozenset()

    def __init__(self, config: FilteringConfig, *, n_seeds: int) -> None:
        self.backend = lowpass.resolve_backend(config.backend)
        self._config = config
        self._deltas: Float64 = np.empty(0)
        self._splits: list[Split] = []
        self._n_filtered = 0

    def samples(self, data: Dataset, *, seed: int, device: torch.device) -> Mapping[str, Samples]:
        """The set that the filter sees; of training samples the loss is told there too."""
        if self._config.samples == "test":
            chosen = Samples.of(data, "test", device, slice(self._config.n_samples))
            self._n_filtered = len(chosen.x)
            return {_FILTERED: chosen}
        n = min(self._config.n_samples, len(data.x_train))
        rows = np.random.default_rng([seed, 1]).permutation(len(data.x_train))[:n]
        chosen = Samples.of(data, "train", device, rows)
        self._n_filtered = n
        return {_FILTERED: chosen, MEASURED: chosen}

    def begin(self, snapshots: Sequence[Snapshot]) -> Coordinates:
        """δ from the settings or from the first seed's data, and what each δ does to the targets.

        Raises:
            ConfigError: The targets are the same for all samples.
        """
        lowpass.warm_up(self.backend)
        sets = [(one.samples[_FILTERED].x, _targets(one)) for one in snapshots]
        x, y = sets[0]
        if not np.ptp(y, axis=0).any():
            raise ConfigError(
                f"all {len(y)} measured targets are the same: there is no frequency in them. "
                "Raise instruments.filtering.n_samples, or change data"
            )
        how = {"method": self._config.normalize, "backend": self.backend}
        given = self._config.deltas
        self._deltas = (
            automatic_deltas(x, y, self._config.n_grid, **how) if given is None else np.array(given)
        )
        self._splits = [split(x, y, self._deltas, **how) for x, y in sets]
        shares = {
            name: np.mean([getattr(one, name) for one in self._splits], axis=0) for name in _SHARES
        }
        return {"delta": self._deltas, **shares}

    def watch(self, snapshot: Snapshot) -> None:
        """Nothing between measurements."""

    def read(self, snapshot: Snapshot) -> Mapping[str, NDArray[Any]]:
        """The errors of both parts at every δ; e_high is NaN where y has next to no high part."""
        r = _targets(snapshot) - snapshot.answer(_FILTERED).detach().cpu().double().numpy()
        found = lowpass.filtered_energies(
            snapshot.samples[_FILTERED].x,
            r,
            1 / self._deltas[::-1],
            normalize=self._config.normalize,
            backend=self.backend,
        )
        low, high = np.sqrt(found.low[::-1]), np.sqrt(found.high[::-1])
        own = self._splits[snapshot.member]
        high_share = np.mean([one.high_share for one in self._splits], axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return {
                "e_low": low / own.low,
                "e_low_centred": low / own.varying,
                "e_high": np.where(high_share >= HIGH_JUDGED, high / own.high, np.nan),
            }

    def facts(self) -> Mapping[str, JsonValue]:
        """How was measured."""
        return {"n_filtered": self._n_filtered, "backend": self.backend}

    def state(self) -> State:
        """δ, and the parts of each seed's targets."""
        parts = {
            f"split_{part.name}": np.stack([getattr(one, part.name) for one in self._splits])
            for part in fields(Split)
        }
        return {"delta": self._deltas, **(parts if self._splits else {})}

    def restore(self, state: State) -> None:
        """Continue from such a state."""
        lowpass.warm_up(self.backend)
        self._deltas = np.array(state["delta"], np.float64)
        columns = [np.array(state[f"split_{part.name}"], np.float64) for part in fields(Split)]
        self._splits = [Split(*rows) for rows in zip(*columns, strict=True)]

    def cost(self, sizes: Sizes) -> float:
        """Each pair of samples once: 2 d operations for the distance, m times ten outputs."""
        available = sizes.n_train if self._config.samples == "train" else sizes.n_test
        n = min(self._config.n_samples, available)
        given = self._config.deltas
        m = self._config.n_grid if given is None else len(given)
        return n**2 / 2 * (2 * sizes.widths[0] + _PAIR * m)


def _targets(snapshot: Snapshot) -> Float64:
    y: Float64 = snapshot.samples[_FILTERED].y.cpu().double().numpy()
    return y


INSTRUMENT = Filtering

"""Spectra of target and output at every measurement, and when each frequency was learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from deepfreq_core.data import Dataset
from deepfreq_core.errors import ConfigError
from deepfreq_core.instruments.base import Sizes, State
from deepfreq_core.instruments.snapshot import TRAIN, Samples, Snapshot
from deepfreq_core.instruments.spectra import transform
from deepfreq_core.instruments.spectra.config import THRESHOLDS, SpectraConfig
from deepfreq_core.instruments.spectra.transform import Waves
from deepfreq_core.records import Float64, JsonValue
from deepfreq_core.schema import Coordinates

_OWN = "spectra"  # a set of samples that is not all of the training's
_STREAM = 0x73706563
_NYQUIST = 0.5  # cycles between two samples: beyond, a frequency looks like a lower one
_REACH = 1.5  # highest frequency times the standard deviation of the inputs along the direction


class Spectra:
    """See the module."""

    gradients: frozenset[str] = frozenset()

    def __init__(self, config: SpectraConfig, *, n_seeds: int) -> None:
        self._config = config
        self._name = _OWN
        self._frequencies: Float64 = np.empty(0)
        self._peaks: Float64 = np.empty(0)
        self._learned: Float64 = np.empty(0)  # (S, p, thresholds)
        self._since: Float64 = np.empty(0)  # since when without a break; like it
        self._n_seeds = n_seeds
        self._of: dict[int, _OfSeed] = {}

    @property
    def watches(self) -> frozenset[str]:
        """The samples it looks at."""
        return frozenset({self._name})

    def samples(self, data: Dataset, *, seed: int, device: torch.device) -> Mapping[str, Samples]:
        """All of a line, in order; else a fixed random set."""
        part = self._config.samples
        x = data.x_train if part == "train" else data.x_test
        n = len(x)
        if part == "train" and (transform.is_even(x) or n <= self._config.n_samples):
            self._name = TRAIN
            return {TRAIN: Samples.of(data, "train", device)}
        rows: NDArray[np.int64] | slice = slice(None)
        if not transform.is_even(x) and n > self._config.n_samples:
            rng = np.random.default_rng([seed, _STREAM])
            rows = np.sort(rng.choice(n, self._config.n_samples, replace=False))
        return {_OWN: Samples.of(data, part, device, rows)}

    def begin(self, snapshots: Sequence[Snapshot]) -> Coordinates:
        """Frequencies, and the peaks of the first seed's target among them.

        A ConfigError says where peaks lie beyond what the samples can show, or samples do not
        differ along the direction.
        """
        first = snapshots[0].samples[self._name]
        s = transform.places(self._config, _array(first.x))
        is_line = self._is_line(first)
        self._frequencies = self._grid(s, is_line)
        waves = Waves.of(self._frequencies, s)
        y = _array(first.y)
        target = transform.size(waves.amplitudes(y))
        if self._config.peaks is None:
            chosen = transform.peaks(target, self._config.n_peaks, with_zero=not is_line)
            self._peaks = self._frequencies[chosen]
        else:
            self._peaks = np.sort(np.asarray(self._config.peaks, dtype=np.float64))
        self._check(s, is_line)
        shape = (self._n_seeds, self._peaks.size, len(THRESHOLDS))
        self._learned, self._since = np.full(shape, np.inf), np.full(shape, np.inf)
        found: dict[str, Any] = {
            "frequency": self._frequencies,
            "peak": self._peaks,
            "target_amplitude": target,
            "level": np.tile(THRESHOLDS, (self._peaks.size, 1)),
            "peak_target": transform.size(Waves.of(self._peaks, s).amplitudes(y)),
        }
        if first.labels is not None:
            # Of a mean of n independent values: √(Σ variance / n) over all outputs.
            noise = float(np.sqrt(y.var(axis=0).sum() / len(y)))
            found["noise"] = np.full(self._frequencies.size, noise)
        return found

    def watch(self, snapshot: Snapshot) -> None:
        """Which peaks have come below which threshold for the first time."""
        self._see(snapshot, self._peak_error(snapshot))

    def read(self, snapshot: Snapshot) -> Mapping[str, NDArray[Any]]:
        """Amplitudes of the output, errors, and since when peaks are learned."""
        of = self._of_seed(snapshot)
        h = of.waves.amplitudes(_array(snapshot.answer(self._name)))
        error = self._peak_error(snapshot)
        self._see(snapshot, error)
        of_moduli = self._config.error == "modulus"
        return {
            "amplitude": transform.size(h),
            "relative_error": transform.relative_error(h, of.target, of_moduli=of_moduli),
            "peak_error": error,
            "learned_epoch": self._learned[snapshot.member].copy(),
        }

    def facts(self) -> Mapping[str, JsonValue]:
        """Nothing beside the coordinates."""
        return {}

    def state(self) -> State:
        """Frequencies, peaks, and since when they are learned."""
        return {
            "frequency": self._frequencies,
            "peak": self._peaks,
            "learned_epoch": self._learned.copy(),
            "below_since": self._since.copy(),
        }

    def restore(self, state: State) -> None:
        """Continue from such a state."""
        names = ("frequency", "peak", "learned_epoch", "below_since")
        self._frequencies, self._peaks, self._learned, self._since = (
            np.array(state[name], np.float64) for name in names
        )

    def cost(self, sizes: Sizes) -> float:
        """Two real products of all frequencies with one output, times ten outputs."""
        n = min(self._config.n_samples, sizes.n_train)
        return 4.0 * self._config.n_frequencies * n * 10

    def _is_line(self, samples: Samples) -> bool:
        return self._config.direction == "auto" and transform.is_even(_array(samples.x))

    def _grid(self, s: Float64, is_line: bool) -> Float64:
        n = self._config.n_frequencies
        if is_line:
            return np.arange(min(n, s.size // 2 + 1), dtype=np.float64)
        spread = float(s.std())
        if spread == 0:
            raise ConfigError(
                f"instruments.spectra.direction is {self._config.direction!r}, along which all "
                "samples are in one place, so there are no frequencies. Choose another direction"
            )
        return np.linspace(0, self._config.highest or _REACH / spread, n)

    def _check(self, s: Float64, is_line: bool) -> None:
        highest = float(self._peaks.max())
        limit = _NYQUIST * s.size if is_line else float(self._frequencies[-1])
        if highest > limit:
            why = (
                f"{s.size} samples show at most {limit:g} cycles in the interval"
                if is_line
                else f"the highest frequency looked at is {limit:.3g}"
            )
            raise ConfigError(
                f"instruments.spectra.peaks has {highest:g}; {why}. Lower it, or "
                + ("take more samples" if is_line else "raise instruments.spectra.highest")
            )

    def _peak_error(self, snapshot: Snapshot) -> Float64:
        of = self._of_seed(snapshot)
        h = of.peak_waves.amplitudes(_array(snapshot.answer(self._name)))
        of_moduli = self._config.error == "modulus"
        return transform.relative_error(h, of.peak_target, of_moduli=of_moduli)

    def _see(self, snapshot: Snapshot, error: Float64) -> None:
        """Take note of the errors of an epoch; every epoch is seen, one that is measured twice."""
        learned, since = self._learned[snapshot.member], self._since[snapshot.member]
        below = error[:, None] < np.array(THRESHOLDS)
        since[~below] = np.inf
        since[below & np.isinf(since)] = snapshot.at
        is_new = (snapshot.at - since + 1 >= self._config.in_a_row) & np.isinf(learned)
        learned[is_new] = since[is_new]

    def _of_seed(self, snapshot: Snapshot) -> _OfSeed:
        found = self._of.get(snapshot.member)
        if found is None:
            samples = snapshot.samples[self._name]
            s, y = transform.places(self._config, _array(samples.x)), _array(samples.y)
            waves, peak_waves = Waves.of(self._frequencies, s), Waves.of(self._peaks, s)
            found = _OfSeed(waves, waves.amplitudes(y), peak_waves, peak_waves.amplitudes(y))
            self._of[snapshot.member] = found
        return found


class _OfSeed:
    """Waves on the samples of one seed, and its target's amplitudes."""

    __slots__ = ("peak_target", "peak_waves", "target", "waves")

    def __init__(
        self,
        waves: Waves,
        target: NDArray[np.complex128],
        peak_waves: Waves,
        peak_target: NDArray[np.complex128],
    ) -> None:
        self.waves, self.target = waves, target
        self.peak_waves, self.peak_target = peak_waves, peak_target


def _array(values: Tensor) -> NDArray[np.floating]:
    found: NDArray[np.floating] = values.detach().cpu().numpy()
    return found


INSTRUMENT = Spectra

"""Settings of the decay experiment: which points, which exponents, how far up in frequency."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import numpy as np
from pydantic import Field, model_validator

from deepfreq_core.config.form import in_form
from deepfreq_core.config.part import Part
from deepfreq_core.config.run import RunConfig
from deepfreq_core.experiments.decay.points import drawn, misplaced

WeightKind: TypeAlias = Literal["angular", "cycles"]

# What a measurement may hold altogether: an h for every exponent and place of the curve.
_MOST_NUMBERS = 20_000

# Seconds for a frequency and point, alone and for each exponent: one core of a 2-core x86 server,
# NumPy 2.4.6, 2026-11-24; the upper end of what was seen for 1 to 50 points, 1 to 20 exponents.
_SECONDS_A_WAVE = 2e-7
_SECONDS_A_TERM = 9e-8
_MOST_SECONDS = 600.0


class GivenPoints(Part):
    """Points and values as given."""

    name: Literal["given_points"] = "given_points"
    points: tuple[float, ...] = Field(
        (-0.8, -0.3, 0.1, 0.6),
        min_length=1,
        max_length=50,
        title="Points",
        description="Places x where the value is given, within one period around 0, in any order.",
    )
    values: tuple[float, ...] = Field(
        (1.0, -0.5, 0.8, 0.3),
        min_length=1,
        max_length=50,
        title="Values",
        description="The value y at each point, in the order of the points.",
    )

    @model_validator(mode="after")
    def _one_value_a_point(self) -> GivenPoints:
        if len(self.points) != len(self.values):
            raise ValueError(
                f"points has {len(self.points)} entries and values has {len(self.values)}. "
                "Give one value for each point"
            )
        if not any(self.values):
            raise ValueError(
                "values are all 0, and 0 everywhere is the answer. Give at least one other value"
            )
        return self


class RandomPoints(Part):
    """Points and values drawn from the seed, no two points close together."""

    name: Literal["random_points"] = "random_points"
    number: int = Field(
        5,
        ge=1,
        le=50,
        title="Number of points",
        description="Drawn over one period, none nearer to the next than half the mean distance; "
        "values are uniform between -1 and 1.",
    )


PointsConfig: TypeAlias = Annotated[GivenPoints | RandomPoints, Field(discriminator="name")]


class DecayConfig(RunConfig):
    """Interpolate points at growing cut-offs of frequency, for several decay exponents at once."""

    experiment: Literal["decay"] = "decay"
    data: PointsConfig = Field(
        GivenPoints(),
        title="Data",
        description="What is interpolated: given or random points.",
        json_schema_extra=in_form(group="data", in_sight=True),
    )
    exponents: tuple[float, ...] = Field(
        (0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 4.0, 6.0),
        min_length=1,
        max_length=20,
        title="Decay exponents α",
        description="Frequency ξ costs (1+|2πξ|²)^(α/2). Increasing; in one dimension the critical "
        "value is 1. Large ones make neighbouring points ill-conditioned.",
    )
    first_cutoff: int = Field(
        50,
        ge=1,
        le=10_000_000,
        title="First cut-off M",
        description="Frequencies j/period up to |j| = M are used at the first measurement.",
    )
    last_cutoff: int = Field(
        12_800,
        ge=2,
        le=10_000_000,
        title="Last cut-off M",
        description="And at the last. Logarithmic decay needs decades to be seen at all.",
    )
    n_cutoffs: int = Field(
        17,
        ge=2,
        le=400,
        title="Number of cut-offs",
        description="Measurements from first to last, in equal ratios. The headline needs three in "
        "the last tenfold of M.",
    )
    period: float = Field(
        2.0,
        gt=0,
        le=1e6,
        title="Period",
        description="Length of the torus; frequencies are multiples of 1/period.",
    )
    weight: WeightKind = Field(
        "angular",
        title="Frequency in the weight",
        description="angular: (1+|2πξ|²)^(α/2), ours and the default; cycles: (1+|ξ|²)^(α/2). "
        "The critical exponent is the same.",
    )
    n_curve: int = Field(
        512,
        ge=16,
        le=8_192,
        title="Places of the curve",
        description="Even grid over one period on which the interpolant is drawn; the points are "
        "added to it.",
    )

    seed: int = Field(
        0,
        ge=0,
        lt=2**31,
        title="Seed",
        description="Fixes random points and their values.",
        json_schema_extra=in_form(group="machine"),
    )

    def planned_end(self) -> tuple[float, bool]:
        """The last cut-off."""
        return float(self.last_cutoff), False

    @model_validator(mode="after")
    def _fits(self) -> DecayConfig:
        self._check_exponents()
        if isinstance(self.data, GivenPoints):
            trouble = misplaced(self.data.points, self.period)
            if trouble:
                raise ValueError(trouble)
        self._check_cutoffs()
        self._check_size()
        return self

    @property
    def n_points(self) -> int:
        """Number of points, n."""
        return len(self.data.points) if isinstance(self.data, GivenPoints) else self.data.number

    def points_and_values(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """What is interpolated, each (n,)."""
        if isinstance(self.data, GivenPoints):
            return self.data.points, self.data.values
        points, values = drawn(self.data.number, self.period, seed=self.seed)
        return tuple(points.tolist()), tuple(values.tolist())

    def cutoffs(self) -> tuple[int, ...]:
        """Every M at which is measured, increasing, in ratios as equal as whole numbers allow."""
        spaced = np.geomspace(self.first_cutoff, self.last_cutoff, self.n_cutoffs)
        return tuple(int(m) for m in np.unique(spaced.round()))

    def _check_exponents(self) -> None:
        before = 0.0
        for exponent in self.exponents:
            if not 0 < exponent <= 20:
                raise ValueError(
                    f"exponents has {exponent:g}; each must be above 0 and at most 20. Without a "
                    "price on high frequencies, or with one beyond float64, nothing can be solved"
                )
            if exponent <= before:
                raise ValueError(
                    f"exponents must increase; got {exponent:g} after {before:g}. Sort them, and "
                    "give each once"
                )
            before = exponent

    def _check_cutoffs(self) -> None:
        if self.last_cutoff <= self.first_cutoff:
            raise ValueError(
                f"last_cutoff is {self.last_cutoff} and first_cutoff is {self.first_cutoff}. Set "
                "last_cutoff above first_cutoff, best a hundredfold"
            )
        if 2 * self.first_cutoff + 1 < self.n_points:
            raise ValueError(
                f"first_cutoff is {self.first_cutoff}, which leaves {2 * self.first_cutoff + 1} "
                f"frequencies for {self.n_points} points. Set it to at least {self.n_points // 2}"
            )
        if self.n_cutoffs > self.last_cutoff - self.first_cutoff + 1:
            raise ValueError(
                f"n_cutoffs is {self.n_cutoffs}; there are "
                f"{self.last_cutoff - self.first_cutoff + 1} whole numbers from first_cutoff "
                f"{self.first_cutoff} to last_cutoff {self.last_cutoff}. Use at most that"
            )

    def _check_size(self) -> None:
        places = self.n_curve + self.n_points
        numbers = len(self.exponents) * places
        if numbers > _MOST_NUMBERS:
            allowed = _MOST_NUMBERS // len(self.exponents) - self.n_points
            raise ValueError(
                f"n_curve is {self.n_curve}, with {len(self.exponents)} exponents {numbers} "
                f"numbers a measurement; {_MOST_NUMBERS} are allowed. Set n_curve to at most "
                f"{allowed}, or use fewer exponents"
            )
        each = self.n_points * (_SECONDS_A_WAVE + len(self.exponents) * _SECONDS_A_TERM)
        if self.last_cutoff * each > _MOST_SECONDS:
            raise ValueError(
                f"last_cutoff is {self.last_cutoff}, with {self.n_points} points and "
                f"{len(self.exponents)} exponents about {self.last_cutoff * each / 60:.0f} minutes "
                f"of work; {_MOST_SECONDS / 60:.0f} are allowed. Set last_cutoff to at most "
                f"{int(_MOST_SECONDS / each)}, or use fewer exponents or points"
            )


CONFIG = DecayConfig

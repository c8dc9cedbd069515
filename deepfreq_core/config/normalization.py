"""How a layer's output may be scaled before distances are taken, as settings name it."""

from __future__ import annotations

from typing import Literal

NormalizationName = Literal["max_abs", "none", "standard", "median_distance"]

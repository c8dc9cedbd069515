"""Everything this chapter claims, in the page's order."""

from __future__ import annotations

from deepfreq_core.chapters.frequency_principle import (
    filtering,
    generalisation,
    images,
    one_dimension,
    targets,
)

CLAIMS = (
    *one_dimension.CLAIMS,
    *targets.CLAIMS,
    *images.CLAIMS,
    *filtering.CLAIMS,
    *generalisation.CLAIMS,
)

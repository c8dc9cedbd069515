"""Everything this chapter claims, in the page's order."""

from __future__ import annotations

from deepfreq_core.chapters.frequency_principle import one_dimension

CLAIMS = (*one_dimension.CLAIMS,)

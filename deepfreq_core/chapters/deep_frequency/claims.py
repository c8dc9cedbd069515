"""All claims of this chapter, in the order in which the page shows them."""

from deepfreq_core.chapters.deep_frequency import (
    layers,
    mechanism,
    objections,
    one_dimension,
    resnets,
)

CLAIMS = (
    *layers.CLAIMS,
    *one_dimension.CLAIMS,
    *resnets.CLAIMS,
    *mechanism.CLAIMS,
    *objections.CLAIMS,
)

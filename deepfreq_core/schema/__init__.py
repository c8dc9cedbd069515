"""What an experiment or instrument measures, and how its charts take it, as data.

Words, as in xarray: an *array* has *dims*; a dim has *coordinates*, the values along it. The clock
of a run (epoch, step, cut-off, …) is a dim like others, the first of every array that changes.
Nothing here knows plotly, torch or streamlit.
"""

from deepfreq_core.schema.arrays import Array, Clock, Coordinates, Dim, Outcome, Schema, Values
from deepfreq_core.schema.compose import composed, qualified
from deepfreq_core.schema.fills import check_figure
from deepfreq_core.schema.messages import Message, say

__all__ = [
    "Array",
    "Clock",
    "Coordinates",
    "Dim",
    "Message",
    "Outcome",
    "Schema",
    "Values",
    "check_figure",
    "composed",
    "qualified",
    "say",
]

"""What the run store raises besides `RunNotFound`; all of it is meant to be read."""

from deepfreq_core.errors import DeepFreqError


class StoreUnavailable(DeepFreqError):
    """The database cannot be read or written just now; the message says why and what to do."""


class RunDamaged(DeepFreqError):
    """What is stored of a run is not what was written; the message says which part."""


class WrongState(DeepFreqError):
    """The run is in a state from which this cannot be done."""


class NotYours(DeepFreqError):
    """The run belongs to another owner than the one who asks."""


class LeaseLost(WrongState):
    """The run was given to another worker, or taken for lost; this one may not write any more."""

"""Settings of the drift instrument."""

from deepfreq_core.config.part import Part


class DriftConfig(Part):
    """How many test samples it keeps for itself."""

    n_held: int = 20


CONFIG = DriftConfig

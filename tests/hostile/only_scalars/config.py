"""No settings."""

from deepfreq_core.config.part import Part


class NoSettings(Part):
    """None."""


CONFIG = NoSettings

"""See `tests.hostile`."""

"""See `tests.hostile`."""

from deepfreq_core.schema import Schema
from deepfreq_core.schema.reader import Reader


class ScalarsReader(Reader):
    """Nothing but its schema."""

    schema = Schema.of(scalars="count alarm")


READER = ScalarsReader
